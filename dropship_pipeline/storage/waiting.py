"""Waiting for an object store that is away for a moment, so that what was paid for is kept and not bought again."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from dropship_pipeline.errors import ObjectStoreAway

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0

P = ParamSpec("P")
T = TypeVar("T")
logger = logging.getLogger("dropship-product-finder")  # whose lines a person reads


class StoreWait:
    """How long one worker waits for the object store, each time that it goes away.

    Args:
        seconds: from the first failure on; 0 waits for nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._away = False

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a thread, again from its beginning while the store is away.

        Raises:
            ObjectStoreAway: the store did not come back in time.
        """
        since, pause = None, FIRST_PAUSE_S
        while True:
            try:
                result = await asyncio.to_thread(work, *args, **kwargs)
            except ObjectStoreAway as error:
                since = time.monotonic() if since is None else since
                if time.monotonic() - since >= self._seconds:
                    raise ObjectStoreAway(
                        f"{error}. It was waited for {self._seconds:g} s; resume the run once it is back, nothing that "
                        "was kept is paid for again"
                    ) from None
                self._say(error)
            else:
                self._away = False
                return result
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S, max(0.05, since + self._seconds - time.monotonic()))

    def _say(self, error: ObjectStoreAway) -> None:
        if not self._away:
            logger.warning("Waiting up to %g s for the object store: %s", self._seconds, error)
        self._away = True
