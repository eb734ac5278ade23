"""The monthly decision: each month once, whatever the calendar, the clocks and the failures do."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.collection.monthly import PastRun, decide, month_job_id, month_key, next_times
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.schedule_values import Schedule

State = Literal["open", "succeeded", "failed", "stopped"]
BERLIN, NEW_YORK, KIRITIMATI, PAGO_PAGO = "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"


def schedule(day: int = 1, hour: int = 6, timezone: str = "UTC", **values: Any) -> Schedule:
    return Schedule(
        **{
            "id": 7, "name": "monthly", "enabled": True, "day_of_month": day, "hour": hour, "timezone": timezone,
            "job_name": "collect_sellers", "config": {}, **values,
        }
    )  # fmt: skip


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def run(state: State, ended: str = "2026-03-01T08:00", key: str | None = "7:2026-03") -> PastRun:
    return PastRun(state, at(ended), key)


@pytest.mark.parametrize(
    ("when", "now", "key"),
    [
        pytest.param(schedule(), "2026-03-01T05:59:59", None, id="a second before"),
        pytest.param(schedule(), "2026-03-01T06:00", "7:2026-03", id="at the moment"),
        pytest.param(schedule(), "2026-03-17T10:00", "7:2026-03", id="first start in the middle of the month"),
        pytest.param(schedule(day=20), "2026-06-03T00:00", None, id="down for three months, not due yet"),
        pytest.param(schedule(day=20), "2026-06-20T07:00", "7:2026-06", id="down for three months, due: only this one"),
        pytest.param(schedule(day=31), "2026-04-30T06:00", "7:2026-04", id="31 in a month of 30 days"),
        pytest.param(schedule(day=31), "2026-04-29T23:00", None, id="31 in a month of 30 days, a day early"),
        pytest.param(schedule(day=31), "2026-02-28T06:00", "7:2026-02", id="31 in February"),
        pytest.param(schedule(day=29), "2028-02-28T23:00", None, id="29 in a leap year is not the 28th"),
        pytest.param(schedule(day=31), "2028-02-29T06:00", "7:2028-02", id="leap day"),
        pytest.param(schedule(day=31, hour=23), "2026-12-31T23:30", "7:2026-12", id="end of the year"),
        # 2026-03-29 02:00 does not exist in Berlin, 2026-03-08 02:00 not in New York: both jump to 03:00.
        pytest.param(schedule(29, 2, BERLIN), "2026-03-29T00:59", None, id="Berlin, before the hour that is left out"),
        pytest.param(schedule(29, 2, BERLIN), "2026-03-29T01:00", "7:2026-03", id="Berlin, the hour that is left out"),
        pytest.param(schedule(8, 2, NEW_YORK), "2026-03-08T06:59", None, id="New York, before that hour"),
        pytest.param(schedule(8, 2, NEW_YORK), "2026-03-08T07:00", "7:2026-03", id="New York, that hour"),
        # 2026-10-25 02:00 comes twice in Berlin, 2026-11-01 01:00 in New York: the first counts.
        pytest.param(schedule(25, 2, BERLIN), "2026-10-24T23:59", None, id="Berlin, before the hour that comes twice"),
        pytest.param(schedule(25, 2, BERLIN), "2026-10-25T00:00", "7:2026-10", id="Berlin, the hour that comes twice"),
        pytest.param(schedule(1, 1, NEW_YORK), "2026-11-01T04:59", None, id="New York, before such an hour"),
        pytest.param(schedule(1, 1, NEW_YORK), "2026-11-01T05:00", "7:2026-11", id="New York, such an hour"),
        # Two hours are left out at once here: from 01:00 to 03:00.
        pytest.param(schedule(29, 2, "Antarctica/Troll"), "2026-03-29T01:00", "7:2026-03", id="inside a longer gap"),
        pytest.param(schedule(1, 0, KIRITIMATI), "2026-02-28T10:00", "7:2026-03", id="14 hours ahead of UTC"),
        pytest.param(schedule(1, 0, KIRITIMATI), "2026-02-28T09:59", "7:2026-02", id="14 hours ahead, still February"),
        pytest.param(schedule(1, 0, PAGO_PAGO), "2026-03-01T10:59", "7:2026-02", id="11 hours behind, still February"),
        pytest.param(schedule(1, 0, PAGO_PAGO), "2026-03-01T11:00", "7:2026-03", id="11 hours behind UTC"),
        pytest.param(schedule(enabled=False), "2026-03-01T06:00", None, id="turned off"),
    ],
)
def test_a_month_starts_at_its_moment_or_at_the_first_look_after_it(when: Schedule, now: str, key: str | None) -> None:
    assert decide(when, [], at(now)).run_key == key


@pytest.mark.parametrize(
    ("past", "now", "key", "said"),
    [
        ([run("succeeded")], "2026-03-31T23:00", None, "already ran; due again at 2026-04-01 06:00 UTC"),
        ([run("open")], "2026-03-31T23:00", None, "not ended yet"),
        ([run("stopped")], "2026-03-31T23:00", None, "stopped and is not started again"),
        ([run("failed")], "2026-03-01T08:59", None, "1 failed, due at 2026-03-01 09:00 UTC"),
        ([run("failed")], "2026-03-01T09:00", "7:2026-03:2", "attempt 2"),
        ([run("failed"), run("failed", "2026-03-01T10:00", "7:2026-03:2")], "2026-03-01T15:59", None, "16:00"),
        ([run("failed"), run("failed", "2026-03-01T10:00", "7:2026-03:2")], "2026-03-01T16:00", "7:2026-03:3", "3"),
        ([run("failed", key=f"{n}") for n in range(3)], "2026-03-31T23:00", None, "gave up after 3 failed runs"),
        # Launched anew from the user interface, a run carries the key of its attempt.
        ([run("failed"), run("failed")], "2026-03-31T23:00", "7:2026-03:2", "attempt 2"),
        ([run("failed"), run("succeeded")], "2026-03-31T23:00", None, "already ran"),
        ([run("failed"), run("succeeded", key=None)], "2026-03-31T23:00", None, "already ran"),
        ([run("failed"), run("stopped", key="7:2026-03:2")], "2026-03-31T23:00", None, "stopped"),
        ([run("failed"), run("open", key=None)], "2026-03-31T23:00", None, "not ended yet"),
    ],
)
def test_only_a_failed_run_is_tried_again_after_growing_pauses_and_at_most_twice(
    past: Sequence[PastRun], now: str, key: str | None, said: str
) -> None:
    decision = decide(schedule(), past, at(now))
    assert decision.run_key == key
    assert said in decision.reason


def test_a_schedule_moved_to_a_later_day_does_not_run_a_second_time_in_the_month() -> None:
    assert decide(schedule(day=25), [run("succeeded")], at("2026-03-26T00:00")).run_key is None


def test_the_next_times_are_the_last_days_of_short_months_and_cross_the_year() -> None:
    found = next_times(schedule(31, 6, BERLIN), at("2026-12-31T06:00"), 3)
    assert [moment.isoformat() for moment in found] == [
        "2027-01-31T06:00:00+01:00", "2027-02-28T06:00:00+01:00", "2027-03-31T06:00:00+02:00",
    ]  # fmt: skip


def test_a_month_has_one_job_id_so_that_its_attempts_do_not_pay_twice() -> None:
    assert month_job_id(schedule(), at("2026-03-01T06:00")) == "schedule-7-2026-03"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe", "/etc/passwd", "a\0b"])
def test_a_timezone_that_does_not_exist_is_one_sentence(name: str) -> None:
    with pytest.raises(RequestInvalid, match="not a timezone"):
        decide(schedule(timezone=name), [], at("2026-03-01T06:00"))


@given(
    when=st.builds(
        schedule,
        day=st.integers(1, 31),
        hour=st.integers(0, 23),
        timezone=st.sampled_from(["UTC", BERLIN, NEW_YORK, KIRITIMATI, PAGO_PAGO, "Australia/Lord_Howe"]),
    ),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    ticks=st.lists(
        st.tuples(
            st.timedeltas(timedelta(0), timedelta(days=40)),
            st.sampled_from(["open", "succeeded", "failed", "stopped"]),
        ),
        max_size=60,
    ),
)
def test_over_any_ticks_a_month_is_launched_once_and_again_only_after_failing(
    when: Schedule, start: datetime, ticks: list[tuple[timedelta, State]]
) -> None:
    months: dict[str, list[PastRun]] = {}
    now = start
    for pause, outcome in ticks:
        now += pause
        month = months.setdefault(month_key(when, now), [])
        key = decide(when, month, now).run_key
        if key is not None:
            assert key.startswith(month_key(when, now))
            assert all(earlier.state == "failed" for earlier in month)
            assert key not in [earlier.run_key for earlier in month]
            month.append(PastRun(outcome, now, key))
    assert all(len(month) <= 3 for month in months.values())
