"""Runs each step in a process of its own, and settles the run's record when a run ends that no step has settled.

A step settles the record itself once it is at work. Between two steps, and while a step's process starts, nobody is at
work: a stop or a crash then would leave the record open until the settlement sensor looks, and `dagster job execute`
has no sensor.
"""

import logging
from collections.abc import Iterator

from dagster import DagsterEvent, DagsterExecutionInterruptedError, DagsterRun

from dropship_pipeline.errors import RunFatal, SettingsError
from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.step.dagster_private import (
    DagsterSubprocessError,
    ExecutionPlan,
    MultiprocessExecutor,
    PlanOrchestrationContext,
    RetryMode,
)
from dropship_pipeline.storage.runs.over import ENDED_GRACE_S, DagsterState, Signs, run_end

STEPS_AT_ONCE = 2
logger = logging.getLogger(__name__)


class StepProcesses(MultiprocessExecutor):
    """Dagster's executor of step processes, forked from a server that has imported everything.

    Args:
        preloaded: modules that the fork server imports.
    """

    def __init__(self, preloaded: list[str]) -> None:
        super().__init__(
            max_concurrent=STEPS_AT_ONCE,
            retries=RetryMode.ENABLED,
            start_method="forkserver",
            explicit_forkserver_preload=preloaded,
        )

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """Run the plan, and settle the record if the last step process has left it open."""
        ended: DagsterState = "succeeded"
        failed_step = ""
        try:
            for event in super().execute(plan_context, execution_plan):
                if event.is_step_failure:
                    ended, failed_step = "failed", f"the process of step {event.step_key} ended"
                yield event
        except DagsterExecutionInterruptedError:
            ended = "canceled"
            raise
        except DagsterSubprocessError:
            ended = "failed"
            raise
        finally:
            _settle(plan_context.dagster_run, ended, failed_step)


def _settle(run: DagsterRun, ended: DagsterState, reason: str) -> None:
    """Settle the record of a run whose step processes have all ended, if it has one that is open."""
    storage = Storage(run.tags.get(ORG_TAG))
    try:
        record = storage.records.find(run.run_id)
        if record is None:
            return
        end = run_end(Signs(record=record.status, dagster=ended, quiet_s=ENDED_GRACE_S, reason=reason))
        if end is not None and end.record is not None:
            storage.records.settlement.finish(record.run_id, end.record, message=end.why)
    except SettingsError:
        return  # without a database the run has no record; its step says what is to be set
    except RunFatal as error:
        logger.warning("The record of Dagster run %s could not be settled (%s)", run.run_id, error)
    finally:
        storage.close()
