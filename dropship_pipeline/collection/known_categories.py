"""Checks best-seller categories against the marketplace's own list, where an earlier search has paid for that list.

The list is read from the kept answer: nothing is asked and nothing is paid. Where none is kept, or the object store
does not answer, nothing is refused here; the run then finds out, before it pays for the first list.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches

from sqlalchemy import select

from dropship_pipeline.errors import BadAnswer, RequestInvalid, RunFatal
from dropship_pipeline.jobs.settings import JobSettings, SellersSettings
from dropship_pipeline.marketplaces.amazon.best_sellers import CATEGORIES_PATH, parse_categories, ref_without_call
from dropship_pipeline.marketplaces.base import Category
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.ledger import RawStore
from dropship_pipeline.storage.raw_answers import unpack

# Lists below the top level have numbers for ids, of which the list of the top level says nothing.
_NUMBER = re.compile(r"\d+")
_PREFIX = "bestsellers_"
# So like a known id that it is a slip of the pen. An id that is like none may be one that only the site knows.
_LIKE = 0.75


def require_categories(
    database: Database, objects: RawStore, org_id: str, amazon_domain: str, settings: JobSettings
) -> None:
    """Refuse categories that the marketplace does not have, with the nearest name.

    Raises:
        RequestInvalid: it has no such category.
        StorageUnavailable: Postgres does not answer.
    """
    if not isinstance(settings, SellersSettings) or not settings.categories:
        return
    known = _kept_list(database, objects, org_id, amazon_domain)
    for text in settings.categories if known else ():
        _require(text, known)


def _require(text: str, known: Sequence[Category]) -> None:
    ref = ref_without_call(text)
    by_name = {category.name.casefold(): category for category in known}
    if ref.name is not None and ref.name.casefold() not in by_name:
        near = get_close_matches(ref.name.casefold(), by_name, 1, cutoff=0.5)
        hint = f"did you mean {by_name[near[0]].name!r}?" if near else f"there are {', '.join(c.name for c in known)}"
        raise RequestInvalid(f"categories: no best-seller list is called {ref.name[:80]!r}; {hint}")
    if ref.id is None or _NUMBER.fullmatch(ref.id):
        return
    ids = [category.id.removeprefix(_PREFIX) for category in known]
    wanted = ref.id.removeprefix(_PREFIX)
    near = get_close_matches(wanted, ids, 1, cutoff=_LIKE)
    if wanted not in ids and near:
        raise RequestInvalid(f"categories: no best-seller list has the id {ref.id[:80]!r}; did you mean {near[0]!r}?")


def _kept_list(database: Database, objects: RawStore, org_id: str, amazon_domain: str) -> list[Category]:
    calls = api_calls.c
    newest = (
        select(calls.raw_key)
        .where(
            calls.org_id == org_id,
            calls.provider == "rainforest",
            calls.state == "settled",
            calls.raw_key.is_not(None),
            calls.request["path"].astext == CATEGORIES_PATH,
            calls.request["params"]["domain"].astext == amazon_domain,
        )
        .order_by(calls.settled_at.desc())
        .limit(1)
    )
    with database.begin() as connection:
        key = connection.execute(newest).scalar()
    with suppress(RunFatal, BadAnswer):
        kept = None if key is None else objects.get(key)
        return [] if kept is None else parse_categories(unpack(kept).answer)
    return []
