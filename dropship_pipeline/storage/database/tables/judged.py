"""Listings with the band that counts: what a person says of a match, else what the matcher judged.

The one place that says so. Who reads bands reads `judged_items`, or `JUDGED_ITEMS` in a statement that is a text, and
who judges listings that are not written yet `SAID_BANDS`;
`collection_items.match_band` is the matcher's own judgement, which stays as it was, and is read only to be shown.
What a person says is looked up as rows are read, so that it holds whatever is found, replaced or removed meanwhile.
"""

from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.dialects import postgresql

from dropship_pipeline.storage.database.tables.marks import match_labels
from dropship_pipeline.storage.database.tables.sellers import collection_items

# What listings of sellers are found on.
LISTED_ON = "ebay"
_ITEM, _LABEL = collection_items.c, match_labels.c
_SAME_MATCH = and_(
    _LABEL.org_id == _ITEM.org_id,
    _LABEL.platform == LISTED_ON,
    _LABEL.asin == _ITEM.asin,
    _LABEL.item_id == _ITEM.item_id,
)
_SAID = case((_LABEL.is_match, "accept"), (~_LABEL.is_match, "reject"))
_JUDGED = select(
    *collection_items.c,
    _LABEL.is_match,
    _LABEL.labelled_by,
    _LABEL.labelled_at,
    func.coalesce(_SAID, _ITEM.match_band).label("band"),
).select_from(collection_items.outerjoin(match_labels, _SAME_MATCH))

judged_items = _JUDGED.subquery("judged_items")


def _as_text(query: Select[Any]) -> str:
    compiled = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    return f"({compiled})"


JUDGED_ITEMS = _as_text(_JUDGED)
SAID_BANDS = _as_text(
    select(_LABEL.org_id, _LABEL.asin, _LABEL.item_id, _SAID.label("band")).where(_LABEL.platform == LISTED_ON)
)
