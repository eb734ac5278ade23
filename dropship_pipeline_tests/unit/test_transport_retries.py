"""When a paid call is tried again, how long it waits before that, and what its failed attempts cost."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from dropship_pipeline.errors import (
    TransientError,
)
from dropship_pipeline.marketplaces.fields import json_of
from dropship_pipeline.marketplaces.transport.retries import retry_after_s
from dropship_pipeline_tests.unit.marketplace_fakes import FakeClock, MemoryLedger, Reply, Wire, a_client
from dropship_pipeline_tests.unit.test_transport import GOOD, RAINFOREST, _failure_of, _reply

NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize("status", [429, 499, 500, 502, 503, 504])
async def test_a_throttled_or_failing_provider_is_asked_again_after_1_2_and_4_seconds(status: int) -> None:
    wire = Wire([_reply(status, {"request_info": {"success": False}})])
    error, clock, ledger = await _failure_of(wire)
    assert clock.sleeps == [1.0, 2.0, 4.0]
    assert isinstance(error, TransientError)
    assert error.status == status
    assert (len(wire.requests), ledger.failed[0].attempts, ledger.failed[0].credits) == (4, 4, 0)


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.DecodingError("x"),
        TimeoutError(),
    ],
)
async def test_a_network_error_is_tried_again_once_after_5_seconds(error: Exception) -> None:
    wire = Wire([error])
    raised, clock, ledger = await _failure_of(wire)
    assert clock.sleeps == [5.0]
    assert isinstance(raised, TransientError)
    assert (raised.status, len(wire.requests), ledger.failed[0].credits) == (None, 2, 0)


async def test_both_kinds_of_failure_in_one_call_keep_to_their_own_limits() -> None:
    wire = Wire([_reply(503), httpx.ReadTimeout("x"), _reply(429), httpx.ReadTimeout("x")])
    _, clock, _ = await _failure_of(wire)
    assert clock.sleeps == [1.0, 5.0, 2.0]


@pytest.mark.parametrize(
    ("replies", "attempts"), [([_reply(503, None), _reply()], 2), ([httpx.ConnectTimeout("x"), _reply()], 2)]
)
async def test_a_retry_that_succeeds_is_one_settled_call(replies: list[Reply], attempts: int) -> None:
    ledger = MemoryLedger()
    async with a_client(Wire(replies), ledger=ledger) as client:
        assert await client.ask(RAINFOREST, json_of) == GOOD
    assert (len(ledger.reserved), ledger.settled, ledger.failed) == (1, [(RAINFOREST, 2, attempts)], [])


async def test_credits_that_failed_attempts_say_they_cost_are_booked_too() -> None:
    ledger = MemoryLedger()
    async with a_client(Wire([_reply(500), _reply()]), ledger=ledger) as client:
        await client.ask(RAINFOREST, json_of)
    assert ledger.settled == [(RAINFOREST, 4, 2)]
    _, _, ledger = await _failure_of(Wire([_reply(500)]))
    assert ledger.failed[0].credits == 8


@pytest.mark.parametrize(("header", "waits"), [("7", [7.0] * 3), ("0", [0.0] * 3), ("120", [120.0] * 3), ("121", [])])
async def test_retry_after_replaces_the_timetable_and_a_long_one_fails_the_query(
    header: str, waits: list[float]
) -> None:
    error, clock, _ = await _failure_of(Wire([_reply(429, headers={"retry-after": header})]))
    assert clock.sleeps == waits
    assert isinstance(error, TransientError)
    assert error.retry_after_s == float(header)


@pytest.mark.parametrize("header", ["soon", "-3", "1e3", "", "inf", "Tue, 99 Foo 2031"])
async def test_an_unreadable_retry_after_leaves_the_timetable_alone(header: str) -> None:
    _, clock, _ = await _failure_of(Wire([_reply(503, headers={"retry-after": header})]))
    assert clock.sleeps == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(("seconds", "expected"), [(90, 90.0), (-90, 0.0)])
def test_retry_after_as_a_date_is_counted_from_now(seconds: int, expected: float) -> None:
    header = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s(header, lambda: NOW) == expected


def test_retry_after_as_a_date_without_a_zone_is_taken_for_utc() -> None:
    assert retry_after_s("Mon, 03 Feb 2031 04:05:16 -0000", lambda: NOW) == 10.0


async def test_a_429_slows_the_pace_down() -> None:
    clock = FakeClock()
    wire = Wire([_reply(429), _reply()])
    async with a_client(wire, clock=clock) as client:
        await client.ask(RAINFOREST, json_of)
        assert client._pace._current_interval_s() == 0.002
