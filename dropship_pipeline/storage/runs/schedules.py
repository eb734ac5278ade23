"""collection_schedules: reads and writes schedules, and reads the runs that they started."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from dropship_pipeline.models import RunState
from dropship_pipeline.storage.database.connection import Database, OfOrg
from dropship_pipeline.storage.database.tables import collection_runs, collection_schedules, orgs
from dropship_pipeline.storage.runs.values import Schedule

# The one schedule that the command line knows.
MONTHLY = "monthly"
# Looked at in one tick of the sensor, which has a minute.
MAX_SCHEDULES = 500
MAX_RUNS = 100

_COLUMNS = tuple(collection_schedules.c[name] for name in Schedule.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """The state of a run and since when it has it."""

    run_id: int
    status: RunState
    since: datetime


def enabled_schedules(database: Database) -> list[Schedule]:
    """Every org's schedules that are turned on, oldest first, at most `MAX_SCHEDULES`. Raises StorageUnavailable."""
    schedules = collection_schedules.c
    query = select(*_COLUMNS).where(schedules.enabled).order_by(schedules.id).limit(MAX_SCHEDULES)
    with database.begin() as connection:
        return [Schedule(**row) for row in connection.execute(query).mappings()]


class Schedules(OfOrg):
    """The schedules of one org. Every method is one transaction and raises StorageUnavailable."""

    def find(self) -> Schedule | None:
        """The monthly schedule, None if the org has none."""
        query = select(*_COLUMNS).where(self._monthly())
        with self._database.begin() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else Schedule(**row)

    def save(self, values: Mapping[str, Any]) -> Schedule:
        """Write the monthly schedule, every column but its name; return it whole."""
        changed = {**values, "updated_at": func.now()}
        written = insert(collection_schedules).values(org_id=self._org_id, name=MONTHLY, **values)
        written = written.on_conflict_do_update(index_elements=["org_id", "name"], set_=changed)
        with self._database.begin() as connection:
            connection.execute(insert(orgs).values(id=self._org_id).on_conflict_do_nothing())
            return Schedule(**connection.execute(written.returning(*_COLUMNS)).mappings().one())

    def switch(self, *, enabled: bool) -> Schedule | None:
        """Turn the monthly schedule on or off; None if the org has none. The present state again changes nothing."""
        columns = collection_schedules.c
        changed_at = case((columns.enabled == enabled, columns.updated_at), else_=func.now())
        switched = update(collection_schedules).where(self._monthly()).values(enabled=enabled, updated_at=changed_at)
        with self._database.begin() as connection:
            row = connection.execute(switched.returning(*_COLUMNS)).mappings().one_or_none()
        return None if row is None else Schedule(**row)

    def runs_of(self, job_id: str) -> dict[str, RecordedRun]:
        """The states of the newest runs of a job, by Dagster run id."""
        runs = collection_runs.c
        query = (
            select(runs.dagster_run_id, runs.id, runs.status, func.coalesce(runs.completed_at, runs.updated_at))
            .where(runs.org_id == self._org_id, runs.job_id == job_id, runs.dagster_run_id.is_not(None))
            .order_by(runs.id.desc())
            .limit(MAX_RUNS)
        )
        with self._database.begin() as connection:
            return {name: RecordedRun(*state) for name, *state in connection.execute(query)}

    def _monthly(self) -> ColumnElement[bool]:
        return (collection_schedules.c.org_id == self._org_id) & (collection_schedules.c.name == MONTHLY)
