"""`dropship prune`: counts, then removes what is no longer needed."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import plain_errors, say
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline.storage.upkeep.pruning import Pruned, Pruning

MAX_DAYS = 36_500
BYTES_PER_MB = 1_000_000


def prune(
    *,
    older_than: Annotated[str, typer.Option(help="Days, such as 180d; at least 1d.")],
    yes: Annotated[bool, typer.Option("--yes", help="Remove it; without this, only say what would go.")] = False,
) -> None:
    """Remove old raw answers, and old images that no row names."""
    with plain_errors(), open_stores() as stores:
        before = utc_now() - timedelta(days=_days(older_than))
        pruning = Pruning(stores.database, object_store(stores.settings), before=before, dry_run=not yes)
        verb = "removed" if yes else "to remove"
        say(f"{_said(pruning.images())} that no row names {verb}, put before {before:%Y-%m-%d %H:%M} UTC: images")
        say(f"{_said(pruning.answers())} {verb}, paid for before {before:%Y-%m-%d %H:%M} UTC: raw answers")
        if not yes:
            say("Nothing is removed yet: --yes does it. A job whose answers are gone pays again if it is resumed.")


def _days(text: str) -> int:
    found = re.fullmatch(r"(\d{1,5})d", text.strip())
    days = int(found.group(1)) if found else 0
    if not 1 <= days <= MAX_DAYS:
        raise RequestInvalid(f"--older-than is {text[:20]!r}; write days from 1d to {MAX_DAYS}d, such as 180d")
    return days


def _said(pruned: Pruned) -> str:
    return f"{pruned.objects:,} objects ({pruned.size_bytes / BYTES_PER_MB:,.1f} MB)"
