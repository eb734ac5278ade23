"""Ends a step in a Celery worker when its run is over.

Dagster stops the run's own process and forgets the steps that others work on; no signal reaches them. So such a step
asks Dagster how its run stands.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from dagster import DagsterExecutionInterruptedError, DagsterInstance, DagsterRunStatus, OpExecutionContext
from sqlalchemy.exc import SQLAlchemyError

from dropship_pipeline.errors import RunStopped

POLL_S = 2.0
T = TypeVar("T")


def run_is_over(instance: DagsterInstance, run_id: str) -> bool:
    """Whether Dagster's run has ended, is being ended, or is gone."""
    run = instance.get_run_by_id(run_id)
    return run is None or run.is_finished or run.status == DagsterRunStatus.CANCELING


class CancelWatch:
    """The watch of one step.

    Args:
        context: of the op; needs the resource `storage`.
        poll_s: how often to ask.
    """

    def __init__(self, context: OpExecutionContext, poll_s: float = POLL_S) -> None:
        self._instance, self._run_id, self._log = context.instance, context.run_id, context.log
        self._poll_s = poll_s
        self.needed: bool = context.resources.storage.settings.executor == "celery"

    def check(self) -> None:
        """For code that waits by itself.

        Raises:
            DagsterExecutionInterruptedError: the step is in a Celery worker and its run is over.
        """
        if self.needed and run_is_over(self._instance, self._run_id):
            raise DagsterExecutionInterruptedError

    def run(self, work: Callable[[], Awaitable[T]], end_well: Callable[[], bool] | None = None) -> T:
        """Run `work()` to its end in a new event loop, as `run_async` does where signals say what this watch sees.

        Raises:
            DagsterExecutionInterruptedError: the run is over, so the work was ended.
        """
        return asyncio.run(self._watched(work, end_well))

    async def _watched(self, work: Callable[[], Awaitable[T]], end_well: Callable[[], bool] | None) -> T:
        working, watching = asyncio.ensure_future(work()), asyncio.create_task(self._until_over())
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        over = watching.done() and not working.done()
        watching.cancel()
        if over and (end_well is None or not end_well()):
            working.cancel()
        try:
            return await working
        except (asyncio.CancelledError, RunStopped):
            if over:
                raise DagsterExecutionInterruptedError from None
            raise

    async def _until_over(self) -> None:
        while not await self._is_over():
            await asyncio.sleep(self._poll_s)

    async def _is_over(self) -> bool:
        try:
            return await asyncio.to_thread(run_is_over, self._instance, self._run_id)
        except SQLAlchemyError as error:  # the work has its own view of how long a database may be away
            self._log.warning("Dagster's database did not answer (%s)", type(error).__name__)
            return False
