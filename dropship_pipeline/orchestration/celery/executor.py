"""Hands the steps of a run to Celery, with the settings that both sides share.

A message is acknowledged when its step has ended, not when it began: what a worker held when it was killed goes back
to its queue, and the same run goes on. Redis cannot know that a worker is dead, so it gives the message back after
`REDELIVERY_S` also while the step still runs; the worker's end (`app`) sees that nothing is done twice.
"""

from collections.abc import Iterator
from typing import Any

from dagster import DagsterEvent, DagsterRunStatus
from dagster_celery.executor import CeleryExecutor

from dropship_pipeline.orchestration.step.dagster_private import ExecutionPlan, PlanOrchestrationContext, RetryMode
from dropship_pipeline.settings import load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.heartbeats import RunHeartbeat

REDELIVERY_S = 30
CONFIG: dict[str, Any] = {
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "broker_connection_retry_on_startup": True,
    "result_expires": 7 * 24 * 3600,
    "broker_transport_options": {
        "visibility_timeout": REDELIVERY_S,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 30,
    },
    "result_backend_transport_options": {"retry_policy": {"max_retries": 20, "interval_max": 5}},
    "redis_retry_on_timeout": True,
    "redis_socket_keepalive": True,
    "redis_backend_health_check_interval": 30,
    # The workers' own handlers redact and format; Celery's would replace them.
    "worker_hijack_root_logger": False,
    "worker_redirect_stdouts": False,
}


class StepsExecutor(CeleryExecutor):
    """Celery's executor, with a heartbeat while steps wait, and a mark in Dagster when the run is interrupted."""

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """Run the plan; at an interrupt (Ctrl-C, a stop in the UI) mark the run as canceling."""
        with RunHeartbeat(Database.from_settings(load_settings()), plan_context.run_id):
            steps: Iterator[DagsterEvent] = super().execute(plan_context, execution_plan)  # type: ignore[no-untyped-call]
            for event in steps:
                if event.is_engine_event and "steps_interrupted" in event.engine_event_data.metadata:
                    _mark_canceling(plan_context)
                yield event


def _mark_canceling(plan_context: PlanOrchestrationContext) -> None:
    instance = plan_context.instance
    run = instance.get_run_by_id(plan_context.run_id)
    if run is not None and not run.is_finished and run.status != DagsterRunStatus.CANCELING:
        instance.report_run_canceling(run)


def steps_executor(broker_url: str) -> StepsExecutor:
    """The executor with queues and results in `broker_url`."""
    return StepsExecutor(  # type: ignore[no-untyped-call]
        broker=broker_url,
        backend=broker_url,
        config_source=CONFIG,
        retries=RetryMode.ENABLED,
    )
