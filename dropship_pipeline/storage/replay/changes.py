"""What a replay changed in a job: listings gained, lost and of another band; sellers gained and lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text

from dropship_pipeline.storage.database.tables import JUDGED_ITEMS

# Of each kind; the numbers count all.
NAMED = 50
_BEFORE = (
    f"""
    CREATE TEMP TABLE items_before ON COMMIT DROP AS
    SELECT asin, item_id, title, band FROM {JUDGED_ITEMS} AS items WHERE job_id = :job
    """,  # noqa: S608  (constants only)
    f"""
    CREATE TEMP TABLE sellers_before ON COMMIT DROP AS
    SELECT j.seller_id, s.seller_name, coalesce(bool_or(i.band = 'accept'), false) AS accepted
    FROM seller_jobs j JOIN sellers s ON s.id = j.seller_id
    LEFT JOIN {JUDGED_ITEMS} i ON i.seller_id = j.seller_id AND i.job_id = j.job_id
    WHERE j.job_id = :job GROUP BY j.seller_id, s.seller_name
    """,  # noqa: S608  (constants only)
    "ANALYZE items_before",
    "ANALYZE sellers_before",
)
_LISTINGS = f"""
    WITH now AS (SELECT asin, item_id, title, band FROM {JUDGED_ITEMS} AS items WHERE job_id = :job)
    SELECT CASE WHEN b.asin IS NULL THEN 'gained' WHEN n.asin IS NULL THEN 'lost' ELSE 'moved' END AS kind,
        coalesce(n.asin, b.asin) AS asin, coalesce(n.item_id, b.item_id) AS item_id,
        coalesce(n.title, b.title) AS title, b.band AS before, n.band AS after
    FROM items_before b FULL JOIN now n ON n.asin = b.asin AND n.item_id = b.item_id
    WHERE b.asin IS NULL OR n.asin IS NULL OR b.band IS DISTINCT FROM n.band
"""  # noqa: S608  (constants only)
_COUNTED = text(
    f"SELECT kind, before, after, count(*) AS number FROM ({_LISTINGS}) AS c "  # noqa: S608  (constants only)
    "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
_SHOWN = text(
    f"""
    SELECT kind, asin, item_id, title, before, after FROM (
        SELECT c.*, row_number() OVER (PARTITION BY kind ORDER BY asin, item_id) AS place FROM ({_LISTINGS}) AS c
    ) AS numbered WHERE place <= {NAMED} ORDER BY kind, place
    """  # noqa: S608  (constants only)
)
_SELLERS = text(
    f"""
    WITH now AS (
        SELECT i.seller_id, s.seller_name, coalesce(bool_or(i.band = 'accept'), false) AS accepted
        FROM {JUDGED_ITEMS} i JOIN sellers s ON s.id = i.seller_id
        WHERE i.job_id = :job GROUP BY i.seller_id, s.seller_name
    ), changed AS (
        SELECT coalesce(n.seller_name, b.seller_name) AS name,
            CASE WHEN b.seller_id IS NULL THEN 'gained' WHEN n.seller_id IS NULL THEN 'lost'
                WHEN n.accepted THEN 'accepted' ELSE 'not_accepted' END AS kind
        FROM sellers_before b FULL JOIN now n ON n.seller_id = b.seller_id
        WHERE b.seller_id IS NULL OR n.seller_id IS NULL OR n.accepted <> b.accepted
    )
    SELECT kind, count(*) AS number, (array_agg(name ORDER BY name))[1:{NAMED}] AS names FROM changed GROUP BY kind
    """  # noqa: S608  (a number of ours)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayChanges:
    """What changed.

    Args:
        listings: number by kind: `gained`, `lost`, `moved` (to another band).
        moves: number of moved listings by `from → to`.
        sellers: number by kind: `gained`, `lost`; `accepted` has its first accepted listing now, `not_accepted` its
            last one no more.
        named_listings: the first of each kind.
        named_sellers: names of the first of each kind.
    """

    listings: Mapping[str, int]
    moves: Mapping[str, int]
    sellers: Mapping[str, int]
    named_listings: Sequence[Mapping[str, Any]]
    named_sellers: Mapping[str, Sequence[str]]


def note_before(connection: Connection, job_id: str) -> None:
    """Note what the job holds, for the rest of the transaction."""
    for statement in _BEFORE:
        connection.execute(text(statement), {"job": job_id})


def changes_of(connection: Connection, values: Mapping[str, object]) -> ReplayChanges:
    """Compare the job with what was noted.

    Args:
        connection: in the same transaction.
        values: `job`, its id.
    """
    listings = dict.fromkeys(("gained", "lost", "moved"), 0)
    moves: dict[str, int] = {}
    for row in connection.execute(_COUNTED, values):
        listings[row.kind] += row.number
        if row.kind == "moved":
            moves[f"{row.before or 'not judged'} → {row.after or 'not judged'}"] = row.number
    sellers = {row.kind: row for row in connection.execute(_SELLERS, values)}
    kinds = ("gained", "lost", "accepted", "not_accepted")
    return ReplayChanges(
        listings=listings,
        moves=moves,
        sellers={kind: sellers[kind].number if kind in sellers else 0 for kind in kinds},
        named_listings=[dict(row) for row in connection.execute(_SHOWN, values).mappings()],
        named_sellers={kind: list(row.names) for kind, row in sellers.items()},
    )
