"""The page of the monthly schedule: on or off, day, hour, timezone, job, next times and last result."""

import asyncio
from dataclasses import asdict
from typing import Any
from zoneinfo import available_timezones

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.api.schedule import DEFAULTS, checked_schedule
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, choice, field, form, suggestions, tick
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.job_form import JobFields
from dropship_pipeline.admin.pages.ui.parts import Tag, badge, button, empty, notice
from dropship_pipeline.admin.pages.ui.visit import RUN, Visit
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.collection.costs import Prices, Spending
from dropship_pipeline.collection.monthly import cannot_start, next_times
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.runs.reports import Reports, RunReport
from dropship_pipeline.storage.runs.schedules import Schedules
from dropship_pipeline.storage.runs.values import Schedule
from dropship_pipeline.storage.sellers.categories import category_names

LAST_DAY, LAST_HOUR = 31, 23
_OFF = "Off: nothing starts until you turn it on."
_LEAD = "Start a collection by itself once a month. A failed run is tried again twice; nothing is paid for twice."


def schedule_page(visit: Visit) -> Frame:
    """The page at /schedule."""
    return Frame(visit, "Schedule", _Schedule(visit).draw, _LEAD)


class _Schedule:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._database = visit.services.database
        self._schedules = Schedules(self._database, visit.org)

    async def draw(self, frame: Frame) -> None:
        self._frame = frame
        schedule, run = await asyncio.to_thread(self._read)
        known = await asyncio.to_thread(category_names, self._database, self._visit.org)
        frame.heading()
        with Tag("div", "", "split"):
            if self._visit.may_run:
                self._form(schedule, known)
            else:
                with Tag("section", "", "card", aria_label="Schedule"):
                    text = "Your token lets you look, but not change the schedule: that needs collection.run."
                    notice(text, role=None)
            with Tag("div", "", "aside stack"):
                self._state = Tag("section", "", "card", aria_label="Next times")
                self._result = Tag("section", "", "card", aria_label="Last result")
        self._show(schedule, run)

    def _form(self, schedule: Schedule | None, known: list[str]) -> None:
        values = _values(schedule)
        with form("Schedule", "card form", sent=self._frame.act(self._save, RUN)):
            tick("Start by itself", "enabled", value=values["enabled"], hint=_OFF)
            with Tag("div", "", "fields"):
                field(
                    "Day of the month", "day", values["day_of_month"], type="number", min=1, max=LAST_DAY,
                    hint="31 is the last day of any month.",
                )  # fmt: skip
                hours = {str(hour): f"{hour:02}:00" for hour in range(LAST_HOUR + 1)}
                choice("Hour", "hour", hours, str(values["hour"]))
                zones = suggestions(sorted(available_timezones()))
                field("Timezone", "timezone", values["timezone"], list=zones.html_id, hint="Type to search.")
            Tag("h2", "What runs")
            self._fields = JobFields(self._frame, values["job"], values["config"], known, _nothing)
            self._problem = Tag("p", "", "notice bad", role="alert")
            with Tag("div", "", "row"):
                button("Save schedule", "primary", type="submit")

    async def _save(self, event: GenericEventArguments) -> None:
        filled = Filled.of(event)
        try:
            values = await self._checked(filled)
        except RequestInvalid as error:
            self._problem.say(str(error))
            return
        self._problem.say("")
        await asyncio.to_thread(self._schedules.save, {**values, "enabled": filled.checked("enabled")})
        self._show(*await asyncio.to_thread(self._read))
        self._frame.say("The schedule is saved" + ("" if filled.checked("enabled") else ", and off"), "good")

    async def _checked(self, filled: Filled) -> dict[str, Any]:
        day, hour = filled.integer("day", "Day of the month"), filled.integer("hour", "Hour")
        if day is None or not 1 <= day <= LAST_DAY:
            raise RequestInvalid(f"Day of the month: write a number from 1 to {LAST_DAY}")
        if hour is None or not 0 <= hour <= LAST_HOUR:
            raise RequestInvalid("Hour: choose one from 00:00 to 23:00")
        timezone = filled.text("timezone")
        if timezone not in available_timezones():
            raise RequestInvalid(f"Timezone: {timezone[:40]!r} is not known; choose one, such as Europe/Berlin")
        # What was set elsewhere and has no field here stays, as long as the job is the same.
        same = self._saved is not None and self._saved.job_name == filled.text("job")
        settings = self._fields.read(filled, self._saved.config if same and self._saved else {})
        await Collections(self._visit.services, self._visit.org).require_categories(settings)
        return checked_schedule(settings, day_of_month=day, hour=hour, timezone=timezone)

    def _read(self) -> tuple[Schedule | None, RunReport | None]:
        schedule = self._schedules.find()
        reports = Reports(self._database, self._visit.org)
        return schedule, None if schedule is None else reports.started_by(schedule)

    def _show(self, schedule: Schedule | None, run: RunReport | None) -> None:
        self._saved = schedule
        self._state.clear()
        with self._state:
            _next(schedule)
        self._result.clear()
        with self._result:
            _last(run, self._visit.services.settings.credit_prices)


def _next(schedule: Schedule | None) -> None:
    with Tag("div", "", "card-head"):
        Tag("h2", "Next times")
        enabled = schedule is not None and schedule.enabled
        problem = None if schedule is None else cannot_start(schedule)
        if problem:
            badge("Cannot start", "bad")
        else:
            badge("On" if enabled else "Off", "good" if enabled else "neutral")
    if problem:
        notice(f"{problem}. Correct it here and save.", "bad", role="alert")
        return
    if schedule is None or not schedule.enabled:
        empty("Nothing starts by itself", "Tick “Start by itself” and save.")
        return
    Tag("p", f"{wording.job_name(schedule.job_name)}, on the clocks of {schedule.timezone}", "muted small")
    with Tag("ol", "", "moments"):
        for moment in next_times(schedule, utc_now()):
            with Tag("li"):
                Tag("span", f"{moment:%a %d %B %Y}")
                Tag("span", f"{moment:%H:%M}")


def _last(run: RunReport | None, prices: Prices) -> None:
    Tag("h2", "Last result")
    if run is None:
        Tag("p", "The schedule has not started a run yet.", "muted")
        return
    with Tag("div", "", "row between"):
        Tag("a", f"Run {run.run_id}", "link", href=f"/history/{run.run_id}")
        badge(wording.state_word(run.status), wording.state_tone(run.status))
    Tag("p", f"{wording.moment(run.started_at)}, {Spending.of_run(run, prices)}", "muted small")
    if run.error_message:
        notice(run.error_message, wording.state_tone(run.status), role=None)


def _values(schedule: Schedule | None) -> dict[str, Any]:
    if schedule is None:
        return {**DEFAULTS, "enabled": True}
    return {**asdict(schedule), "job": schedule.job_name}


async def _nothing() -> None:
    """A schedule shows no forecast that would have to follow the form."""
