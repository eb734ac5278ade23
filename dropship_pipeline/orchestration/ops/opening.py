"""Opens a run: makes its record and waits for its turn. One run of an org collects at a time."""

import time

from dagster import DagsterExecutionInterruptedError, OpExecutionContext

from dropship_pipeline.errors import RunRefused, SettingsError
from dropship_pipeline.jobs.launching import JOB_ID_TAG, ORG_TAG, SANDBOX_TAG, SCHEDULE_TAG, record_columns
from dropship_pipeline.jobs.registry import COLLECTING
from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.resources import refuse_other_values
from dropship_pipeline.orchestration.step.cancel_watch import CancelWatch
from dropship_pipeline.storage.database.sessions import require_sessions
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunRecord

POLL_S = 1.0
# The graphs of the jobs that fill assets, by the names that they have behind these.
JOB_GRAPHS = {f"{job.name}_graph" for job in COLLECTING}
# A re-execution may start before the run that it replaces is known to be dead.
TAKE_OVER_S = 60.0


def open_run(
    context: OpExecutionContext,
    settings: JobSettings,
    *,
    wait_s: float = TAKE_OVER_S,
    sandbox: bool | None = None,
) -> RunRecord:
    """Return this Dagster run's record, running; at once if it runs already.

    Args:
        context: of the op; needs the resource `storage`.
        settings: kept in the record, from where a later step or a resumed run reads them.
        wait_s: how long to wait for another run of the org to end.
        sandbox: whether on sandbox data; None for what the settings say.

    Raises:
        RunRefused: another run of the org did not end within `wait_s`, or the run is to be two collections.
        RequestInvalid: the run's configuration names another store or marketplace.
        SettingsError: the database is reached in a way in which locks do not hold.
        StorageUnavailable: Postgres does not answer.
    """
    storage: Storage = context.resources.storage
    _refuse_assets_of_two_jobs(context)
    refuse_other_values(context.run.run_config, on_other_machines=storage.settings.executor == "celery")
    run = storage.records.register(
        context.run_id,
        **record_columns(settings, context.run.root_run_id or context.run_id),
        sandbox=storage.settings.sandbox if sandbox is None else sandbox,
        scheduled_by=context.run.tags.get(SCHEDULE_TAG),
    )
    if run.status != "pending":
        return run
    _tag(context, storage, run)
    try:
        require_sessions(storage.database)
        _wait_for_turn(context, storage.records, run, wait_s)
    except (RunRefused, SettingsError) as error:
        storage.records.settlement.finish(run.run_id, "failed", message=str(error))
        raise
    except DagsterExecutionInterruptedError:
        storage.records.settlement.finish(
            run.run_id, "stopped", message="The run was stopped while it waited for its turn"
        )
        raise
    return run


def _refuse_assets_of_two_jobs(context: OpExecutionContext) -> None:
    """A run is one collection with one record; "Materialize all" on the whole graph of assets would be two."""
    if len({node.name for node in context.job_def.graph.nodes} & JOB_GRAPHS) > 1:
        raise RunRefused(
            "These assets are filled by two jobs, and a run is one collection: select the assets of one group "
            "(collection or sellers) and materialize them, then those of the other"
        )


def _tag(context: OpExecutionContext, storage: Storage, run: RunRecord) -> None:
    """Say on the run itself whose it is and what it is resumed by; its launch could not know all of it."""
    tags = {ORG_TAG: storage.org, JOB_ID_TAG: run.job_id, SANDBOX_TAG: str(storage.settings.sandbox).lower()}
    context.instance.add_run_tags(context.run_id, tags)


def _wait_for_turn(context: OpExecutionContext, records: RunRecords, run: RunRecord, wait_s: float) -> None:
    watch, told = CancelWatch(context), False
    if watch.needed:  # what waits in a Celery worker keeps it from the run that it waits for
        wait_s = min(wait_s, TAKE_OVER_S)
    deadline = time.monotonic() + wait_s
    while (other := records.activate(run.run_id)) is not None:
        if time.monotonic() >= deadline:
            raise RunRefused(
                f"Run {other.run_id} (job {other.job_id}) of the same org is {other.status}; one collection run at a "
                "time: wait for it to end, or stop it, then launch again"
            )
        if not told:
            context.log.info("Waiting for run %s (job %s) of the same org to end", other.run_id, other.job_id)
            told = True
        watch.check()
        time.sleep(POLL_S)


def record_of(context: OpExecutionContext) -> RunRecord:
    """The record of this Dagster run; that of the run it re-executes, where it repeats nothing but the summary.

    Raises:
        LookupError: neither has one.
    """
    records: RunRecords = context.resources.storage.records
    parent = context.run.parent_run_id
    return records.find(context.run_id) or records.of_dagster_run(parent or context.run_id)
