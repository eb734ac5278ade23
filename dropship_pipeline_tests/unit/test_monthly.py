"""The monthly decision: each month once, whatever the calendar, the clocks and the failures do."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.collection.monthly import PastRun, PastState, decide, month_job_id, month_key, next_times
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.runs.values import Schedule

BERLIN, NEW_YORK, KIRITIMATI, PAGO_PAGO = "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(day: int = 1, hour: int = 6, timezone: str = "UTC", **values: Any) -> Schedule:
    return Schedule(
        **{
            "id": 7, "org_id": "acme", "name": "monthly", "enabled": True, "day_of_month": day, "hour": hour,
            "timezone": timezone, "job_name": "collect_sellers", "config": {}, "created_at": at("2026-02-28T09:00"),
            "updated_at": at("2026-02-28T09:00"), **values,
        }
    )  # fmt: skip


def set_at(text: str, day: int = 20, **values: Any) -> Schedule:
    """A schedule that was set or switched last at this time."""
    return schedule(day, updated_at=at(text), **values)


def run(state: PastState, ended: str = "2026-03-01T08:00", key: str | None = "7:2026-03") -> PastRun:
    return PastRun(state, at(ended), key)


@pytest.mark.parametrize(
    ("when", "now", "key"),
    [
        pytest.param(schedule(), "2026-03-01T05:59:59", None, id="a second before"),
        pytest.param(schedule(), "2026-03-01T06:00", "7:2026-03", id="at the moment"),
        pytest.param(schedule(), "2026-03-17T10:00", "7:2026-03", id="down on the day"),
        pytest.param(set_at("2026-03-17T10:00", 1), "2026-03-17T10:00", "7:2026-03", id="first start after the moment"),
        pytest.param(set_at("2026-03-17T10:00"), "2026-03-17T10:00", None, id="first start before the moment"),
        pytest.param(set_at("2026-03-17T10:00"), "2026-03-20T06:00", "7:2026-03", id="first start, then the moment"),
        pytest.param(schedule(day=20), "2026-06-03T00:00", "7:2026-05", id="down for three months: the last one"),
        pytest.param(schedule(day=20), "2026-06-20T07:00", "7:2026-06", id="down for three months, due: only this one"),
        pytest.param(set_at("2026-06-03T00:00"), "2026-06-03T00:00", None, id="off for three months, not due yet"),
        pytest.param(set_at("2026-05-20T06:00"), "2026-06-03T00:00", "7:2026-05", id="turned on at the moment missed"),
        pytest.param(set_at("2026-05-20T06:01"), "2026-06-03T00:00", None, id="turned on just after that"),
        pytest.param(schedule(day=31), "2026-04-30T06:00", "7:2026-04", id="31 in a month of 30 days"),
        pytest.param(set_at("2026-04-01T00:00", 31), "2026-04-29T23:00", None, id="31 in such a month, a day early"),
        pytest.param(set_at("2026-02-01T00:00", 31), "2026-02-28T06:00", "7:2026-02", id="31 in February"),
        pytest.param(set_at("2028-02-01T00:00", 29), "2028-02-28T23:00", None, id="29 in a leap year is not the 28th"),
        pytest.param(schedule(day=31), "2028-02-29T06:00", "7:2028-02", id="leap day"),
        pytest.param(schedule(day=29), "2027-02-28T06:00", "7:2027-02", id="29 in a year without one"),
        pytest.param(schedule(day=31, hour=23), "2026-12-31T23:30", "7:2026-12", id="end of the year"),
        pytest.param(schedule(day=31, hour=23), "2027-01-02T08:00", "7:2026-12", id="last hours missed"),
        pytest.param(schedule(day=31, hour=23), "2027-01-31T22:59", "7:2026-12", id="missed until a minute before"),
        pytest.param(schedule(day=31, hour=23), "2027-01-31T23:00", "7:2027-01", id="missed for a whole month"),
        # 2026-03-29 02:00 does not exist in Berlin, 2026-03-08 02:00 not in New York: both jump to 03:00.
        pytest.param(schedule(29, 2, BERLIN), "2026-03-29T00:59", None, id="Berlin, before the hour that is left out"),
        pytest.param(schedule(29, 2, BERLIN), "2026-03-29T01:00", "7:2026-03", id="Berlin, the hour that is left out"),
        pytest.param(schedule(8, 2, NEW_YORK), "2026-03-08T06:59", None, id="New York, before that hour"),
        pytest.param(schedule(8, 2, NEW_YORK), "2026-03-08T07:00", "7:2026-03", id="New York, that hour"),
        # 2026-10-25 02:00 comes twice in Berlin, 2026-11-01 01:00 in New York: the first counts.
        pytest.param(
            set_at("2026-10-01T00:00", 25, hour=2, timezone=BERLIN), "2026-10-24T23:59", None,
            id="Berlin, before the hour that comes twice",
        ),
        pytest.param(schedule(25, 2, BERLIN), "2026-10-25T00:00", "7:2026-10", id="Berlin, the hour that comes twice"),
        pytest.param(
            set_at("2026-10-02T00:00", 1, hour=1, timezone=NEW_YORK), "2026-11-01T04:59", None,
            id="New York, before such an hour",
        ),
        pytest.param(schedule(1, 1, NEW_YORK), "2026-11-01T05:00", "7:2026-11", id="New York, such an hour"),
        # Two hours are left out at once here: from 01:00 to 03:00.
        pytest.param(schedule(29, 2, "Antarctica/Troll"), "2026-03-29T01:00", "7:2026-03", id="inside a longer gap"),
        pytest.param(schedule(1, 0, KIRITIMATI), "2026-02-28T10:00", "7:2026-03", id="14 hours ahead of UTC"),
        pytest.param(schedule(1, 0, KIRITIMATI), "2026-02-28T09:59", "7:2026-02", id="14 hours ahead, still February"),
        pytest.param(schedule(1, 0, PAGO_PAGO), "2026-03-01T10:59", "7:2026-02", id="11 hours behind, still February"),
        pytest.param(schedule(1, 0, PAGO_PAGO), "2026-03-01T11:00", "7:2026-03", id="11 hours behind UTC"),
        pytest.param(schedule(enabled=False), "2026-03-01T06:00", None, id="turned off"),
    ],
)  # fmt: skip
def test_a_month_starts_at_its_moment_or_at_the_first_look_after_it(when: Schedule, now: str, key: str | None) -> None:
    assert decide(when, [], at(now)).run_key == key


@pytest.mark.parametrize(
    ("when", "down", "started"),
    [
        # From the first look to the last, with nothing looking while it is down: what was started, and when.
        pytest.param(set_at("2026-03-01T00:00", 1), [], {"03": "1", "04": "1", "05": "1", "06": "1"}, id="never down"),
        pytest.param(set_at("2026-03-01T00:00", 1), [("03-25", "05-09")], {"03": "1", "05": "9", "06": "1"}, id="week"),
        pytest.param(set_at("2026-03-01T00:00", 20), [("03-15", "06-03")], {"05": "3", "06": "20"}, id="three months"),
        pytest.param(
            set_at("2026-03-01T00:00", 31, hour=23), [("03-31", "04-02")],
            {"03": "2", "04": "30", "05": "31", "06": "30"}, id="last hours",
        ),
    ],
)  # fmt: skip
def test_each_month_runs_once_and_a_long_pause_is_made_up_for_by_one_run(
    when: Schedule, down: Sequence[tuple[str, str]], started: dict[str, str]
) -> None:
    found: dict[str, str] = {}
    now = when.updated_at
    while now < at("2026-07-01T00:00"):
        if not any(at(f"2026-{begin}") <= now < at(f"2026-{end}") for begin, end in down):
            month = month_key(when, now).rpartition("-")[2]
            ended = [run("succeeded", now.replace(tzinfo=None).isoformat())] if month in found else []
            if decide(when, ended, now).run_key:
                found[month] = str(now.day)
        now += timedelta(hours=1)
    assert found == started


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
        # Until the next month's moment, not only until the end of the calendar month.
        ([run("failed", "2026-03-31T23:50")], "2026-04-01T00:50", "7:2026-03:2", "attempt 2"),
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


@pytest.mark.parametrize(("number", "said"), [(12, "`dropship resume 12`"), (None, "the Dagster UI")])
def test_a_month_that_failed_three_times_is_given_up_in_a_sentence_that_names_the_run_and_what_to_do(
    number: int | None, said: str
) -> None:
    past = [PastRun("failed", at(f"2026-03-01T0{n}:00"), f"{n}", number if n == 8 else 1) for n in (7, 8, 6)]
    decision = decide(schedule(), past, at("2026-03-31T23:00"))
    assert (decision.run_key, decision.gave_up) == (None, True)
    assert "org acme" in decision.reason
    assert "gave up after 3 failed runs" in decision.reason
    assert said in decision.reason


def test_a_month_that_was_given_up_does_not_hinder_the_next_one() -> None:
    assert decide(schedule(), [], at("2026-04-01T06:00")).run_key == "7:2026-04"


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
def test_over_any_ticks_a_month_is_launched_once_and_again_only_after_failing_and_none_is_forgotten(
    when: Schedule, start: datetime, ticks: list[tuple[timedelta, PastState]]
) -> None:
    when = replace(when, updated_at=start)
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
        # Nothing was due since the schedule is on, or the last thing that was due has been started.
        (coming,) = next_times(when, now, 1)
        assert month or coming - start < timedelta(days=32)
    assert all(len(month) <= 3 for month in months.values())
    assert list(months) == sorted(months)
