"""Runs a coroutine inside an op so that a stop reaches it promptly and an orphan ends itself.

Dagster turns SIGTERM and SIGINT into an exception raised in whatever frame happens to run; inside an event loop that
can be swallowed by the task it hits. So the loop takes the signals over while it runs, and cancels the one main task.
"""

import asyncio
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from dagster import DagsterExecutionInterruptedError

from dropship_pipeline.errors import CollectionStoppedError

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
# A second signal within this time is the first one's twin; a later one means it.
TWIN_SIGNAL_S = 1.0


def run_async(work: Callable[[], Awaitable[T]], end_well: Callable[[], bool] | None = None) -> T:
    """Run `work()` to its end in a new event loop.

    Args:
        work: makes the coroutine.
        end_well: called at the first signal; returns True if it made the work end by itself. Otherwise, and at a
            second signal, the coroutine is cancelled.

    Raises:
        DagsterExecutionInterruptedError: the process was asked to stop; the coroutine was cancelled once.
    """
    return asyncio.run(_guarded(work, end_well))


async def _guarded(work: Callable[[], Awaitable[T]], end_well: Callable[[], bool] | None) -> T:
    if threading.current_thread() is not threading.main_thread():
        return await work()
    loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work())
    signals = _Signals(task, end_well)
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        loop.add_signal_handler(number, signals.receive)
    try:
        return await task
    except (asyncio.CancelledError, CollectionStoppedError):
        if signals.received:
            raise DagsterExecutionInterruptedError from None
        raise
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


class _Signals:
    """What signals do to one task. Ctrl-C comes twice, from the terminal and forwarded by the run process."""

    def __init__(self, task: "asyncio.Future[Any]", end_well: Callable[[], bool] | None) -> None:
        self._task = task
        self._end_well = end_well
        self._first_at = 0.0
        self.received = False

    def receive(self) -> None:
        now = time.monotonic()
        if not self.received:
            self.received, self._first_at = True, now
            if self._end_well is None or not self._end_well():
                self._task.cancel()
        elif self._end_well is not None and now - self._first_at > TWIN_SIGNAL_S:
            self._task.cancel()


class OrphanWatch:
    """Ends this process's work when the run process that started it has died.

    A step process outlives a killed run process and would go on paying for calls. Started in a step, this sees the
    parent's death within a second and interrupts the work; under the in-process executor there is no parent to watch.
    """

    def __init__(self) -> None:
        self.orphaned = False

    def start(self) -> None:
        """Watch from a daemon thread; the thread ends with the process."""
        parent = multiprocessing.parent_process()
        if parent is not None:
            threading.Thread(target=self._watch, args=(parent.sentinel,), daemon=True, name="orphan-watch").start()

    def _watch(self, sentinel: int) -> None:
        multiprocessing.connection.wait([sentinel])
        self.orphaned = True
        os.kill(os.getpid(), signal.SIGTERM)
