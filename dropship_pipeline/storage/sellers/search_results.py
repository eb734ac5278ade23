"""Writes what `collect_sellers` finds: the worklist, then each batch of searches in one transaction."""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, text

from dropship_pipeline.models import Money, Seller
from dropship_pipeline.storage.database.bulk import upsert
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import job_products, list_outcomes, query_outcomes
from dropship_pipeline.storage.runs.readings import reading_columns
from dropship_pipeline.storage.sellers.counts import refresh_products
from dropship_pipeline.storage.sellers.frames import OUTCOME_KEY
from dropship_pipeline.storage.sellers.listing_rows import listing_row, save_listings
from dropship_pipeline.storage.sellers.rows import save_sellers, seller_columns
from dropship_pipeline.storage.sellers.values import (
    SOURCE_PRODUCTS_KEPT,
    FoundListing,
    Listed,
    ListOutcome,
    SearchOutcome,
    SeenSeller,
    WorkItem,
)

# How long readers may find much to count; what they find, they count themselves.
REFRESH_AFTER_S = 30.0
COUNT_LISTINGS = text(
    """
    UPDATE seller_jobs j SET listings = counted.listings
    FROM (
        SELECT seller_id, count(*) AS listings FROM collection_items WHERE job_id = :job_id GROUP BY seller_id
    ) AS counted
    WHERE j.job_id = :job_id AND j.seller_id = counted.seller_id AND j.listings <> counted.listings
    """
)
_COUNT_LISTINGS_OF_RUN = text(
    """
    UPDATE seller_runs r SET listings = counted.listings
    FROM (
        SELECT seller_id, count(*) AS listings FROM collection_items
        WHERE job_id = :job_id AND run_id = :run_id GROUP BY seller_id
    ) AS counted
    WHERE r.run_id = :run_id AND r.seller_id = counted.seller_id AND r.listings <> counted.listings
    """
)
_COUNT_SEARCHES = text("UPDATE collection_runs SET products_checked = products_checked + :searches WHERE id = :run_id")
# A stopped job finds its products in another order than an undisturbed one; here they come into that of the worklist.
# A seller is written when a run meets it first; when it was seen last stands in the job's rows alone until then.
CATCH_UP = text(
    f"""
    WITH mine AS MATERIALIZED (
        SELECT s.id, s.source_products
        FROM sellers s JOIN seller_jobs j ON j.seller_id = s.id
        WHERE j.job_id = :job_id ORDER BY s.seller_name_normalized FOR UPDATE OF s
    ), found AS MATERIALIZED (
        SELECT seller_id, asin, max(run_id) AS run_id, max(seen_at) AS seen_at
        FROM collection_items WHERE job_id = :job_id AND seller_id IS NOT NULL GROUP BY seller_id, asin
    ), listed AS (
        SELECT f.seller_id, f.asin, -p.position AS place, p.title, f.run_id, CAST(NULL AS jsonb) AS product
        FROM found f JOIN job_products p ON p.job_id = :job_id AND p.asin = f.asin
        UNION ALL
        SELECT mine.id, known.product ->> 'asin', known.place, NULL, 0, known.product
        FROM mine, jsonb_array_elements(mine.source_products) WITH ORDINALITY AS known(product, place)
    ), placed AS (
        SELECT *, row_number() OVER (PARTITION BY seller_id ORDER BY place) AS number
        FROM (SELECT DISTINCT ON (seller_id, asin) * FROM listed ORDER BY seller_id, asin, place, run_id DESC) AS one
    ), newest AS (
        SELECT seller_id, jsonb_agg(coalesce(
            product, jsonb_build_object('asin', asin, 'title', title, 'run_id', run_id)) ORDER BY place) AS products
        FROM placed WHERE number <= {SOURCE_PRODUCTS_KEPT} GROUP BY seller_id
    ), seen AS (SELECT seller_id, max(seen_at) AS at FROM found GROUP BY seller_id)
    UPDATE sellers s SET source_products = coalesce(newest.products, s.source_products),
        last_seen_at = greatest(s.last_seen_at, seen.at)
    FROM mine LEFT JOIN newest ON newest.seller_id = mine.id LEFT JOIN seen ON seen.seller_id = mine.id
    WHERE s.id = mine.id AND (s.source_products <> newest.products OR s.last_seen_at < seen.at)
    """  # noqa: S608  (a number of ours)
)


class SellerSearchResults:
    """The rows of one job of `collect_sellers`. Every write is one transaction; all raise StorageUnavailable."""

    def __init__(self, database: Database, org_id: str, job_id: str) -> None:
        self._database = database
        self._org_id = org_id
        self._job_id = job_id
        # What this job has written of sellers: most are the same in every batch.
        self._written: set[Seller] = set()
        self._refreshed_at = time.monotonic()

    def worklist(self) -> list[WorkItem]:
        """The job's products in the order in which they were first listed."""
        query = (
            select(job_products)
            .where(job_products.c.job_id == self._job_id)
            .order_by(job_products.c.position, job_products.c.asin)
        )
        with self._database.begin() as connection:
            return [_work_item(row) for row in connection.execute(query)]

    def save_worklist(self, items: Sequence[WorkItem]) -> None:
        """Upsert products of the worklist by (job_id, asin)."""
        own = {"org_id": self._org_id, "job_id": self._job_id}
        with self._database.begin() as connection:
            upsert(connection, job_products, [product_columns(item) | own for item in items], ("job_id", "asin"))

    def save_list(self, run_id: int, outcome: ListOutcome) -> None:
        """Upsert what became of a best-seller list by (job_id, list)."""
        own = {"org_id": self._org_id, "job_id": self._job_id, "run_id": run_id}
        row = {"list": outcome.name, "state": outcome.state, "reading": reading_columns(outcome.reading)["reading"]}
        with self._database.begin() as connection:
            upsert(connection, list_outcomes, [row | own], ("job_id", "list"))

    def searched(self) -> set[str]:
        """ASINs whose search has ended well; a failed one is asked again."""
        query = select(query_outcomes.c.query).where(
            query_outcomes.c.job_id == self._job_id,
            query_outcomes.c.platform == "ebay",
            query_outcomes.c.state.in_(("found", "none")),
        )
        with self._database.begin() as connection:
            return set(connection.execute(query).scalars())

    def save_searches(
        self,
        run_id: int,
        outcomes: Sequence[SearchOutcome],
        listings: Sequence[FoundListing],
        sellers: Sequence[SeenSeller],
    ) -> None:
        """Write a batch."""
        own = {"org_id": self._org_id, "job_id": self._job_id, "run_id": run_id}
        fresh = [seen for seen in sellers if seen.seller not in self._written]
        with self._database.begin() as connection:
            rows = [seller_columns(seen) for seen in fresh]
            save_sellers(connection, self._org_id, self._job_id, rows, run_id=run_id)
            save_listings(connection, self._org_id, self._job_id, list(map(listing_row, listings)), run_id=run_id)
            upsert(connection, query_outcomes, [outcome_columns(outcome) | own for outcome in outcomes], OUTCOME_KEY)
            connection.execute(_COUNT_SEARCHES, {"searches": len(outcomes), "run_id": run_id})
        self._written |= {seen.seller for seen in fresh}
        if time.monotonic() - self._refreshed_at >= REFRESH_AFTER_S:
            self._refresh()

    def finish(self, run_id: int) -> None:
        """Bring each seller's listings and products up to date; once, after a run's last batch."""
        with self._database.begin() as connection:
            connection.execute(COUNT_LISTINGS, {"job_id": self._job_id})
            connection.execute(_COUNT_LISTINGS_OF_RUN, {"job_id": self._job_id, "run_id": run_id})
            # Locks the job's sellers, in one order for all.
            connection.execute(CATCH_UP, {"job_id": self._job_id})
        self._refresh()

    def _refresh(self) -> None:
        refresh_products(self._database, self._org_id)
        self._refreshed_at = time.monotonic()

    def outcome_counts(self) -> dict[str, int]:
        """How many products ended in which state; what has no outcome is `not_started`."""
        by_state = (
            select(query_outcomes.c.state, func.count().label("number"))
            .where(query_outcomes.c.job_id == self._job_id, query_outcomes.c.platform == "ebay")
            .group_by(query_outcomes.c.state)
        )
        products = select(func.count()).where(job_products.c.job_id == self._job_id)
        with self._database.begin() as connection:
            counts = {row.state: row.number for row in connection.execute(by_state)}
            total = connection.execute(products).scalar_one()
        states = {state: counts.get(state, 0) for state in ("found", "none", "failed", "skipped")}
        return {"products": total, **states, "not_started": total - sum(states.values())}


def _work_item(row: Row[Any]) -> WorkItem:
    return WorkItem(
        asin=row.asin,
        position=row.position,
        title=row.title,
        price=None if row.price_cents is None else Money(row.price_cents, row.currency),
        url=row.url,
        image_url=row.image_url,
        rating=row.rating,
        ratings_total=row.ratings_total,
        lists=tuple(Listed(entry["category"], entry["rank"]) for entry in row.categories),
    )


def product_columns(item: WorkItem) -> dict[str, Any]:
    """A product of a worklist as columns of `job_products`, without whose it is."""
    return {
        "asin": item.asin,
        "position": item.position,
        "title": item.title,
        "price_cents": item.price.cents if item.price else None,
        "currency": item.price.currency if item.price else None,
        "url": item.url,
        "image_url": item.image_url,
        "rating": item.rating,
        "ratings_total": item.ratings_total,
        "categories": [{"category": entry.category, "rank": entry.rank} for entry in item.lists],
    }


def outcome_columns(outcome: SearchOutcome) -> dict[str, Any]:
    """The outcome of a search as columns of `query_outcomes`, without whose it is."""
    return {
        "platform": "ebay",
        "query": outcome.asin,
        "state": outcome.state,
        "returned": outcome.returned,
        "stored": outcome.stored,
        "collect_errors": 1 if outcome.error_kind else 0,
        "errors_by_kind": {outcome.error_kind: 1} if outcome.error_kind else {},
        **reading_columns(outcome.reading),
        "started_at": outcome.started_at,
        "ended_at": outcome.ended_at,
    }
