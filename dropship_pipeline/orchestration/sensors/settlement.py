"""The sensor that settles runs which are over but still open. `storage.runs.over` decides which those are.

It looks at the runs of every org whose records are in this database: one Dagster instance works for all of them.
"""

import time
from collections.abc import Iterator

from dagster import (
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRecord,
    RunsFilter,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)

from dropship_pipeline.errors import RunFatal
from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.storage.runs.over import DEAD_AFTER_S, DagsterState, RunEnd, Signs, run_end
from dropship_pipeline.storage.runs.settling import SettlementRecords
from dropship_pipeline.storage.runs.values import RunSign

INTERVAL_S = 30
# A tick has a minute. What it leaves over, the next one sees: the longest silent come first.
MAX_RUNS = 200
LONGEST_REASON = 300
UNDER_WAY = [DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
_STATES: dict[DagsterRunStatus, DagsterState] = {
    DagsterRunStatus.STARTED: "started",
    DagsterRunStatus.CANCELING: "canceling",
    DagsterRunStatus.SUCCESS: "succeeded",
    DagsterRunStatus.FAILURE: "failed",
    DagsterRunStatus.CANCELED: "canceled",
}


@sensor(
    minimum_interval_seconds=INTERVAL_S,
    default_status=DefaultSensorStatus.RUNNING,
    required_resource_keys={"storage"},
    description="Settles every run that is over and does not know it, so that none is `running` for ever.",
)
def run_settlement_sensor(context: SensorEvaluationContext) -> SkipReason:
    """Settle the runs that are over, and return a sentence about each."""
    storage: Storage = context.resources.storage
    try:
        done = list(settle_runs(context.instance, SettlementRecords(storage.database)))
    except RunFatal as error:
        return SkipReason(str(error))
    for sentence in done:
        context.log.warning(sentence)
    return SkipReason("; ".join(done) or "Every open run is alive, or waits in the queue")


def dagster_state(status: DagsterRunStatus) -> DagsterState:
    """Dagster's state, as far as it matters here; every other one is before the start."""
    return _STATES.get(status, "waiting")


def settle_runs(instance: DagsterInstance, records: SettlementRecords) -> Iterator[str]:
    """Settle the runs that are over, in the records and in Dagster; yields a sentence for each.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    under_way = {run.run_id: run for run in _under_way(instance)}
    seen = records.open_runs(MAX_RUNS)
    known = {run.dagster_run_id for run in seen}
    seen += records.ended_runs([run_id for run_id in under_way if run_id not in known])
    in_dagster = _runs(instance, [run.dagster_run_id for run in seen if run.dagster_run_id])
    for run in seen:
        found = in_dagster.get(run.dagster_run_id or "")
        end = run_end(_signs(instance, run, found))
        if end is not None:
            yield from _carry_out(instance, records, end, run, found)
    for run_id in under_way.keys() - {run.dagster_run_id for run in seen}:
        yield from _settle_unrecorded(instance, under_way[run_id])


def _under_way(instance: DagsterInstance) -> list[DagsterRun]:
    """Our runs that are alive for Dagster, oldest first."""
    runs = instance.get_run_records(RunsFilter(statuses=UNDER_WAY), limit=MAX_RUNS, ascending=True)
    return [run.dagster_run for run in runs if ORG_TAG in run.dagster_run.tags]


def _runs(instance: DagsterInstance, run_ids: list[str]) -> dict[str, RunRecord]:
    if not run_ids:  # Dagster takes an empty list for no condition at all
        return {}
    found = instance.get_run_records(RunsFilter(run_ids=run_ids), limit=len(run_ids))
    return {run.dagster_run.run_id: run for run in found}


def _signs(instance: DagsterInstance, run: RunSign, found: RunRecord | None) -> Signs:
    status = found.dagster_run.status if found else None
    failed = status is DagsterRunStatus.FAILURE
    return Signs(
        record=run.status,
        dagster=None if status is None else dagster_state(status),
        silent_s=run.silent_s,
        quiet_s=_quiet_s(instance, run, found) if found else 0.0,
        age_s=run.age_s,
        works=run.works,
        reason=_reason(instance, found.dagster_run) if found and failed else "",
    )


def _quiet_s(instance: DagsterInstance, run: RunSign, found: RunRecord) -> float:
    if found.dagster_run.is_finished:
        return time.time() - (found.end_time or found.update_timestamp.timestamp())
    if run.silent_s is not None and run.silent_s < DEAD_AFTER_S:
        return 0.0  # it beats: its log need not be asked
    return _log_quiet_s(instance, found.dagster_run.run_id)


def _log_quiet_s(instance: DagsterInstance, run_id: str) -> float:
    """Seconds since Dagster last logged anything of a run; 0 where it has logged nothing."""
    newest = instance.get_records_for_run(run_id, limit=1, ascending=False).records
    return time.time() - newest[0].event_log_entry.timestamp if newest else 0.0


def _reason(instance: DagsterInstance, run: DagsterRun) -> str:
    """Dagster's message about a failure, without a stack trace."""
    events = instance.get_records_for_run(
        run.run_id, of_type=DagsterEventType.RUN_FAILURE, limit=1, ascending=False
    ).records
    message = " ".join(events[0].event_log_entry.message.split()).rstrip(".") if events else ""
    return message if len(message) <= LONGEST_REASON else message[: LONGEST_REASON - 1] + "…"


def _carry_out(
    instance: DagsterInstance, records: SettlementRecords, end: RunEnd, run: RunSign, found: RunRecord | None
) -> Iterator[str]:
    """Settle the record first: Dagster may launch the next run at once, and that must not find this one open."""
    if end.record is not None:
        ended = found is not None and found.dagster_run.is_finished
        if not records.settle(run, end.record, end.why, even_if_heard=ended):
            return  # it was heard of meanwhile, or somebody else settled it
    if found is not None and end.dagster is not None:
        _tell_dagster(instance, end, found.dagster_run)
    ending = f"settled as {end.record}" if end.record else f"reported to Dagster as {end.dagster}"
    yield f"Run {run.run_id} of org {run.org_id} is {ending}: {end.why}"


def _settle_unrecorded(instance: DagsterInstance, run: DagsterRun) -> Iterator[str]:
    end = run_end(Signs(record=None, dagster=dagster_state(run.status), quiet_s=_log_quiet_s(instance, run.run_id)))
    if end is not None:
        _tell_dagster(instance, end, run)
        yield f"Dagster run {run.run_id}, which has no record, is reported as {end.dagster}: {end.why}"


def _tell_dagster(instance: DagsterInstance, end: RunEnd, run: DagsterRun) -> None:
    """Free its place in Dagster's queue. Dagster restarts a run only if it launched it itself."""
    if end.dagster == "canceled":
        instance.report_run_canceled(run, message=end.why)
    else:
        instance.report_run_failed(run, message=end.why)
