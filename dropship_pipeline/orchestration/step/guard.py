"""Guards a step that collects: lock, heartbeat, stop, orphan watch, and the final state of the run's record.

The work itself is in `collection`.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar

from dagster import DagsterExecutionInterruptedError, OpExecutionContext

from dropship_pipeline.errors import CollectionStoppedError, RunFatal, StorageUnavailable
from dropship_pipeline.models import FINAL_STATES, Platform, RunState
from dropship_pipeline.orchestration.step.cancel_watch import CancelWatch
from dropship_pipeline.orchestration.step.failure import MAX_STEP_RETRIES, failure
from dropship_pipeline.orchestration.step.log_bridge import worker_log_to
from dropship_pipeline.orchestration.step.run_async import OrphanWatch, run_async
from dropship_pipeline.storage.database.locks import HeldLock, platform_lock
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunRecord

HEARTBEAT_S = 1.0
# An orphan of a killed run lets go of its lock within a second or two.
LOCK_WAIT_S = 30.0

T = TypeVar("T")


ErrorDetails = Callable[[RunFatal], Mapping[str, object]]


class Settling:
    """Settles the run's record however the block ends, and tells Dagster whether a retry of the step can help.

    Args:
        died: says whether it was the run's process that ended it, and no person.
        error_details: what to keep in the record beside the message of an error of ours.
    """

    def __init__(
        self, context: OpExecutionContext, run: RunRecord, died: Callable[[], bool], error_details: ErrorDetails | None
    ) -> None:
        self._context = context
        self._records: RunRecords = context.resources.storage.records
        self._run = run
        self._died = died
        self._error_details = error_details

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        last_try = self._context.retry_number >= MAX_STEP_RETRIES
        if isinstance(error, RunFatal):
            if last_try or not error.retryable:
                self._settle_error(error)
            raise failure(self._context, error, self._with_cause(error)) from None
        if isinstance(error, DagsterExecutionInterruptedError):
            died = self._died()
            status: RunState = "failed" if died else "stopped"
            happened = "The run process died" if died else "The run was stopped"
            self._settle(status, f"{happened}; resume it to go on from there")
        elif error is not None and last_try:
            self._settle("failed", f"A step failed in a way that nobody foresaw ({type(error).__name__}); see its log")

    def _settle_error(self, error: RunFatal) -> None:
        details = self._error_details(error) if self._error_details else None
        self._settle("stopped" if isinstance(error, CollectionStoppedError) else "failed", str(error), details)

    def _settle(self, status: RunState, message: str, details: Mapping[str, object] | None = None) -> None:
        try:
            self._records.settlement.finish(self._run.run_id, status, message=message, details=details)
        except StorageUnavailable as error:
            self._context.log.warning("The run record could not be settled (%s); the next run settles it", error)

    def _with_cause(self, error: RunFatal) -> str:
        """The error's sentence; for a step that ends because its run did, with what ended the run."""
        cause = self._records.get(self._run.run_id) if isinstance(error, CollectionStoppedError) else None
        if cause is None or not cause.error_message or cause.error_message in str(error):
            return str(error)
        return f"{error}: {cause.error_message}"


class Heartbeat:
    """Reports progress once a second while the work goes on, and reads whether the run is to stop.

    Args:
        lock: checked with every beat.
        ask_to_stop: called when the record says `stopping`; without it the work is cancelled.
    """

    def __init__(self, lock: HeldLock, ask_to_stop: Callable[[str], None] | None = None) -> None:
        self._lock = lock
        self._ask_to_stop = ask_to_stop

    async def during(self, work: Awaitable[T], report: Callable[[], RunState]) -> T:
        """Run `work`; whichever of work and heartbeat fails first ends both.

        Args:
            work: what to do.
            report: writes the progress and returns the run's status; called in a thread, also once at the end.

        Raises:
            CollectionStoppedError: the run's record says that it is over, or is to stop.
            StorageUnavailable: the lock is lost or the record cannot be written.
        """
        one_at_a_time = threading.Lock()  # a beat that is late must not write older numbers over the last ones

        def report_in_turn() -> RunState:
            with one_at_a_time:
                return report()

        working = asyncio.ensure_future(work)
        beating = asyncio.create_task(self._beat(report_in_turn))
        try:
            await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                await beating  # raises: it never ends by itself
            result = await working
        except BaseException:
            await _end(working, beating)
            with suppress(StorageUnavailable):  # a run that is stopped or fails has come to something, too
                await asyncio.to_thread(report_in_turn)
            raise
        await _end(beating)
        await asyncio.to_thread(report_in_turn)
        return result

    async def _beat(self, report: Callable[[], RunState]) -> None:
        while True:
            await asyncio.to_thread(self._lock.check)
            status = await asyncio.to_thread(report)
            if status == "stopping" and self._ask_to_stop is not None:
                self._ask_to_stop("the run was asked to stop")
            elif status != "running":
                raise CollectionStoppedError(f"The run is {status}, so this step ends too")
            await asyncio.sleep(HEARTBEAT_S)


async def _end(*tasks: "asyncio.Future[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def guarded(
    context: OpExecutionContext,
    run: RunRecord,
    platform: Platform,
    work: Callable[[Heartbeat], Awaitable[T]],
    *,
    ask_to_stop: Callable[[str], None] | None = None,
    error_details: ErrorDetails | None = None,
) -> T:
    """Run `work` under the platform's lock.

    Args:
        context: of the op; needs the resource `storage`.
        run: the record of this run.
        platform: whose lock.
        work: what to do; it runs its own work through the heartbeat that it is given.
        ask_to_stop: ends the work well when a person stops the run; without it the work is cancelled.
        error_details: what to keep in the run's record beside the message of an error that ends it.

    Raises:
        StepFailed, StepToBeRetried: the run cannot go on, or this attempt of the step cannot.
        DagsterExecutionInterruptedError: the process was told to stop.
    """
    orphan = OrphanWatch()
    orphan.start()
    storage, watch = context.resources.storage, CancelWatch(context)
    with Settling(context, run, lambda: orphan.orphaned or watch.died, error_details), worker_log_to(context.log):
        _require_running(storage.records.get(run.run_id))
        with platform_lock(storage.database, storage.org, platform, wait_s=LOCK_WAIT_S) as lock:
            interrupt = None if ask_to_stop is None else lambda: _interrupt(orphan, ask_to_stop)
            run_work = watch.run if watch.needed else run_async
            return run_work(lambda: work(Heartbeat(lock, ask_to_stop)), interrupt)


def _interrupt(orphan: OrphanWatch, ask_to_stop: Callable[[str], None]) -> bool:
    """End the work well if a person asked for it; an orphan is to end at once. Return whether it was asked."""
    if orphan.orphaned:
        return False
    ask_to_stop("the run was stopped")
    return True


def _require_running(run: RunRecord | None) -> None:
    if run is None or run.status in FINAL_STATES:
        reason = "its record is gone" if run is None else f"{run.status}: {run.error_message or 'no reason recorded'}"
        raise CollectionStoppedError(f"The run has ended already ({reason})")
