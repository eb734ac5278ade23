"""Searches for sellers written to the tables as a run leaves them, and what changed between them as sets."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from dropship_pipeline.models import Band
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import (
    collection_items,
    collection_runs,
    query_outcomes,
    seller_jobs,
    sellers,
)
from dropship_pipeline.storage.review.changes import SellerChanges, Some
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.cli_runner import MOMENT

Listing = tuple[str, str]


@dataclass
class Search:
    """What a search found: each product's state, who listed what at which price, and how listings were judged."""

    states: dict[str, str]
    listings: dict[Listing, tuple[str | None, int | None]] = field(default_factory=dict)
    bands: dict[Listing, Band] = field(default_factory=dict)

    def sellers(self) -> dict[str, set[str]]:
        found = defaultdict(set)
        for (asin, _), (seller, _) in self.listings.items():
            if seller is not None:
                found[seller].add(asin)
        return found


class World:
    """Searches written to the tables as a run leaves them."""

    def __init__(self, database: Database, org: str = "default") -> None:
        self._database, self._org = database, org
        self._records = RunRecords(database, org)
        self.changes = SellerChanges(database, org)
        self.ids: dict[str, int] = {}

    def add(self, search: Search, *, status: str = "completed", config: Mapping[str, Any] | None = None) -> int:
        number = len(self._records_of())
        job = f"job{number}"
        run = self._records.register(
            f"{self._org}{number}", job_id=job, job_name="collect_sellers",
            config={**(config or {}), "job_id": job}, total=0, sandbox=True,
        )  # fmt: skip
        with self._database.begin() as connection:
            connection.execute(update(collection_runs).where(collection_runs.c.id == run.run_id).values(status=status))
            for asin, state in search.states.items():
                connection.execute(insert(query_outcomes).values(
                    job_id=job, platform="ebay", query=asin, org_id=self._org, run_id=run.run_id, state=state,
                    started_at=MOMENT, ended_at=MOMENT))  # fmt: skip
            for name in search.sellers():
                if name not in self.ids:
                    self.ids[name] = connection.execute(insert(sellers).values(
                        org_id=self._org, seller_name=name, seller_name_normalized=name, first_seen_at=MOMENT,
                        last_seen_at=MOMENT, first_job_id=job).returning(sellers.c.id)).scalar_one()  # fmt: skip
                connection.execute(insert(seller_jobs).values(seller_id=self.ids[name], job_id=job, listings=1))
            for (asin, item), (seller, cents) in search.listings.items():
                connection.execute(insert(collection_items).values(
                    job_id=job, asin=asin, item_id=item, org_id=self._org, run_id=run.run_id,
                    seller_id=None if seller is None else self.ids[seller], position=1, title="t", url="u",
                    match_band=search.bands.get((asin, item)), ebay_price_cents=cents,
                    currency=None if cents is None else "USD"))  # fmt: skip
        return run.run_id

    def _records_of(self) -> list[Any]:
        with self._database.begin() as connection:
            return list(connection.execute(select(collection_runs.c.id)).scalars())


def names(some: Some[Any]) -> set[str]:
    assert some.total == len(some.rows)
    return {row.seller_name for row in some.rows}


def listings(some: Some[Any]) -> set[Listing]:
    assert some.total == len(some.rows)
    return {(row.asin, row.item_id) for row in some.rows}
