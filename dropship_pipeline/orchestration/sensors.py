"""The sensor that starts what the org's schedules say. When that is, `collection.monthly` decides."""

from dagster import (
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunRequest,
    RunsFilter,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from dropship_pipeline.collection.monthly import PastRun, decide, month_job_id, month_key
from dropship_pipeline.errors import RunFatal
from dropship_pipeline.models import utc_now
from dropship_pipeline.orchestration.config import JOB_CONFIGS
from dropship_pipeline.orchestration.jobs import ORG_TAG, jobs
from dropship_pipeline.orchestration.opening import SCHEDULE_TAG
from dropship_pipeline.orchestration.resources import Storage
from dropship_pipeline.storage.schedule_values import Schedule
from dropship_pipeline.storage.schedules import MAX_RUNS, EndedRun, Schedules

RUN_KEY_TAG = "dagster/run_key"


@sensor(
    jobs=jobs,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    required_resource_keys={"storage"},
    description="Starts each schedule that is turned on once a month; `dropship schedule` turns one on and off.",
)
def monthly_collection_sensor(context: SensorEvaluationContext) -> list[RunRequest] | SkipReason:
    """Start what is due, or say why nothing is."""
    storage: Storage = context.resources.storage
    try:
        schedules = Schedules(storage.database, storage.org)
        decided = [_decided(context, schedules, storage.org, schedule) for schedule in schedules.enabled()]
    except RunFatal as error:
        return SkipReason(str(error))
    requests = [request for request in decided if isinstance(request, RunRequest)]
    reasons = [reason for reason in decided if isinstance(reason, str)]
    if requests or reasons:
        return requests or SkipReason("; ".join(reasons))
    return SkipReason(f"No schedule of org {storage.org} is turned on; `dropship schedule on` turns one on")


def _decided(context: SensorEvaluationContext, schedules: Schedules, org: str, schedule: Schedule) -> RunRequest | str:
    """The run to request, or why there is none."""
    now = utc_now()
    tag, job_id = month_key(schedule, now), month_job_id(schedule, now)
    decision = decide(schedule, _past_runs(context, tag, schedules.ended_runs(job_id)), now)
    if decision.run_key is None:
        return decision.reason
    context.log.info(decision.reason)
    op, _ = JOB_CONFIGS[schedule.job_name]
    return RunRequest(
        run_key=decision.run_key,
        job_name=schedule.job_name,
        run_config={"ops": {op: {"config": {**schedule.config, "job_id": job_id}}}},
        tags={ORG_TAG: org, SCHEDULE_TAG: tag},
    )


def _past_runs(context: SensorEvaluationContext, tag: str, ended: dict[str, EndedRun]) -> list[PastRun]:
    """Dagster's runs of the month, and what a person ran for the same job without the tag."""
    runs = context.instance.get_run_records(RunsFilter(tags={SCHEDULE_TAG: tag}), limit=MAX_RUNS)
    past = [_past_run(run, ended.pop(run.dagster_run.run_id, None)) for run in runs]
    return past + [_recorded(by_hand, None) for by_hand in ended.values()]


def _past_run(run: RunRecord, ended: EndedRun | None) -> PastRun:
    """A run as Dagster has it. Only our own record tells one that was stopped from one that failed."""
    status, key = run.dagster_run.status, run.dagster_run.tags.get(RUN_KEY_TAG, run.dagster_run.run_id)
    ended_at = run.update_timestamp
    if not run.dagster_run.is_finished:
        return PastRun("open", ended_at, key)
    if status is DagsterRunStatus.SUCCESS:
        return PastRun("succeeded", ended_at, key)
    if ended is not None:
        return _recorded(ended, key)
    return PastRun("stopped" if status is DagsterRunStatus.CANCELED else "failed", ended_at, key)


def _recorded(ended: EndedRun, key: str | None) -> PastRun:
    if ended.status in ("failed", "stopped"):
        return PastRun("failed" if ended.status == "failed" else "stopped", ended.ended_at, key)
    return PastRun("succeeded", ended.ended_at, key)


sensors = [monthly_collection_sensor]
