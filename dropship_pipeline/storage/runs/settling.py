"""How an open run record becomes a final one, and which records are silent because nothing is left to speak for them.

A run that works is heard of once a second, and its worker holds the lock of its platform. One that is silent and holds
no lock is dead, whoever launched it.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, Select, func, literal, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.models import FINAL_STATES, RunState
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import platform_lock_is_held
from dropship_pipeline.storage.database.tables import api_calls, collection_runs
from dropship_pipeline.storage.runs.values import RunSign

# Steps beat once a second; between two steps a busy machine may need some seconds to start the next process.
STALE_AFTER = timedelta(seconds=20)
OPEN_STATES = ("pending", "running", "stopping")
DIED = "The run's processes died without a word; resume it to go on from there"

_columns = collection_runs.c


def settle(status: RunState, message: str | None, **more: object) -> Any:  # noqa: ANN401  (an UPDATE to narrow)
    """The statement that settles open records; one that was asked to stop ends as stopped, a final one stays."""
    values: dict[str, Any] = {
        "status": text(f"CASE status WHEN 'stopping' THEN 'stopped' ELSE '{status}' END"),
        "completed_at": func.now(),
        "updated_at": func.now(),
        "credits_used": spent(),
        "error_message": func.coalesce(_columns.error_message, message),
    } | {name: value for name, value in more.items() if value is not None}
    return update(collection_runs).where(_columns.status.in_(OPEN_STATES)).values(values)


def with_details(details: Mapping[str, Any]) -> ColumnElement[Any]:
    """The record's details with these among them; a doubt that was noted before is not lost to a failure."""
    return func.coalesce(_columns.error_details, literal({}, JSONB)).concat(literal(dict(details), JSONB))


def spent() -> ScalarSelect[int]:
    """What the run's job has paid so far, all its runs together."""
    booked = func.coalesce(func.sum(api_calls.c.credits), 0)
    return select(booked).where(api_calls.c.job_id == _columns.job_id).scalar_subquery()


def dead() -> ColumnElement[bool]:
    """Which open records nothing is left of: silent, and no worker at work.

    A run that waits for its turn holds no lock; whoever holds the org's then is the run that it waits for. One that
    waits in Dagster's queue has never been heard of, and is left alone: only Dagster knows about it.
    """
    silent = _columns.heartbeat_at < func.now() - STALE_AFTER
    return silent & or_(_columns.status == "pending", ~_works())


def settle_all(database_url: str) -> int:
    """Settle the dead records of every org, as far as that can be known without Dagster; return how many.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    with closing(Database(database_url)) as database, database.begin() as connection:
        settled: int = connection.execute(settle("failed", DIED).where(dead())).rowcount
    return settled


class SettlementRecords:
    """What the settlement of runs reads and writes, over all orgs. Every method is one transaction.

    Each raises StorageUnavailable if Postgres does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_runs(self, limit: int) -> list[RunSign]:
        """Open records, the longest silent first, those never heard of last."""
        query = _signs().where(_columns.status.in_(OPEN_STATES))
        return self._read(query.order_by(_columns.heartbeat_at.asc().nulls_last(), _columns.id).limit(limit))

    def ended_runs(self, dagster_run_ids: Sequence[str]) -> list[RunSign]:
        """The final records among those of these Dagster runs."""
        ended = _columns.dagster_run_id.in_(dagster_run_ids) & _columns.status.in_(FINAL_STATES)
        return self._read(_signs().where(ended).limit(len(dagster_run_ids)))

    def settle(self, run: RunSign, status: RunState, message: str, *, even_if_heard: bool) -> bool:
        """Settle an open record; return whether it was.

        Args:
            run: as it was read.
            status: a final state.
            message: why, unless the record says so already.
            even_if_heard: False to leave it alone if it has been heard of since it was read.
        """
        statement = settle(status, message).where(_columns.id == run.run_id)
        if not even_if_heard:
            statement = statement.where(_columns.heartbeat_at.is_not_distinct_from(run.heartbeat_at))
        with self._database.begin() as connection:
            settled: int = connection.execute(statement).rowcount
        return settled == 1

    def _read(self, query: "Select[Any]") -> list[RunSign]:
        with self._database.begin() as connection:
            return [_sign(row) for row in connection.execute(query)]


def _works() -> ColumnElement[bool]:
    """Whether a worker of the record's org is at work."""
    return platform_lock_is_held(_columns.org_id)


def _signs() -> "Select[Any]":
    """Ages are measured by the database's clock, which also wrote the times."""
    return select(
        _columns.id, _columns.org_id, _columns.job_id, _columns.status, _columns.dagster_run_id, _columns.heartbeat_at,
        func.extract("epoch", func.now() - _columns.heartbeat_at).label("silent_s"),
        func.extract("epoch", func.now() - _columns.created_at).label("age_s"),
        _works().label("works"),
    )  # fmt: skip


def _sign(row: Row[Any]) -> RunSign:
    return RunSign(
        run_id=row.id,
        org_id=row.org_id,
        job_id=row.job_id,
        status=row.status,
        dagster_run_id=row.dagster_run_id,
        heartbeat_at=row.heartbeat_at,
        silent_s=None if row.silent_s is None else float(row.silent_s),
        age_s=float(row.age_s),
        works=row.works,
    )
