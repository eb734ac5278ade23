"""When the next paid call may start: evenly spaced, a bounded number open at once, slower after a 429."""

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from dropship_pipeline.errors import CollectionStoppedError

SLOW_FACTOR = 2
SLOW_FOR_S = 30.0
# Calls start by a timetable that leaves 1.5 % of the quota unused, because the provider counts them where they arrive,
# some ms sooner or later than they started. What a stall has cost is made good by those after it, down to 1 % unused
# and half an interval between two, so that no stall ends in a burst; of a longer one only a second is made good.
SPACING = 1.015
TIGHTEST_SPACING = 1.01
CLOSEST = 0.5
MADE_GOOD_S = 1.0

# A stop is noticed after so many seconds of waiting.
NOTICE_S = 1.0

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class Turn:
    """One call's turn: when it started, put right by `sent()` once its request has left."""

    clock: Callable[[], float]
    started: float

    def sent(self) -> None:
        """Say that the request has left: opening a connection, or a busy process, may have held it up."""
        self.started = self.clock()


class Pace:
    """One provider's quota, shared by every caller of one worker.

    Args:
        requests_per_minute: in no second do more calls start than this many sixtieths, rounded up; they are evenly
            spaced and the first starts at once.
        max_in_flight: how many calls may be open at once.
        clock: monotonic seconds.
        sleep: waits that many seconds.
        stop_reason: why no further call may start; None while they may.
    """

    def __init__(
        self,
        requests_per_minute: int,
        max_in_flight: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
        stop_reason: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.max_in_flight = max_in_flight
        self._interval_s = 60 / requests_per_minute
        self._clock = clock
        self._sleep = sleep
        self._stop_reason = stop_reason
        self._open_calls = asyncio.Semaphore(max_in_flight)
        self._gate = asyncio.Lock()
        self._planned = float("-inf")  # when the last call was to start; it may have started a little later
        self._calls_a_second = math.ceil(requests_per_minute / 60)
        self._turns: deque[Turn] = deque(maxlen=self._calls_a_second)
        self._slow_until = float("-inf")

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Wait until a call may start, and count it as open until the block ends.

        Raises:
            CollectionStoppedError: no further call may start; noticed within a second of waiting.
        """
        # The open place first: a start time that is waited for early would be stale when a place comes free.
        async with self._open_calls:
            asked = self._clock()
            async with self._gate:
                turn = await self._wait_for_start(asked)
            yield turn

    def slow_down(self) -> None:
        """Halve the rate for the next 30 seconds: the provider said that we are too fast."""
        self._slow_until = self._clock() + SLOW_FOR_S

    async def _wait_for_start(self, asked: float) -> Turn:
        while (wait := self._earliest(asked) - self._clock()) > 0:
            self.refuse_if_stopped()
            await self._sleep(min(wait, NOTICE_S))
        # Whatever else is ready to run goes first: the time it takes would pass between this start and the wire.
        await asyncio.sleep(0)
        self.refuse_if_stopped()
        turn = Turn(self._clock, self._clock())
        self._planned = max(self._next_planned(asked), turn.started - MADE_GOOD_S)
        self._turns.append(turn)
        return turn

    def refuse_if_stopped(self) -> None:
        """Do nothing while calls may start.

        Raises:
            CollectionStoppedError: they may not.
        """
        reason = self._stop_reason()
        if reason is not None:
            raise CollectionStoppedError(reason)

    def _earliest(self, asked: float) -> float:
        """Return when the next call may start: by the timetable, and not with more calls in a second than allowed."""
        planned = self._next_planned(asked)
        if not self._turns:
            return planned
        planned = max(planned, self._turns[-1].started + CLOSEST * self._current_interval_s())
        if len(self._turns) < self._calls_a_second:
            return planned
        window_s = self._calls_a_second * self._interval_s * TIGHTEST_SPACING
        return max(planned, self._turns[0].started + window_s)

    def _next_planned(self, asked: float) -> float:
        return max(asked, self._planned + self._current_interval_s() * SPACING)

    def _current_interval_s(self) -> float:
        slow = self._clock() < self._slow_until
        return self._interval_s * SLOW_FACTOR if slow else self._interval_s
