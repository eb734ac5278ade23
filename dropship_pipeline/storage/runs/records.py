"""collection_runs: the state machine of a run, its heartbeat and progress, and its errors.

    pending → running → completed | degraded | failed | stopped
    running → stopping → stopped

At most one run of an org is running or stopping; a unique index holds that whatever launched the run. A run that says
it is running but is not heard of and holds no lock is dead, and is settled by whoever looks next (`settling`).
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from dropship_pipeline.models import FINAL_STATES, Platform, RunState
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_errors, collection_runs, orgs
from dropship_pipeline.storage.runs.job_ids import require_own
from dropship_pipeline.storage.runs.settling import DIED, dead, settle, spent, with_details
from dropship_pipeline.storage.runs.values import RunError, RunFigures, RunRecord
from dropship_pipeline.telemetry.spans import run_ended

_COLUMNS = (
    collection_runs.c.id,
    collection_runs.c.job_id,
    collection_runs.c.status,
    collection_runs.c.dagster_run_id,
    collection_runs.c.config,
    collection_runs.c.error_message,
)

_ENDED = (
    collection_runs.c.dagster_run_id,
    collection_runs.c.job_name,
    collection_runs.c.job_id,
    collection_runs.c.status,
    func.coalesce(collection_runs.c.started_at, collection_runs.c.created_at).label("began_at"),
    collection_runs.c.completed_at,
)

_BEAT = text(
    """
    UPDATE collection_runs SET
        heartbeat_at = now(), updated_at = now(), progress = progress || CAST(:mine AS jsonb),
        phase_progress = (SELECT sum((value->>'done')::int) FROM jsonb_each(progress || CAST(:mine AS jsonb))),
        products_checked = (SELECT sum((value->>'products')::int) FROM jsonb_each(progress || CAST(:mine AS jsonb))),
        credits_used = (SELECT coalesce(sum(c.credits), 0) FROM api_calls c WHERE c.job_id = collection_runs.job_id)
    WHERE id = :run_id RETURNING status
    """
)
# Among a record's details.
_JOB_DOUBT, _RUN_DOUBT = "doubt", "doubt_of_run"


class RunRecords:
    """Reads and writes the run records of one org. Every method is one transaction and raises StorageUnavailable."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

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

        One that is `queued` has no process yet: nothing is expected to be heard of it until it starts.

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
        """As `job_ids.require_own`, for whoever is about to launch a run.

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
        """Move a pending run to running; return the run that is in the way, or None once it runs.

        Dead runs are settled first, so that none is in the way.
        """
        while True:
            self.settle_dead()
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

    def beat(self, run_id: int, platform: Platform, *, done: int, products: int) -> RunState:
        """Say that a worker is alive and how far it is; return the run's status, which may ask it to stop."""
        mine = json.dumps({platform: {"done": done, "products": products}})
        with self._database.begin() as connection:
            status: RunState = connection.execute(_BEAT, {"run_id": run_id, "mine": mine}).scalar_one()
        return status

    def report(
        self,
        run_id: int,
        *,
        phase: str,
        done: int,
        total: int,
        products: int,
        sellers: int,
        new_sellers: int,
    ) -> RunState:
        """Say that a search is alive and how far it is; return the run's status, which may ask it to stop."""
        with self._database.begin() as connection:
            status: RunState = connection.execute(
                update(collection_runs)
                .where(collection_runs.c.id == run_id)
                .values(
                    heartbeat_at=func.now(),
                    updated_at=func.now(),
                    phase=phase,
                    phase_progress=done,
                    phase_total=total,
                    products_checked=products,
                    sellers_found=sellers,
                    new_sellers=new_sellers,
                    credits_used=spent(),
                )
                .returning(collection_runs.c.status)
            ).scalar_one()
        return status

    def doubt(self, run_id: int, reason: str, *, of_job: bool = True) -> None:
        """Remember why what a run did not find says nothing; its summary then calls it degraded.

        Args:
            run_id: the run.
            reason: one sentence.
            of_job: whether it stays with the job when that is resumed: what was not found is not asked for again.
        """
        with self._database.begin() as connection:
            connection.execute(
                update(collection_runs)
                .where(collection_runs.c.id == run_id)
                .values(error_details=with_details({_JOB_DOUBT if of_job else _RUN_DOUBT: reason}))
            )

    def figures(self, run_id: int) -> RunFigures:
        """Seconds since the run began, credits of its job, and the doubt about the one or the other."""
        seconds = func.extract("epoch", func.now() - collection_runs.c.started_at)
        of_job = collection_runs.alias()
        found = func.max(of_job.c.error_details[_JOB_DOUBT].astext)
        job_doubt = select(found).where(of_job.c.job_id == collection_runs.c.job_id).scalar_subquery()
        doubt = func.coalesce(job_doubt, collection_runs.c.error_details[_RUN_DOUBT].astext)
        query = select(seconds, spent(), doubt).where(collection_runs.c.id == run_id)
        with self._database.begin() as connection:
            row = connection.execute(query).one()
        return RunFigures(round(row[0] or 0), int(row[1]), row[2])

    def request_stop(self, run_id: int) -> bool:
        """Ask a running run to stop; False if it is not running."""
        with self._database.begin() as connection:
            done = connection.execute(
                update(collection_runs)
                .where(collection_runs.c.id == run_id, collection_runs.c.status == "running")
                .values(status="stopping", updated_at=func.now())
            )
        return done.rowcount == 1

    def finish(
        self,
        run_id: int,
        status: RunState,
        *,
        message: str | None = None,
        details: Mapping[str, Any] | None = None,
        sellers_found: int | None = None,
        new_sellers: int | None = None,
    ) -> None:
        """Settle an open run. A run that was asked to stop ends as stopped; a final state is never overwritten."""
        if status not in FINAL_STATES:
            raise ValueError(f"{status} is not a final state; use one of {sorted(FINAL_STATES)}")
        with self._database.begin() as connection:
            ended = connection.execute(
                settle(
                    status,
                    message,
                    error_details=details and with_details(details),
                    sellers_found=sellers_found,
                    new_sellers=new_sellers,
                )
                .where(collection_runs.c.id == run_id)
                .returning(*_ENDED)
            ).one_or_none()
        if ended is not None:
            run_ended(
                ended.dagster_run_id, ended.began_at, ended.completed_at,
                run=run_id, job=ended.job_name, job_id=ended.job_id, state=ended.status,
            )  # fmt: skip

    def settle_dead(self) -> int:
        """Settle every run of the org that is dead, as `settling.dead` has it; return how many there were."""
        with self._database.begin() as connection:
            settled: int = connection.execute(
                settle("failed", DIED).where(collection_runs.c.org_id == self._org_id, dead())
            ).rowcount
        return settled

    def record_error(self, run_id: int, job_id: str, error: RunError) -> None:
        """Keep one error of a run."""
        row = {
            "org_id": self._org_id,
            "run_id": run_id,
            "job_id": job_id,
            "platform": error.platform,
            "kind": error.kind,
            "reason": error.reason,
            "query": error.query,
            "product_id": error.product_id,
            "message": error.message,
            "response_status": error.response_status,
        }
        with self._database.begin() as connection:
            connection.execute(insert(collection_errors).values(row))

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
