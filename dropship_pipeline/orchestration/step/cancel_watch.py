"""Ends a step in a Celery worker when its run is over.

Dagster stops the run's own process, but sends no signal to steps on other workers. So such a step asks Dagster for the
state of its run.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from dagster import DagsterExecutionInterruptedError, DagsterInstance, DagsterRun, DagsterRunStatus, OpExecutionContext

from dropship_pipeline.errors import CollectionStoppedError

POLL_S = 2.0
T = TypeVar("T")


def run_is_over(instance: DagsterInstance, run_id: str) -> bool:
    """Whether Dagster's run has ended, is being ended, or is gone."""
    return _is_over(instance.get_run_by_id(run_id))


def _is_over(run: DagsterRun | None) -> bool:
    return run is None or run.is_finished or run.status == DagsterRunStatus.CANCELING


class CancelWatch:
    """The watch of one step.

    Args:
        context: of the op; needs the resource `storage`.
    """

    def __init__(self, context: OpExecutionContext) -> None:
        self._instance, self._run_id, self._log = context.instance, context.run_id, context.log
        # Whether the run was lost, where it is over; else a person stopped it.
        self.died = False
        self.needed: bool = context.resources.storage.settings.executor == "celery"

    def check(self) -> None:
        """Raise if the run is over; for code that waits in a loop of its own.

        Raises:
            DagsterExecutionInterruptedError: the step is in a Celery worker and its run is over.
        """
        if self.needed and self._look():
            raise DagsterExecutionInterruptedError

    def run(self, work: Callable[[], Awaitable[T]], end_well: Callable[[], bool] | None = None) -> T:
        """Run `work()` to its end in a new event loop, as `run_async` does, and end it when the run is over.

        Raises:
            DagsterExecutionInterruptedError: the run is over, so the work was ended.
        """
        return asyncio.run(self._watched(work, end_well))

    async def _watched(self, work: Callable[[], Awaitable[T]], end_well: Callable[[], bool] | None) -> T:
        working = asyncio.ensure_future(work())
        over = await self._is_over_before(working)
        if over and (self.died or end_well is None or not end_well()):
            working.cancel()
        try:
            return await working
        except (asyncio.CancelledError, CollectionStoppedError):
            if over:
                raise DagsterExecutionInterruptedError from None
            raise

    async def _is_over_before(self, working: "asyncio.Future[T]") -> bool:
        """Wait until the run is over or the work is done; a look that fails is repeated."""
        while True:
            watching = asyncio.create_task(self._until_over())
            both: set[asyncio.Future[Any]] = {working, watching}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                watching.cancel()
                return False
            failure = watching.exception()
            if failure is None:
                return True
            # The work has its own view of how long a database may be away.
            self._log.warning("Dagster's database did not answer (%s)", type(failure).__name__)
            await asyncio.wait({working}, timeout=POLL_S)

    async def _until_over(self) -> None:
        while not await asyncio.to_thread(self._look):
            await asyncio.sleep(POLL_S)

    def _look(self) -> bool:
        run = self._instance.get_run_by_id(self._run_id)
        self.died = run is None or run.status == DagsterRunStatus.FAILURE
        return _is_over(run)
