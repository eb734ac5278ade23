"""The sensor that starts scheduled runs. `collection.monthly` decides when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

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

from dropship_pipeline.collection.monthly import PastRun, PastState, decide, month_job_id, month_key, scheduled_settings
from dropship_pipeline.errors import RequestInvalid, RunFatal
from dropship_pipeline.jobs.launching import ORG_TAG, SCHEDULE_TAG, run_config
from dropship_pipeline.models import FINAL_STATES, RunState, utc_now
from dropship_pipeline.orchestration.jobs import jobs
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.schedules import MAX_RUNS, MAX_SCHEDULES, RecordedRun, Schedules, enabled_schedules
from dropship_pipeline.storage.runs.values import Schedule

RUN_KEY_TAG = "dagster/run_key"
_STATES: Mapping[RunState, PastState] = {"failed": "failed", "stopped": "stopped"}


@dataclass(frozen=True, slots=True)
class _Look:
    """What one schedule comes to: a run to request, or why there is none; `trouble` if a person has to do something."""

    reason: str
    request: RunRequest | None = None
    trouble: bool = False


@sensor(
    jobs=jobs,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    required_resource_keys={"storage"},
    description="Starts each org's schedule that is turned on once a month; `dropship schedule` turns one on and off.",
)
def monthly_collection_sensor(context: SensorEvaluationContext) -> list[RunRequest] | SkipReason:
    """Request the runs that are due, or return why none is."""
    storage: Storage = context.resources.storage
    try:
        schedules = enabled_schedules(storage.database)
        looks = [_look(context, storage, schedule) for schedule in schedules]
    except RunFatal as error:
        return SkipReason(str(error))
    if not schedules:
        return SkipReason("No schedule is turned on; `dropship schedule on` turns one on")
    if len(schedules) == MAX_SCHEDULES:
        looks.append(_Look(f"Only the first {MAX_SCHEDULES} schedules are looked at: turn some off", trouble=True))
    _warn_once(context, [look.reason for look in looks if look.trouble])
    requests = [look.request for look in looks if look.request]
    return requests or SkipReason("; ".join(look.reason for look in looks))


def _look(context: SensorEvaluationContext, storage: Storage, schedule: Schedule) -> _Look:
    """Decide about one schedule. What is wrong with it costs only itself."""
    now = utc_now()
    try:
        decision = decide(schedule, [], now)
        if decision.run_key is None:  # whatever has run, nothing is due
            return _Look(decision.reason)
        tag, job_id = month_key(schedule, now), month_job_id(schedule, now)
        recorded = Schedules(storage.database, schedule.org_id).runs_of(job_id)
        decision = decide(schedule, _past_runs(context, tag, recorded), now)
        if decision.run_key is None:
            return _Look(decision.reason, trouble=decision.gave_up)
        configuration = run_config(scheduled_settings(schedule, job_id))
    except RequestInvalid as error:
        name = f"Schedule {schedule.name} of org {schedule.org_id}"
        _record_failure(storage, schedule, str(error), now)
        return _Look(f"{name}: {error}; `dropship schedule set` corrects it", trouble=True)
    context.log.info(decision.reason)
    tags = {ORG_TAG: schedule.org_id, SCHEDULE_TAG: tag}
    return _Look(
        decision.reason,
        RunRequest(run_key=decision.run_key, job_name=schedule.job_name, run_config=configuration, tags=tags),
    )


def _record_failure(storage: Storage, schedule: Schedule, reason: str, now: datetime) -> None:
    """Record that the month's run could not start, once: so it stands in the history, and the alert tells of it."""
    try:
        key = month_key(schedule, now)
    except RequestInvalid:  # its timezone is what is wrong
        key = f"{schedule.id}:{now:%Y-%m}"
    job_id = f"schedule-{key.replace(':', '-')}"
    records = RunRecords(storage.database, schedule.org_id)
    run = records.register(
        f"{job_id}-not-started", job_id=job_id, job_name=schedule.job_name, config=schedule.config, total=0,
        sandbox=storage.settings.sandbox, scheduled_by=key, queued=True,
    )  # fmt: skip
    message = f"The schedule could not start it: {reason}; `dropship schedule set` corrects it"
    records.settlement.finish(run.run_id, "failed", message=message)


def _past_runs(context: SensorEvaluationContext, tag: str, recorded: dict[str, RecordedRun]) -> list[PastRun]:
    """Dagster's runs of the month, and what a person runs or ran for the same job without the tag."""
    runs = context.instance.get_run_records(RunsFilter(tags={SCHEDULE_TAG: tag}), limit=MAX_RUNS)
    past = [_past_run(run, recorded.pop(run.dagster_run.run_id, None)) for run in runs if not _is_only_made(run)]
    return past + [_as_recorded(by_hand, None) for by_hand in recorded.values()]


def _is_only_made(run: RunRecord) -> bool:
    """Whether a daemon that died left this run made but not launched. Asked for by its key again, it is launched."""
    made = run.dagster_run
    return made.status is DagsterRunStatus.NOT_STARTED and RUN_KEY_TAG in made.tags and made.parent_run_id is None


def _past_run(run: RunRecord, recorded: RecordedRun | None) -> PastRun:
    """A run, from Dagster's state and our own record.

    Dagster calls a run failed that a person stopped on our pages, and may call a killed one started for ever; our
    record is right. A run that lives on although its record has ended ends itself at its next heartbeat, long before
    the pause after a failure is over.
    """
    status, key = run.dagster_run.status, run.dagster_run.tags.get(RUN_KEY_TAG, run.dagster_run.run_id)
    number, ended_at = recorded.run_id if recorded else None, run.update_timestamp
    if status is DagsterRunStatus.SUCCESS:
        return PastRun("succeeded", ended_at, key, number)
    if status in (DagsterRunStatus.CANCELED, DagsterRunStatus.CANCELING):
        return PastRun("stopped", ended_at, key, number)
    if recorded is not None and recorded.status in FINAL_STATES:
        return _as_recorded(recorded, key)
    return PastRun("failed" if run.dagster_run.is_finished else "open", ended_at, key)


def _as_recorded(run: RecordedRun, key: str | None) -> PastRun:
    state: PastState = _STATES.get(run.status, "succeeded") if run.status in FINAL_STATES else "open"
    return PastRun(state, run.since, key, run.run_id)


def _warn_once(context: SensorEvaluationContext, troubles: Sequence[str]) -> None:
    """Log what a person has to do something about, in the first tick that finds it; later ones only skip with it."""
    known = set((context.cursor or "").splitlines())
    lines = [" ".join(trouble.split()) for trouble in troubles]
    for line in lines:
        if line not in known:
            context.log.warning(line)
    if known != set(lines):
        context.update_cursor("\n".join(lines))
