"""The Celery application of a worker (`dropship worker`): it takes steps from the queues and does each of them once.

A step may be delivered more than once (see `executor`). A worker that gets one waits until no other worker has it, then
checks whether it is still to be done.
"""

import contextvars
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celery import Task  # type: ignore[import-untyped]
from celery.exceptions import Ignore  # type: ignore[import-untyped]
from celery.signals import worker_process_init  # type: ignore[import-untyped]
from dagster import DagsterEventType, DagsterExecutionInterruptedError, DagsterInstance
from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_task

from dropship_pipeline.orchestration.celery.dagster_private import (
    ExecuteStepArgs,
    pack_value,
    replace,
    serialize_value,
    unpack_value,
)
from dropship_pipeline.orchestration.celery.executor import steps_executor
from dropship_pipeline.orchestration.step.cancel_watch import run_is_over
from dropship_pipeline.settings import load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import named_lock

# One that takes its worker down each time, for want of memory say, must not do so for ever.
MAX_STARTS = 6
PARENT_POLL_S = 1.0
_STARTS = {DagsterEventType.STEP_START, DagsterEventType.STEP_RESTARTED}


class StepTask(Task):  # type: ignore[misc]  # celery has no types
    """Around Dagster's own task: this machine's instance, one worker at a time, no step twice, a stop as a result."""

    def __call__(self, execute_step_args_packed: Mapping[str, Any], executable_dict: Mapping[str, Any]) -> list[str]:
        """Execute a step.

        Args:
            execute_step_args_packed: Dagster's; the instance in it is that of the run's machine, with its folders.
            executable_dict: Dagster's; where the job's code is.

        Raises:
            Ignore: the step was done in another delivery.
        """
        arguments = unpack_value(dict(execute_step_args_packed), as_type=ExecuteStepArgs)
        run_id, step = arguments.run_id, ", ".join(arguments.step_keys_to_execute or ())
        database = Database.from_settings(load_settings())
        try:
            with named_lock(database, f"lease:step:{self.request.id}"), DagsterInstance.get() as instance:
                if self.AsyncResult(self.request.id).ready():
                    raise Ignore
                if run_is_over(instance, run_id):
                    return []
                _check_starts(instance, run_id, step)
                here = pack_value(replace(arguments, instance_ref=instance.get_ref()))
                try:
                    return _off_the_main_thread(lambda: super(StepTask, self).__call__(here, executable_dict))
                except DagsterExecutionInterruptedError:
                    return _failures(instance, run_id, step)
        finally:
            database.close()


def _check_starts(instance: DagsterInstance, run_id: str, step: str) -> None:
    records = instance.get_records_for_run(run_id, of_type=_STARTS).records
    starts = sum(record.event_log_entry.step_key == step for record in records)
    if starts >= MAX_STARTS:
        raise RuntimeError(
            f"Step {step} was begun {starts} times and never ended; its worker dies of it (is the memory enough?)"
        )


def _failures(instance: DagsterInstance, run_id: str, step: str) -> list[str]:
    """The failure that Dagster recorded for the interrupted step; the run's process gets it as a result."""
    records = instance.get_records_for_run(run_id, of_type=DagsterEventType.STEP_FAILURE).records
    entries = [record.event_log_entry for record in records if record.event_log_entry.step_key == step]
    return [serialize_value(entry.dagster_event) for entry in entries if entry.dagster_event][-1:]


def _off_the_main_thread(execute: Callable[[], list[str]]) -> list[str]:
    """Execute where Dagster cannot take over the signals of the process.

    A stop of the worker is no stop of the run: Dagster would take the signal for one and end the run's record. Here the
    process dies of the signal, and its step is delivered again, to this worker or another one.
    """
    with ThreadPoolExecutor(1, "step") as pool:
        return pool.submit(contextvars.copy_context().run, execute).result()


@worker_process_init.connect  # type: ignore[untyped-decorator]
def end_with_the_worker(**_: object) -> None:
    """Make the process that executes steps end at once when its worker has died: its step is delivered again."""
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True, name="worker-watch").start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_S)
    os.kill(os.getpid(), signal.SIGKILL)


_executor = steps_executor(load_settings().require_broker_url())
app = make_app(_executor.app_args())  # type: ignore[no-untyped-call]
execute_plan = create_task(app, base=StepTask)  # type: ignore[no-untyped-call]
