"""Reads runs: one, a page, those that are open, figures over time; outcomes of a job; the cost of calls. Only reads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, case, cast, func, or_, select

from dropship_pipeline.models import FINAL_STATES, OutcomeState, Platform, Provider, RunState, utc_now
from dropship_pipeline.storage.database.connection import OfOrg, storable
from dropship_pipeline.storage.database.tables import api_calls, collection_runs, query_outcomes
from dropship_pipeline.storage.runs.job_figures import job_figures
from dropship_pipeline.storage.runs.values import JobFigures, Schedule

# Longer numbers do not fit the column, so they name no run.
MAX_RUN_DIGITS = 18
MATCHES_SHOWN = 6
CALLS_AVERAGED = 1_000
MAX_PAGE_SIZE = 100
MAX_POINTS = 500
# Pages are counted in a number of the database's; nobody turns further.
MAX_PAGE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """The whole record of a run. Its figures are its own: what it asked, found and paid.

    `continued_by` is the newest later run of its job that has begun; None if there is none. `credits_budget` is what
    all runs of its job may cost together. `replay` is what a run of `replay_collection` came to.
    """

    run_id: int
    job_id: str
    job_name: str
    dagster_run_id: str | None
    continued_by: int | None
    status: RunState
    phase: str | None
    phase_progress: int
    phase_total: int
    products_checked: int
    sellers_found: int
    new_sellers: int
    credits_used: int
    credits_by_provider: Mapping[Provider, int]
    credits_budget: int | None
    config: Mapping[str, Any]
    error_message: str | None
    error_details: Mapping[str, Any] | None
    parser_version: str | None
    matcher_version: str | None
    replay: Mapping[str, Any] | None
    scheduled_by: str | None
    sandbox: bool
    heartbeat_at: datetime | None
    created_at: datetime
    updated_at: datetime
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


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of runs, newest first, how many there are in all, and what the job of each came to, by job id."""

    runs: Sequence[RunReport]
    total: int
    jobs: Mapping[str, JobFigures]

    @property
    def by_job(self) -> list[tuple[JobFigures, list[RunReport]]]:
        """The runs of the page, those of one job together under what all runs of the job came to."""
        found: dict[str, list[RunReport]] = {}
        for run in self.runs:
            found.setdefault(run.job_id, []).append(run)
        return [(self.jobs[job_id], runs) for job_id, runs in found.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPoint:
    """One ended run, as a point of a chart over time.

    Args:
        error_rate: failed queries or products of its job, as a part (0 to 1) of all; None where none was asked.
    """

    run_id: int
    job_name: str
    status: RunState
    started_at: datetime
    sellers_found: int
    new_sellers: int
    credits: int
    credits_by_provider: Mapping[Provider, int]
    error_rate: float | None


_later = collection_runs.alias("later")
_RUN_COLUMNS = (
    collection_runs.c.id.label("run_id"),
    select(func.max(_later.c.id))
    .where(
        _later.c.job_id == collection_runs.c.job_id,
        _later.c.org_id == collection_runs.c.org_id,
        _later.c.id > collection_runs.c.id,
        _later.c.started_at.is_not(None),
    )
    .scalar_subquery()
    .label("continued_by"),
    *(collection_runs.c[name] for name in RunReport.__dataclass_fields__ if name not in ("run_id", "continued_by")),
)


class Reports(OfOrg):
    """Reads of one org. Every method is one transaction and raises StorageUnavailable."""

    def run(self, run_id: int) -> RunReport | None:
        """The run with this number."""
        return self._first(self._runs().where(collection_runs.c.id == run_id))

    def started_by(self, schedule: Schedule) -> RunReport | None:
        """The newest run that a schedule started, None if it has started none."""
        return self._first(self._runs().where(collection_runs.c.scheduled_by.startswith(f"{schedule.id}:")))

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

    def page(self, page: int, page_size: int, state: RunState | None = None) -> RunPage:
        """A page of runs, newest first.

        Args:
            page: from 1 to `MAX_PAGE`.
            page_size: 1 to `MAX_PAGE_SIZE`.
            state: only those in this state.
        """
        wanted = self._ours() if state is None else self._ours() & (collection_runs.c.status == state)
        rows = self._runs().where(wanted).limit(page_size).offset((page - 1) * page_size)
        with self._database.begin() as connection:
            total = connection.execute(select(func.count()).select_from(collection_runs).where(wanted)).scalar_one()
            runs = [RunReport(**row) for row in connection.execute(rows).mappings()]
            return RunPage(runs, total, job_figures(connection, self._org_id, {run.job_id for run in runs}))

    def jobs(self, job_ids: Collection[str]) -> dict[str, JobFigures]:
        """What the runs of these jobs came to together, by job id."""
        with self._database.begin() as connection:
            return job_figures(connection, self._org_id, job_ids)

    def open_runs(self) -> list[RunReport]:
        """Runs that have not ended, the one that collects before those that wait for it."""
        waits = case((collection_runs.c.status == "pending", 1), else_=0)
        query = self._runs(waits, collection_runs.c.id).where(collection_runs.c.status.not_in(FINAL_STATES))
        return self._read_runs(query.limit(MAX_PAGE_SIZE))

    def last_ended(self) -> RunReport | None:
        """The run that ended last, None if none has."""
        runs = self._runs(collection_runs.c.completed_at.desc().nulls_last(), collection_runs.c.id.desc())
        return self._first(runs.where(collection_runs.c.status.in_(FINAL_STATES)))

    def points(self, limit: int = 100, job_name: str | None = None) -> list[RunPoint]:
        """The newest runs that have ended, of this job or of any, oldest first, at most `MAX_POINTS`."""
        runs = collection_runs.c
        ended = self._ours() & runs.status.in_(FINAL_STATES) & runs.started_at.is_not(None)
        if job_name is not None:
            ended &= runs.job_name == job_name
        query = (
            select(
                runs.id.label("run_id"), runs.job_name, runs.status, runs.started_at, runs.sellers_found,
                runs.new_sellers, runs.credits_used.label("credits"), runs.credits_by_provider,
                _error_rate().label("error_rate"),
            )
            .where(ended)
            .order_by(runs.id.desc())
            .limit(min(limit, MAX_POINTS))
        )  # fmt: skip
        with self._database.begin() as connection:
            found = [RunPoint(**row) for row in connection.execute(query).mappings()]
        return found[::-1]

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

    def _ours(self) -> ColumnElement[bool]:
        return collection_runs.c.org_id == self._org_id

    def _runs(self, *order: ColumnElement[Any]) -> Select[Any]:
        """The org's runs, newest first unless in another order."""
        return select(*_RUN_COLUMNS).where(self._ours()).order_by(*(order or (collection_runs.c.id.desc(),)))

    def _first(self, query: Select[Any]) -> RunReport | None:
        return next(iter(self._read_runs(query.limit(1))), None)

    def _read_runs(self, query: Select[Any]) -> list[RunReport]:
        with self._database.begin() as connection:
            return [RunReport(**row) for row in connection.execute(query).mappings()]


def _error_rate() -> Any:  # noqa: ANN401  (a subquery)
    outcomes = query_outcomes.c
    failed = func.avg(case((outcomes.state == "failed", 1), else_=0))
    mine = (outcomes.org_id == collection_runs.c.org_id, outcomes.job_id == collection_runs.c.job_id)
    return select(cast(func.round(failed, 4), Float)).where(*mine).scalar_subquery()
