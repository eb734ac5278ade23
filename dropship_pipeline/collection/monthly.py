"""Decides when a monthly schedule starts a run, from the schedule, the month's runs so far, and the time. Pure.

A schedule has one moment a month, on the clocks of its own timezone; its month lasts from that moment to the next one
and has one run. If nothing runs at the moment, the run starts at the first look after it. A month that is over is left
out, so that a pause of three months ends in one run, not in three. A failed run is tried again after an hour, then
after six, until the next month's moment.

For a schedule that was set or switched after its moment, earlier calendar months are left out. The present one is not:
a schedule that is turned on in the middle of a month starts a run.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import job_named
from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.storage.runs.values import Schedule

# Before the first attempt, the second and the third.
PAUSES = (timedelta(0), timedelta(hours=1), timedelta(hours=6))
MAX_ATTEMPTS = len(PAUSES)
_MONTHS = 12
PastState = Literal["open", "succeeded", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run of the month.

    Args:
        ended_at: for an open one, when it was last heard of.
        run_key: of the attempt it belongs to; None for a run that a person started for the same job.
        run_id: its number; None where it ended before it had a record.
    """

    state: PastState
    ended_at: datetime
    run_key: str | None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now.

    Args:
        reason: why nothing is to be started, or what is.
        run_key: of the run to start; None to wait.
        gave_up: nothing more is started this month unless a person does something.
    """

    reason: str
    run_key: str | None = None
    gave_up: bool = False


def month_key(schedule: Schedule, now: datetime) -> str:
    """`<id>:<YYYY-MM>`, the month whose moment came last; the present one where it is the first to count.

    Raises:
        RequestInvalid: the schedule's timezone is not known.
    """
    year, month = _month(schedule, now)
    return f"{schedule.id}:{year:04}-{month:02}"


def month_job_id(schedule: Schedule, now: datetime) -> str:
    """The job id of the month: its attempts resume each other and pay for nothing twice.

    Raises:
        RequestInvalid: the schedule's timezone is not known.
    """
    return f"schedule-{month_key(schedule, now).replace(':', '-')}"


def scheduled_settings(schedule: Schedule, job_id: str | None = None) -> JobSettings:
    """What the schedule's run is launched with, proved to fit.

    Raises:
        RequestInvalid: it does not fit the job as it is now.
    """
    job = job_named(schedule.job_name)
    try:
        return job.settings.checked({**schedule.config, **({} if job_id is None else {"job_id": job_id})})
    except RequestInvalid as error:
        raise RequestInvalid(f"its configuration does not fit {job.name} ({error})") from None


def cannot_start(schedule: Schedule) -> str | None:
    """Why a schedule cannot start a run as it stands; None if it can."""
    try:
        zone(schedule.timezone)
        scheduled_settings(schedule)
    except RequestInvalid as error:
        return f"The schedule cannot start: {error}"
    return None


def decide(schedule: Schedule, past_runs: Sequence[PastRun], now: datetime) -> Decision:
    """Whether to start a run now.

    Args:
        schedule: the rule.
        past_runs: those of the month that `month_key` names, in any order.
        now: timezone-aware.

    Raises:
        RequestInvalid: the schedule's timezone is not known.
    """
    key = month_key(schedule, now)
    what = f"Schedule {schedule.name} of org {schedule.org_id} ({schedule.job_name}), month {key.partition(':')[2]}:"
    attempts = len({run.run_key for run in past_runs} - {None})
    left_alone = _left_alone(schedule, past_runs, now)
    if left_alone:
        return Decision(f"{what} {left_alone}")
    if attempts >= MAX_ATTEMPTS:
        return Decision(f"{what} {_gave_up(past_runs, attempts)}", gave_up=True)
    due = max([_due(schedule, *_month(schedule, now)), *(run.ended_at + PAUSES[attempts] for run in past_runs)])
    if now < due:
        failed = f"{attempts} failed, " if attempts else ""
        return Decision(f"{what} {failed}due at {_said(due.astimezone(zone(schedule.timezone)))}")
    number = attempts + 1
    return Decision(f"{what} attempt {number}", key if number == 1 else f"{key}:{number}")


def _left_alone(schedule: Schedule, past_runs: Sequence[PastRun], now: datetime) -> str | None:
    """Why nothing more is to be started this month; None if something may be."""
    states = {run.state for run in past_runs}
    if not schedule.enabled:
        return "turned off; `dropship schedule on` turns it on"
    if "open" in states:
        return "its run has not ended yet"
    if "succeeded" in states:
        return f"already ran; due again at {_said(next_times(schedule, now, 1)[0])}"
    if "stopped" in states:
        return "its run was stopped and is not started again; `dropship resume` goes on with it"
    return None


def _gave_up(past_runs: Sequence[PastRun], attempts: int) -> str:
    number = max(past_runs, key=lambda run: run.ended_at).run_id
    if number is None:
        return f"gave up after {attempts} failed runs; the Dagster UI says why, and can launch the last of them again"
    return (
        f"gave up after {attempts} failed runs, the last is run {number}: `dropship status {number}` says why, "
        f"`dropship resume {number}` goes on with it"
    )


def next_times(schedule: Schedule, now: datetime, count: int = 3) -> list[datetime]:
    """The next moments at which a schedule is due, in its timezone.

    Raises:
        RequestInvalid: its timezone is not known.
    """
    local = now.astimezone(zone(schedule.timezone))
    months = (_months_later(local.year, local.month, ahead) for ahead in range(count + 1))
    moments = (_due(schedule, *month) for month in months)
    return [moment.astimezone(local.tzinfo) for moment in moments if moment > now][:count]


def zone(name: str) -> ZoneInfo:
    """The timezone of this name.

    Raises:
        RequestInvalid: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a path, or a folder of the database
        raise RequestInvalid(
            f"{name!r} is not a timezone: write a name of the IANA database, such as UTC or Europe/Berlin"
        ) from None


def _month(schedule: Schedule, now: datetime) -> tuple[int, int]:
    """The year and month whose run is due at this time."""
    local = now.astimezone(zone(schedule.timezone))
    this, last = (_months_later(local.year, local.month, ahead) for ahead in (0, -1))
    if now < _due(schedule, *this) and schedule.updated_at <= _due(schedule, *last):
        return last
    return this


def _months_later(year: int, month: int, ahead: int) -> tuple[int, int]:
    years, months = divmod(year * _MONTHS + month - 1 + ahead, _MONTHS)
    return years, months + 1


def _due(schedule: Schedule, year: int, month: int) -> datetime:
    """The schedule's moment of a month, in UTC, where two moments of one timezone can be compared."""
    day = min(schedule.day_of_month, monthrange(year, month)[1])
    local = datetime(year, month, day, schedule.hour, tzinfo=zone(schedule.timezone))
    moment = local.astimezone(UTC)  # of an hour that comes twice, the first
    if moment.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # The clocks are put forward over this hour: start before they are, and go to where they have been.
    moment = local.replace(fold=1).astimezone(UTC)
    before = moment.astimezone(local.tzinfo).utcoffset()
    while moment.astimezone(local.tzinfo).utcoffset() == before:
        moment += timedelta(minutes=1)
    return moment


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzinfo}"
