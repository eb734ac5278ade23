"""Progress of a long search, and requests to stop it."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Literal

from dropship_pipeline.collection.log import logger

Phase = Literal["amazon_fetch", "ebay_search", "storing", "photo_evidence"]
LOG_EVERY_S = 10.0


@dataclass(slots=True)
class SearchProgress:
    """Where a search is; a heartbeat writes it to the run's record once a second."""

    run_id: int
    phase: Phase = "amazon_fetch"
    done: int = 0
    total: int = 0
    _told_at: float = field(default=float("-inf"), repr=False)

    def enter(self, phase: Phase, total: int) -> None:
        """Begin a phase."""
        self.phase, self.done, self.total = phase, 0, total
        self._tell()

    def advance(self, done: int = 1) -> None:
        """Count progress within the phase, and say so from time to time."""
        self.done += done
        if self.done >= self.total or time.monotonic() - self._told_at >= LOG_EVERY_S:
            self._tell()

    def _tell(self) -> None:
        self._told_at = time.monotonic()
        logger.info("Collection %s phase: %s (%s/%s)", self.run_id, self.phase, self.done, self.total)


class StopSwitch:
    """Asks a search to end well: calls in flight are waited for and kept, no further one is begun."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._asked = asyncio.Event()

    @property
    def reason(self) -> str | None:
        """Why the search is to stop; None while it is not."""
        return self._reason

    def ask(self, reason: str) -> None:
        """Ask for a stop; the first reason stands."""
        if self._reason is None:
            logger.info("Stopping: %s", reason)
            self._reason = reason
            self._asked.set()

    async def wait(self) -> None:
        """Return once a stop is asked for."""
        await self._asked.wait()
