"""collection_runs: the records of runs, and the state machine of a run up to its end.

    pending → running → completed | degraded | failed | stopped
    running → stopping → stopped

At most one run of an org is running or stopping; a unique index holds that whatever launched the run. A run that says
it is running but sends no heartbeat and holds no lock is dead, and is settled at the next look. Progress, errors and
the end of a run are modules of their own: `progress`, `errors`, `settling`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from dropship_pipeline.models import FINAL_STATES
from dropship_pipeline.storage.database.connection import Database, OfOrg
from dropship_pipeline.storage.database.tables import collection_runs, orgs
from dropship_pipeline.storage.runs.errors import ErrorLog
from dropship_pipeline.storage.runs.job_ids import require_own
from dropship_pipeline.storage.runs.progress import RunProgress
from dropship_pipeline.storage.runs.settling import Settlement
from dropship_pipeline.storage.runs.values import RunRecord

_COLUMNS = (
    collection_runs.c.id,
    collection_runs.c.job_id,
    collection_runs.c.status,
    collection_runs.c.dagster_run_id,
    collection_runs.c.config,
    collection_runs.c.error_message,
)


class RunRecords(OfOrg):
    """The run records of one org. Every method is one transaction and raises StorageUnavailable."""

    def __init__(self, database: Database, org_id: str) -> None:
        super().__init__(database, org_id)
        self.progress = RunProgress(database)
        self.errors = ErrorLog(database, org_id)
        self.settlement = Settlement(database, org_id)

    def register(
        self,
        dagster_run_id: str,
        *,
        job_id: str,
        job_name: str,
        config: Mapping[str, Any],
        total: int,
        sandbox: bool,
        budget: int | None = None,
        scheduled_by: str | None = None,
        queued: bool = False,
    ) -> RunRecord:
        """Return the record of this Dagster run, made as `pending` if there is none yet.

        One that is `queued` has no process yet, so no heartbeat is expected before it starts.

        Raises:
            RequestInvalid: the job id stands for another job.
        """
        known = self.find(dagster_run_id)
        if known is not None:  # looked for first: an insert that meets a conflict would still use up a number
            return known
        row = {
            "org_id": self._org_id,
            "job_id": job_id,
            "job_name": job_name,
            "dagster_run_id": dagster_run_id,
            "config": dict(config),
            "phase_total": total,
            "credits_budget": budget,
            "sandbox": sandbox,
            "scheduled_by": scheduled_by,
            "is_scheduled": scheduled_by is not None,
            "heartbeat_at": None if queued else func.now(),
        }
        with self._database.begin() as connection:
            require_own(connection, self._org_id, job_id, job_name, sandbox=sandbox)
            connection.execute(insert(orgs).values(id=self._org_id).on_conflict_do_nothing())
            connection.execute(insert(collection_runs).values(row).on_conflict_do_nothing())
        return self.of_dagster_run(dagster_run_id)

    def require_own_job(self, job_id: str, job_name: str, *, sandbox: bool) -> None:
        """Like `job_ids.require_own`, before a run is launched.

        Raises:
            RequestInvalid: the job id stands for another job.
        """
        with self._database.begin() as connection:
            require_own(connection, self._org_id, job_id, job_name, sandbox=sandbox)

    def of_dagster_run(self, dagster_run_id: str) -> RunRecord:
        """The record of a Dagster run.

        Raises:
            LookupError: there is none.
        """
        found = self.find(dagster_run_id)
        if found is None:
            raise LookupError(f"No collection run is recorded for Dagster run {dagster_run_id}")
        return found

    def find(self, dagster_run_id: str) -> RunRecord | None:
        """The record of a Dagster run, None if it has none."""
        return self._one(collection_runs.c.dagster_run_id == dagster_run_id)

    def activate(self, run_id: int) -> RunRecord | None:
        """Move a pending run to running; return the run that is in the way, or None when it runs.

        Dead runs are settled first, so that none is in the way.
        """
        while True:
            self.settlement.settle_dead()
            try:
                self._begin(run_id)
            except IntegrityError:
                self._keep_waiting(run_id)
                other = self.active()
                if other is not None:
                    return other
                # It has ended since: the next attempt may be ours.
            else:
                return None

    def _begin(self, run_id: int) -> None:
        with self._database.begin() as connection:
            connection.execute(
                update(collection_runs)
                .where(collection_runs.c.id == run_id, collection_runs.c.status == "pending")
                .values(
                    status="running", phase="collecting", started_at=func.now(), heartbeat_at=func.now(),
                    updated_at=func.now(),
                )
            )  # fmt: skip

    def active(self) -> RunRecord | None:
        """The org's running or stopping run."""
        return self._one(collection_runs.c.status.in_(("running", "stopping")))

    def latest(self, job_name: str) -> RunRecord | None:
        """The newest run of a job that has ended."""
        newest = (
            select(func.max(collection_runs.c.id))
            .where(
                collection_runs.c.org_id == self._org_id,
                collection_runs.c.job_name == job_name,
                collection_runs.c.status.in_(FINAL_STATES),
            )
            .scalar_subquery()
        )
        return self._one(collection_runs.c.id == newest)

    def get(self, run_id: int) -> RunRecord | None:
        """The record with this number."""
        return self._one(collection_runs.c.id == run_id)

    def request_stop(self, run_id: int) -> bool:
        """Ask a running run to stop; False if it is not running."""
        with self._database.begin() as connection:
            done = connection.execute(
                update(collection_runs)
                .where(collection_runs.c.id == run_id, collection_runs.c.status == "running")
                .values(status="stopping", updated_at=func.now())
            )
        return done.rowcount == 1

    def _keep_waiting(self, run_id: int) -> None:
        with self._database.begin() as connection:
            connection.execute(
                update(collection_runs).where(collection_runs.c.id == run_id).values(heartbeat_at=func.now())
            )

    def _one(self, condition: Any) -> RunRecord | None:  # noqa: ANN401  (any SQL condition)
        query = select(*_COLUMNS).where(collection_runs.c.org_id == self._org_id, condition)
        with self._database.begin() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _record(row)


def _record(row: Row[Any]) -> RunRecord:
    return RunRecord(row.id, row.job_id, row.status, row.dagster_run_id, row.config, row.error_message)
