"""`dropship forecast`: says what a run costs, before it costs anything."""

from pathlib import Path
from typing import Annotated

import typer

from dropship_pipeline.cli.config_file import read_config
from dropship_pipeline.cli.stores import open_stores, require_known_categories
from dropship_pipeline.cli.terminal import AsJson, Columns, plain_errors, say, show_json, show_table
from dropship_pipeline.collection.forecast import History, forecast
from dropship_pipeline.models import PROVIDERS

_COLUMNS: Columns = {
    "provider": "left",
    "calls": "right",
    "credits": "right",
    "minutes": "right",
    "credits from": "left",
}


def forecast_run(
    config: Annotated[Path, typer.Option("-c", "--config", help="Run configuration (YAML).")],
    *,
    as_json: AsJson = False,
) -> None:
    """Print the calls, credits and time that a run is expected to take; nothing is asked or paid."""
    with plain_errors(), open_stores() as stores:
        settings = read_config(config)
        require_known_categories(stores, settings)
        quotas = {provider: stores.settings.quota(provider) for provider in PROVIDERS}
        shares = forecast(settings, History(stores.reports.credits_per_call()), quotas)
        total = sum(share.credits for share in shares.values())
        budget = getattr(settings, "max_credits", None)
        if as_json:
            show_json({"providers": shares, "credits": total, "max_credits": budget})
            return
        show_table(
            _COLUMNS,
            [
                (provider, share.calls, share.credits, f"{share.seconds / 60:.1f}",
                 "earlier calls" if share.from_history else "the usual price")
                for provider, share in shares.items()
            ],
        )  # fmt: skip
        say(f"At most about {total} credits; a job that is resumed pays only for what is missing")
        if budget is not None and budget < total:
            say(f"max_credits is {budget}: the run may end as stopped, reason budget, before it is done")
