"""The quota: evenly spaced, bounded in flight, slower after a 429."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count, cycle, pairwise, repeat
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline_tests.unit.marketplace_fakes import FakeClock


async def _starts(pace: Pace, clock: FakeClock, calls: int) -> list[float]:
    starts: list[float] = []

    async def call() -> None:
        async with pace.turn():
            starts.append(clock.now)

    await asyncio.gather(*(call() for _ in range(calls)))
    return starts


async def test_the_first_call_does_not_wait() -> None:
    clock = FakeClock()
    await _starts(Pace(60, 5, clock=clock, sleep=clock.sleep), clock, 1)
    assert clock.sleeps == []


@pytest.mark.parametrize(("per_minute", "interval"), [(60, 1.015), (120, 0.5075), (600, 0.1015), (1, 60.9)])
async def test_calls_of_many_tasks_are_evenly_spaced_with_a_little_of_the_quota_left(
    per_minute: int, interval: float
) -> None:
    clock = FakeClock()
    starts = await _starts(Pace(per_minute, 50, clock=clock, sleep=clock.sleep), clock, 20)
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps == pytest.approx([interval] * 19)


@dataclass
class LateClock(FakeClock):
    """Every sleep ends late, by as much as `lateness` says next."""

    lateness: Iterator[float] = field(default_factory=lambda: repeat(0.0))

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds + next(self.lateness))


async def test_late_starts_are_made_good_and_cost_no_throughput() -> None:
    clock = LateClock(lateness=cycle([0.001, 0.003, 0.0, 0.002, 0.001, 0.0, 0.03, 0.001, 0.0, 0.002, 0.001]))
    starts = await _starts(Pace(600, 50, clock=clock, sleep=clock.sleep), clock, 301)
    assert 300 / (starts[-1] - starts[0]) >= 0.98 * 10


async def test_stalls_of_a_busy_machine_are_made_good_and_cost_no_throughput() -> None:
    chance = random.Random(1)
    stalls = (chance.uniform(0.05, 0.2) if chance.random() < 0.02 else 0.002 for _ in count())
    clock = LateClock(lateness=stalls)
    starts = await _starts(Pace(600, 50, clock=clock, sleep=clock.sleep), clock, 301)
    assert 300 / (starts[-1] - starts[0]) >= 0.98 * 10


@given(lateness=st.lists(st.floats(0, 0.3), min_size=1, max_size=30), per_minute=st.sampled_from([60, 90, 600, 3000]))
async def test_no_lateness_makes_more_calls_start_in_any_second_than_the_quota_has(
    lateness: list[float], per_minute: int
) -> None:
    clock = LateClock(lateness=cycle(lateness))
    starts = await _starts(Pace(per_minute, 200, clock=clock, sleep=clock.sleep), clock, 150)
    allowed = ceil(per_minute / 60)
    assert all(later - earlier >= 1.009 for earlier, later in zip(starts, starts[allowed:], strict=False))


async def test_a_request_that_leaves_late_holds_up_the_one_that_would_exceed_the_quota_with_it() -> None:
    clock = FakeClock()
    pace = Pace(600, 50, clock=clock, sleep=clock.sleep)
    async with pace.turn() as turn:
        clock.now += 0.08
        turn.sent()
        sent = clock.now
    starts = await _starts(pace, clock, 10)
    assert starts[8] - sent < 1.0
    assert starts[9] - sent == pytest.approx(1.01)


async def test_after_a_stall_the_calls_come_no_closer_than_half_an_interval() -> None:
    clock = LateClock(lateness=chain([0.0] * 5, [0.7], repeat(0.0)))
    starts = await _starts(Pace(600, 50, clock=clock, sleep=clock.sleep), clock, 40)
    assert min(later - earlier for earlier, later in pairwise(starts)) >= 0.0499


async def test_callers_start_in_the_order_in_which_they_came() -> None:
    clock = FakeClock()
    pace = Pace(60, 50, clock=clock, sleep=clock.sleep)
    order: list[int] = []

    async def call(number: int) -> None:
        async with pace.turn():
            order.append(number)

    await asyncio.gather(*(call(number) for number in range(10)))
    assert order == [*range(10)]


async def test_idle_time_is_not_saved_up_for_a_burst() -> None:
    clock = FakeClock()
    pace = Pace(60, 5, clock=clock, sleep=clock.sleep)
    await _starts(pace, clock, 1)
    clock.now += 100
    first, second = await _starts(pace, clock, 2)
    assert second - first == pytest.approx(1.015)


async def test_after_a_429_the_rate_is_halved_and_recovers_after_30_seconds() -> None:
    clock = FakeClock()
    pace = Pace(60, 5, clock=clock, sleep=clock.sleep)
    begin = clock.now
    pace.slow_down()
    starts = [start - begin for start in await _starts(pace, clock, 20)]
    assert starts == pytest.approx([*(2.03 * call for call in range(15)), 30.45, 31.465, 32.48, 33.495, 34.51], abs=0.1)


async def test_a_429_while_a_call_waits_for_its_start_puts_that_start_off() -> None:
    clock = FakeClock()
    pace = Pace(60, 5, clock=clock, sleep=clock.sleep)
    await _starts(pace, clock, 1)
    begin, waiting = clock.now, asyncio.create_task(_starts(pace, clock, 1))
    await asyncio.sleep(0)
    pace.slow_down()
    assert await waiting == [pytest.approx(begin + 2.03)]


async def test_no_more_calls_are_open_at_once_than_allowed() -> None:
    clock = FakeClock()
    pace = Pace(60_000, 3, clock=clock, sleep=clock.sleep)
    open_now = most = 0

    async def call() -> None:
        nonlocal open_now, most
        async with pace.turn():
            open_now += 1
            most = max(most, open_now)
            for _ in range(50):
                await asyncio.sleep(0)
            open_now -= 1

    await asyncio.gather(*(call() for _ in range(20)))
    assert most == 3


async def test_a_call_that_fails_gives_its_place_back() -> None:
    clock = FakeClock()
    pace = Pace(60, 1, clock=clock, sleep=clock.sleep)
    with pytest.raises(ZeroDivisionError):
        async with pace.turn():
            raise ZeroDivisionError
    assert len(await _starts(pace, clock, 1)) == 1
