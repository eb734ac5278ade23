"""Replaces the rows of one job in one transaction: until it ends nobody sees a change, if it fails there is none.

What was read anew keeps the number of the run that found it and the time at which it was seen. Rows whose answer is not
kept stay as they are. Columns that a replay does not fill, such as what people said of a listing, stay, too.
"""

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, text

from dropship_pipeline.errors import AnswerNotKept
from dropship_pipeline.models import Seller, normalize_seller_name
from dropship_pipeline.storage.database.bulk import upsert
from dropship_pipeline.storage.database.tables import job_products, list_outcomes, query_outcomes
from dropship_pipeline.storage.replay import settling
from dropship_pipeline.storage.replay.changes import ReplayChanges, changes_of, note_before
from dropship_pipeline.storage.replay.job import ReplayedJob
from dropship_pipeline.storage.replay.record import ReplayRecord, save_record
from dropship_pipeline.storage.runs.readings import reading_columns
from dropship_pipeline.storage.sellers.frames import OUTCOME_KEY
from dropship_pipeline.storage.sellers.listing_rows import ListingRow, save_listings
from dropship_pipeline.storage.sellers.rows import save_sellers, seller_columns
from dropship_pipeline.storage.sellers.search_results import outcome_columns, product_columns
from dropship_pipeline.storage.sellers.values import ListOutcome, SearchOutcome, SeenSeller, WorkItem

# Of a batch, the listings of these products that today's code does not find any more. Those that it finds are looked up
# by their hash: NOT EXISTS, planned for few, would compare each with each.
_DROP = text(
    """
    DELETE FROM collection_items i WHERE i.job_id = :job AND i.asin = ANY(:asins) AND (i.asin, i.item_id) NOT IN (
        SELECT * FROM unnest(CAST(:found AS text[]), CAST(:items AS text[])))
    """
)
# What a later job knows of a seller is newer: a replay leaves it.
_KNOWN_LATER = text(
    """
    SELECT s.seller_name_normalized FROM sellers s
    WHERE s.org_id = :org AND s.seller_name_normalized = ANY(:names) AND EXISTS (
        SELECT FROM seller_runs r JOIN collection_runs c ON c.id = r.run_id
        WHERE r.seller_id = s.id AND c.job_id <> :job AND c.id > :last)
    """
)
_GONE_PRODUCTS = (
    "DELETE FROM collection_items WHERE job_id = :job AND asin <> ALL(:asins)",
    "DELETE FROM query_outcomes WHERE job_id = :job AND platform = 'ebay' AND query <> ALL(:asins)",
    "DELETE FROM job_products WHERE job_id = :job AND asin <> ALL(:asins)",
)


@dataclass(frozen=True, slots=True)
class _Search:
    """The search for a product, as the job made it."""

    run_id: int
    answered: bool
    started_at: datetime
    ended_at: datetime


class JobReplacement:
    """The rows of one job, while they are replaced.

    Args:
        connection: in a transaction, for this alone.
        org_id: whose job.
        job: the job.
    """

    def __init__(self, connection: Connection, org_id: str, job: ReplayedJob) -> None:
        self._connection = connection
        self._org_id = org_id
        self._job = job
        self._own = {"org_id": org_id, "job_id": job.job_id}
        self._values = {"org": org_id, "job": job.job_id, "last": job.last_run_id}
        # What is written of sellers: most are the same in every batch.
        self._written: set[Seller] = set()
        self._searches: dict[str, _Search] = {}
        # One statement at a time, also when what awaits a thread is cancelled and the transaction is to end.
        self._turn = threading.Lock()
        self.judged = 0
        self.not_kept: list[str] = []

    def begin(self) -> None:
        """Note what the job holds."""
        outcome = query_outcomes.c
        query = select(outcome.query, outcome.run_id, outcome.state, outcome.started_at, outcome.ended_at).where(
            outcome.job_id == self._job.job_id, outcome.platform == "ebay"
        )
        with self._turn:
            self._searches = {
                row.query: _Search(row.run_id, row.state in ("found", "none"), row.started_at, row.ended_at)
                for row in self._connection.execute(query)
            }
            note_before(self._connection, self._job.job_id)
            settling.forget_sightings(self._connection, self._values)

    def end(self, transaction: AbstractContextManager[Connection], error: BaseException | None = None) -> None:
        """End the transaction, once the statement that runs has ended: committed without an error, else undone."""
        with self._turn:
            transaction.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)

    @property
    def searched(self) -> set[str]:
        """The products that the job searched for; others were not asked for, and a replay asks nobody."""
        return set(self._searches)

    def save_products(self, items: Sequence[WorkItem], lists: Sequence[ListOutcome]) -> None:
        """Replace the worklist; products that no list names any more go, with their listings."""
        with self._turn:
            self._save_products(items, lists)

    def _save_products(self, items: Sequence[WorkItem], lists: Sequence[ListOutcome]) -> None:
        asins = [item.asin for item in items]
        for statement in _GONE_PRODUCTS:
            self._connection.execute(text(statement), {"job": self._job.job_id, "asins": asins})
        rows = [product_columns(item) | self._own for item in items]
        upsert(self._connection, job_products, rows, ("job_id", "asin"))
        runs = select(list_outcomes.c.list, list_outcomes.c.run_id).where(list_outcomes.c.job_id == self._job.job_id)
        run_of = {row.list: row.run_id for row in self._connection.execute(runs)}
        read = [
            {
                "list": one.name,
                "state": one.state,
                "reading": reading_columns(one.reading)["reading"],
                "run_id": run_of.get(one.name, self._job.last_run_id),
                **self._own,
            }
            for one in lists
        ]
        upsert(self._connection, list_outcomes, read, ("job_id", "list"))

    def save_searches(
        self, outcomes: Sequence[SearchOutcome], listings: Sequence[ListingRow], sellers: Sequence[SeenSeller]
    ) -> None:
        """Replace the rows of the products of a batch; those of one whose answer is not kept stay."""
        done = [outcome for outcome in outcomes if outcome.error_kind != AnswerNotKept.kind]
        lost = {outcome.asin for outcome in outcomes} - {outcome.asin for outcome in done}
        self.not_kept += sorted(asin for asin in lost if self._searches[asin].answered)
        self.judged += len(done)
        with self._turn:
            self._replace(done, listings, sellers)

    def _replace(
        self, done: Sequence[SearchOutcome], listings: Sequence[ListingRow], sellers: Sequence[SeenSeller]
    ) -> None:
        asins = [outcome.asin for outcome in done]
        self._save_sellers(sellers)
        save_listings(self._connection, self._org_id, self._job.job_id, listings)
        found, items = [row[0] for row in listings], [row[1] for row in listings]
        self._connection.execute(_DROP, {"job": self._job.job_id, "asins": asins, "found": found, "items": items})
        upsert(self._connection, query_outcomes, [self._outcome(outcome) for outcome in done], OUTCOME_KEY)

    def settle(self) -> ReplayChanges:
        """Bring sellers and the figures of the job's runs in line with its listings; return what changed."""
        with self._turn:
            # Nobody else sees the new rows, so nobody else counts them: what follows would be planned for few of them.
            # Another org's replay that does the same holds them up to its end: rather slow than to wait for that.
            self._connection.execute(text("ANALYZE (SKIP_LOCKED) collection_items, sellers, seller_jobs"))
            settling.settle(self._connection, self._values)
            return changes_of(self._connection, self._values)

    def save_record(self, run_id: int, record: ReplayRecord, parser_version: str, matcher_version: str) -> None:
        """Write what the replay came to into its run's record; last, since that is written while it works, too."""
        with self._turn:
            save_record(self._connection, run_id, record, parser_version, matcher_version)

    def _save_sellers(self, sellers: Sequence[SeenSeller]) -> None:
        fresh = [seen for seen in sellers if seen.seller not in self._written]
        by_name = {normalize_seller_name(seen.seller.name): seen for seen in fresh}
        known = set(self._connection.execute(_KNOWN_LATER, {**self._values, "names": list(by_name)}).scalars())
        rows = [seller_columns(self._dated(seen)) for name, seen in by_name.items() if name not in known]
        save_sellers(self._connection, self._org_id, self._job.job_id, rows)
        self._written |= {seen.seller for seen in fresh}

    def _dated(self, seen: SeenSeller) -> SeenSeller:
        """The seller as the search saw it: then, and in its run."""
        products = [replace(one, run_id=self._searches[one.asin].run_id) for one in seen.products]
        seen_at = max(self._searches[one.asin].ended_at for one in seen.products)
        return SeenSeller(seen.seller, seen_at, seen.listings, products)

    def _outcome(self, outcome: SearchOutcome) -> dict[str, Any]:
        search = self._searches[outcome.asin]
        dated = replace(outcome, started_at=search.started_at, ended_at=search.ended_at)
        return outcome_columns(dated) | self._own | {"run_id": search.run_id}
