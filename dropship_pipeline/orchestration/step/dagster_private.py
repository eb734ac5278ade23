"""Every private name of Dagster that the steps need; a test tells when one of them changes."""

from dagster._core.errors import DagsterSubprocessError, DagsterUserCodeProcessError
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.multiprocess import MultiprocessExecutor
from dagster_shared.error import SerializableErrorInfo

__all__ = [
    "DagsterSubprocessError",
    "DagsterUserCodeProcessError",
    "ExecutionPlan",
    "MultiprocessExecutor",
    "PlanOrchestrationContext",
    "RetryMode",
    "SerializableErrorInfo",
]
