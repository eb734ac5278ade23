"""Settles open run records: at the end of their run, when they are found dead, and for the settlement sensor.

`over` decides when that is.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, cast, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.models import FINAL_STATES, RunState
from dropship_pipeline.storage.database.connection import Database, OfOrg
from dropship_pipeline.storage.database.tables import collection_runs
from dropship_pipeline.storage.runs.over import DIED, OPEN_STATES, dead, has_worker
from dropship_pipeline.storage.runs.values import RunSign
from dropship_pipeline.telemetry.spans import run_ended

_columns = collection_runs.c
_ENDED = (
    _columns.dagster_run_id,
    _columns.job_name,
    _columns.job_id,
    _columns.status,
    func.coalesce(_columns.started_at, _columns.created_at).label("began_at"),
    _columns.completed_at,
)


def settle(status: RunState, message: str | None, **more: object) -> Any:  # noqa: ANN401  (an UPDATE to narrow)
    """The statement that settles open records; a final one stays.

    One that was asked to stop ends as stopped, unless there was nothing left to stop: only a run that has looked at
    everything is completed or degraded.
    """
    through = status in ("completed", "degraded")
    values: dict[str, Any] = {
        "status": status if through else text(f"CASE status WHEN 'stopping' THEN 'stopped' ELSE '{status}' END"),
        "completed_at": func.now(),
        "updated_at": func.now(),
        "error_message": func.coalesce(_columns.error_message, message),
    } | {name: value for name, value in more.items() if value is not None}
    return update(collection_runs).where(_columns.status.in_(OPEN_STATES)).values(values)


def with_details(details: Mapping[str, Any]) -> ColumnElement[Any]:
    """The record's details with these among them; a doubt that was noted before is not lost to a failure."""
    return func.coalesce(_columns.error_details, literal({}, JSONB)).concat(literal(dict(details), JSONB))


def settle_all(database_url: str) -> int:
    """Settle the dead records of every org, as far as that can be known without Dagster; return how many.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    with closing(Database(database_url)) as database, database.begin() as connection:
        settled: int = connection.execute(settle("failed", DIED).where(dead())).rowcount
    return settled


class Settlement(OfOrg):
    """Settles the records of one org. Every method is one transaction and raises StorageUnavailable."""

    def finish(
        self,
        run_id: int,
        status: RunState,
        *,
        message: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> RunState:
        """Settle an open run, and return the state that it stands in then: a final one is never overwritten.

        A run that was asked to stop ends as stopped, unless it has completed all the same.
        """
        if status not in FINAL_STATES:
            raise ValueError(f"{status} is not a final state; use one of {sorted(FINAL_STATES)}")
        with self._database.begin() as connection:
            ended = connection.execute(
                settle(status, message, error_details=details and with_details(details))
                .where(_columns.id == run_id)
                .returning(*_ENDED)
            ).one_or_none()
            if ended is None:
                before: RunState | None = connection.execute(
                    select(_columns.status).where(_columns.id == run_id)
                ).scalar()
                return before or status
        run_ended(
            ended.dagster_run_id, ended.began_at, ended.completed_at,
            run=run_id, job=ended.job_name, job_id=ended.job_id, state=ended.status,
        )  # fmt: skip
        stands: RunState = ended.status
        return stands

    def settle_dead(self) -> int:
        """Settle every run of the org that is dead (`over.dead`); return how many there were."""
        with self._database.begin() as connection:
            settled: int = connection.execute(
                settle("failed", DIED).where(_columns.org_id == self._org_id, dead())
            ).rowcount
        return settled


class SettlementRecords:
    """Reads and settles the records of all orgs, for the settlement sensor. Every method is one transaction.

    Each raises StorageUnavailable if Postgres does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_runs(self, limit: int) -> list[RunSign]:
        """Open records, those with the oldest heartbeat first, those without one last."""
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
            even_if_heard: False to leave it alone if it has sent a heartbeat since it was read.
        """
        statement = settle(status, message).where(_columns.id == run.run_id)
        if not even_if_heard:
            statement = statement.where(_columns.heartbeat_at.is_not_distinct_from(run.heartbeat_at))
        with self._database.begin() as connection:
            settled: int = connection.execute(statement).rowcount
        return settled == 1

    def _read(self, query: "Select[Any]") -> list[RunSign]:
        with self._database.begin() as connection:
            return [RunSign(**row) for row in connection.execute(query).mappings()]


def _signs() -> "Select[Any]":
    """The query of `RunSign`s. Ages are measured by the database's clock, which also wrote the times."""
    return select(
        _columns.id.label("run_id"), _columns.org_id, _columns.job_id, _columns.status, _columns.dagster_run_id,
        _columns.heartbeat_at, _seconds_since(_columns.heartbeat_at).label("silent_s"),
        _seconds_since(_columns.created_at).label("age_s"), has_worker().label("works"),
    )  # fmt: skip


def _seconds_since(moment: ColumnElement[Any]) -> ColumnElement[float]:
    return cast(func.extract("epoch", func.now() - moment), Float)
