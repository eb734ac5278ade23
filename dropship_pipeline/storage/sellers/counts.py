"""What each seller's listings come to, stored so that lists sort by it: distinct products, and listings by judgement.

Triggers on `collection_items`, and who labels a match, note in `stale_sellers` which numbers may have changed, in the
same transaction. This module counts them again. Counting twice gives the same, so no retry, kill or second writer
spoils a number, and the transactions that write ten thousand items touch no row of `sellers`.
"""

from sqlalchemy import text

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import lock_transaction
from dropship_pipeline.storage.database.tables import JUDGED_ITEMS

# Counted in one transaction; bounds how long the rows are locked.
SELLERS_AT_ONCE = 5_000
_ANY = text("SELECT EXISTS (SELECT FROM stale_sellers WHERE org_id = :org_id)")
_CHOOSE = text(
    "SELECT array_agg(seller_id) FROM ("
    "SELECT DISTINCT seller_id FROM stale_sellers WHERE org_id = :org_id LIMIT :many) AS chosen"
)
# In the order in which `rows` locks them. A statement of its own, since the one that counts must begin after
# the locks are held: then of two that count the same seller, the later one sees all that the earlier one saw.
_HOLD = (
    "SELECT array_agg(id) FROM (SELECT id FROM sellers WHERE id = ANY(CAST(:ids AS bigint[])) "
    "ORDER BY seller_name_normalized FOR NO KEY UPDATE {}) AS held"
)
# A reader leaves those that somebody else is writing, such as a replay, which may take minutes, for a later one.
_HOLD_ALL, _HOLD_FREE = text(_HOLD.format("")), text(_HOLD.format("SKIP LOCKED"))
_TAKE = text(
    """
    DELETE FROM stale_sellers t WHERE t.org_id = :org_id AND t.seller_id = ANY(CAST(:ids AS bigint[]))
    AND (t.seller_id = ANY(CAST(:held AS bigint[])) OR NOT EXISTS (SELECT FROM sellers s WHERE s.id = t.seller_id))
    """
)
_COUNT = text(
    f"""
    UPDATE sellers s SET products = counted.products, accepted = counted.accepted, in_review = counted.in_review,
        rejected = counted.rejected, not_judged = counted.not_judged
    FROM (
        SELECT stale.id,
            count(DISTINCT i.asin) FILTER (WHERE i.band IS NULL OR i.band = 'accept') AS products,
            count(*) FILTER (WHERE i.band = 'accept') AS accepted,
            count(*) FILTER (WHERE i.band = 'review') AS in_review,
            count(*) FILTER (WHERE i.band = 'reject') AS rejected,
            count(i.asin) FILTER (WHERE i.band IS NULL) AS not_judged
        FROM unnest(CAST(:ids AS bigint[])) AS stale(id) LEFT JOIN {JUDGED_ITEMS} i ON i.seller_id = stale.id
        GROUP BY stale.id
    ) AS counted
    WHERE s.id = counted.id AND (s.products, s.accepted, s.in_review, s.rejected, s.not_judged)
        IS DISTINCT FROM (counted.products, counted.accepted, counted.in_review, counted.rejected, counted.not_judged)
    """  # noqa: S608  (constants only)
)


def refresh_products(database: Database, org_id: str) -> None:
    """Bring the numbers of every stale seller up to date with what was committed before this call.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    while _refresh_some(database, org_id, wait=True) == SELLERS_AT_ONCE:
        pass


def refresh_if_stale(database: Database, org_id: str) -> None:
    """Refresh a bounded number, and none while another process does so; called before reads.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    with database.autocommit() as connection:
        stale = connection.execute(_ANY, {"org_id": org_id}).scalar_one()
    if stale:
        _refresh_some(database, org_id, wait=False)


def _refresh_some(database: Database, org_id: str, *, wait: bool) -> int:
    with database.begin() as connection:
        if not lock_transaction(connection, f"dropship:stale_sellers:{org_id}", wait=wait):
            return 0
        ids = connection.execute(_CHOOSE, {"org_id": org_id, "many": SELLERS_AT_ONCE}).scalar_one() or []
        if ids:
            held = connection.execute(_HOLD_ALL if wait else _HOLD_FREE, {"ids": ids}).scalar_one() or []
            connection.execute(_TAKE, {"org_id": org_id, "ids": ids, "held": held})
            connection.execute(_COUNT, {"ids": held})
    return len(ids)
