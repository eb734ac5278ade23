"""Reads a run by its number or id, the outcomes of its job, and the average cost of calls. Only reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from dropship_pipeline.models import FINAL_STATES, OutcomeState, Platform, Provider, RunState, utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import (
    api_calls,
    collection_runs,
    query_outcomes,
)

# Longer numbers do not fit the column, so they name no run.
MAX_RUN_DIGITS = 18
MATCHES_SHOWN = 6
CALLS_AVERAGED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The whole record of a run. Credits are those of its job, over all the runs that resumed each other."""

    id: int
    job_id: str
    job_name: str
    dagster_run_id: str | None
    status: RunState
    phase: str | None
    phase_progress: int
    phase_total: int
    products_checked: int
    sellers_found: int
    new_sellers: int
    credits_used: int
    credits_budget: int | None
    config: Mapping[str, Any]
    error_message: str | None
    error_details: Mapping[str, Any] | None
    sandbox: bool
    heartbeat_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None

    @property
    def ended(self) -> bool:
        """Whether the record is settled."""
        return self.status in FINAL_STATES

    @property
    def duration(self) -> timedelta | None:
        """From its start to its end, or to now; None before it has started."""
        return None if self.started_at is None else (self.completed_at or utc_now()) - self.started_at


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeCount:
    """How many queries of a job ended in one state on one platform."""

    platform: Platform
    state: OutcomeState
    queries: int


_RUN_COLUMNS = tuple(collection_runs.c[name] for name in RunReport.__dataclass_fields__)


class Reports:
    """Reads of one org. Every method is one transaction and raises StorageUnavailable."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def run(self, run_id: int) -> RunReport | None:
        """The run with this number."""
        found = self._read_runs(self._runs().where(collection_runs.c.id == run_id))
        return found[0] if found else None

    def find_runs(self, reference: str) -> list[RunReport]:
        """The runs that `reference` may mean, newest first, at most `MATCHES_SHOWN`.

        A record's number and a whole Dagster run id each mean one run; otherwise it is the beginning of a Dagster
        run id or of a job id.
        """
        text = storable(reference)
        if text.isascii() and text.isdigit() and len(text) <= MAX_RUN_DIGITS:
            run = self.run(int(text))
            if run is not None:
                return [run]
        whole = collection_runs.c.dagster_run_id == text
        begins = or_(
            collection_runs.c.dagster_run_id.startswith(text, autoescape=True),
            collection_runs.c.job_id.startswith(text, autoescape=True),
        )
        matches = self._runs().limit(MATCHES_SHOWN)
        return self._read_runs(matches.where(whole)) or self._read_runs(matches.where(begins))

    def outcomes(self, job_id: str) -> list[OutcomeCount]:
        """How the queries (or products) of a job ended, by platform and state."""
        columns = query_outcomes.c
        query = (
            select(columns.platform, columns.state, func.count().label("queries"))
            .where(columns.org_id == self._org_id, columns.job_id == job_id)
            .group_by(columns.platform, columns.state)
            .order_by(columns.platform, columns.state)
        )
        with self._database.begin() as connection:
            return [OutcomeCount(**row) for row in connection.execute(query).mappings()]

    def credits_per_call(self) -> dict[Provider, float]:
        """What the org's latest calls cost on average, by provider; kept ones only, those that failed aside."""
        latest = (
            select(api_calls.c.provider, api_calls.c.credits)
            .where(api_calls.c.org_id == self._org_id, api_calls.c.state == "settled")
            .order_by(api_calls.c.settled_at.desc())
            .limit(CALLS_AVERAGED)
            .subquery()
        )
        query = select(latest.c.provider, func.avg(latest.c.credits)).group_by(latest.c.provider)
        with self._database.begin() as connection:
            return {row[0]: float(row[1]) for row in connection.execute(query)}

    def _runs(self) -> Select[Any]:
        query = select(*_RUN_COLUMNS).where(collection_runs.c.org_id == self._org_id)
        return query.order_by(collection_runs.c.id.desc())

    def _read_runs(self, query: Select[Any]) -> list[RunReport]:
        with self._database.begin() as connection:
            return [RunReport(**row) for row in connection.execute(query).mappings()]


def storable(text: str) -> str:
    """Text as Postgres could hold it: what was typed may have bytes that no row has, and matches none."""
    return text.encode(errors="replace").decode().replace("\0", "?")
