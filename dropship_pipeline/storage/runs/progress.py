"""Records how far a run is, and reads the figures and doubts for its summary."""

import json

from sqlalchemy import func, select, text, update

from dropship_pipeline.models import Platform, RunState
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_runs
from dropship_pipeline.storage.runs.job_figures import job_figures
from dropship_pipeline.storage.runs.settling import with_details
from dropship_pipeline.storage.runs.values import RunFigures

_BEAT = text(
    """
    UPDATE collection_runs SET
        heartbeat_at = now(), updated_at = now(), progress = progress || CAST(:mine AS jsonb),
        phase_progress = (SELECT sum((value->>'done')::int) FROM jsonb_each(progress || CAST(:mine AS jsonb))),
        products_checked = (SELECT sum((value->>'products')::int) FROM jsonb_each(progress || CAST(:mine AS jsonb)))
    WHERE id = :run_id RETURNING status
    """
)
# Among a record's details.
_JOB_DOUBT, _RUN_DOUBT = "doubt", "doubt_of_run"


class RunProgress:
    """The progress of runs. Every method is one transaction and raises StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, run_id: int, platform: Platform, *, done: int, products: int) -> RunState:
        """Report that a worker is alive and how far it is; return the run's status, which may ask it to stop."""
        mine = json.dumps({platform: {"done": done, "products": products}})
        with self._database.begin() as connection:
            status: RunState = connection.execute(_BEAT, {"run_id": run_id, "mine": mine}).scalar_one()
        return status

    def report(self, run_id: int, *, phase: str, done: int, total: int) -> RunState:
        """Report that a search is alive and how far it is; return the run's status, which may ask it to stop."""
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
                )
                .returning(collection_runs.c.status)
            ).scalar_one()
        return status

    def doubt(self, run_id: int, reason: str, *, of_job: bool = True) -> None:
        """Record why the results of a run cannot be trusted; its summary then calls it degraded.

        Args:
            run_id: the run.
            reason: one sentence.
            of_job: whether the doubt stays with the job when it is resumed: no query without results is asked again.
        """
        with self._database.begin() as connection:
            connection.execute(
                update(collection_runs)
                .where(collection_runs.c.id == run_id)
                .values(error_details=with_details({_JOB_DOUBT if of_job else _RUN_DOUBT: reason}))
            )

    def judged_by(self, run_id: int, parser_version: str, matcher_version: str) -> None:
        """Record which parsers read the answers of a run, and which matcher judged them."""
        with self._database.begin() as connection:
            connection.execute(
                update(collection_runs)
                .where(collection_runs.c.id == run_id)
                .values(parser_version=parser_version, matcher_version=matcher_version)
            )

    def figures(self, run_id: int) -> RunFigures:
        """What the run and its job came to, and the doubt about either."""
        seconds = func.extract("epoch", func.now() - collection_runs.c.started_at)
        of_job = collection_runs.alias()
        found = func.max(of_job.c.error_details[_JOB_DOUBT].astext)
        job_doubt = select(found).where(of_job.c.job_id == collection_runs.c.job_id).scalar_subquery()
        doubt = func.coalesce(job_doubt, collection_runs.c.error_details[_RUN_DOUBT].astext)
        runs = collection_runs.c
        query = select(collection_runs, seconds.label("seconds"), doubt.label("doubt")).where(runs.id == run_id)
        with self._database.begin() as connection:
            row = connection.execute(query).one()
            job = job_figures(connection, row.org_id, [row.job_id])[row.job_id]
        return RunFigures(
            seconds=round(row.seconds or 0),
            products=row.products_checked,
            credits=row.credits_used,
            credits_by_provider=row.credits_by_provider,
            sellers=row.sellers_found,
            new_sellers=row.new_sellers,
            job=job,
            doubt=row.doubt,
        )
