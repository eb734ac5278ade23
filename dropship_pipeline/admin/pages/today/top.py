"""The top of Today: what is new, what it cost this month, what comes next, and a thin bar while a run collects."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.judging_again import AT_ONCE, JudgingAgain
from dropship_pipeline.admin.pages.today.inbox import STRONG
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.live import RunView, Snapshot
from dropship_pipeline.admin.pages.ui.parts import Tag, button, facts, notice
from dropship_pipeline.admin.pages.ui.visit import RUN
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.collection.costs import Spending
from dropship_pipeline.collection.forecast import spending
from dropship_pipeline.collection.monthly import cannot_start, next_times
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.cursor_pages import Count
from dropship_pipeline.storage.replay.outdated import Outdated
from dropship_pipeline.storage.review.today import Today
from dropship_pipeline.storage.runs.schedules import Schedules
from dropship_pipeline.storage.runs.values import Schedule
from dropship_pipeline.storage.sellers.filters import SellerFilters
from dropship_pipeline.storage.sellers.listing import SellerList

VISIT_COOKIE = "dropship_visit"
# Who comes back sooner is still on the same visit.
VISIT_LASTS = timedelta(minutes=30)
PERCENT = 100


class Top:
    """The figures and the bar.

    Args:
        frame: the page.
    """

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        visit = frame.visit
        database = visit.services.database
        self._sellers = SellerList(database, visit.org)
        self._today = Today(database, visit.org)
        self._schedules = Schedules(database, visit.org)
        self._collections = Collections(visit.services, visit.org)
        self._judging = JudgingAgain(visit.services, visit.org)
        self._since = _last_visit(visit.request.cookies.get(VISIT_COOKIE, ""))
        self._figures = Tag("section", "", "today-top", aria_label="At a glance")
        self._bar = Tag("div", "", "hidden")
        self._running: int | None = None

    async def show(self) -> None:
        """Draw the figures anew."""
        month = utc_now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        new = SellerFilters(first_seen_after=self._since) if self._since else SellerFilters(new_only=True)
        worth = SellerFilters(min_likelihood=STRONG, marks="to_review")
        fresh, leads, spent, schedule, outdated, cost = await asyncio.gather(
            asyncio.to_thread(self._sellers.count, new),
            asyncio.to_thread(self._sellers.count, worth),
            asyncio.to_thread(self._today.credits_since, month),
            asyncio.to_thread(self._schedules.find),
            self._judging.outdated(),
            self._expected(),
        )
        paid = Spending.of(spent, self._frame.visit.services.settings.credit_prices)
        self._figures.clear()
        with self._figures:
            facts(
                {
                    "New since your last visit" if self._since else "New in the latest search": _sellers(fresh),
                    f"Score {STRONG} or more of 100": _sellers(leads),
                    f"Spent in {month:%B}": str(paid),
                    "Next run": _next_run(schedule),
                },
                "figures",
            )
            if cost is not None:
                with Tag("div", "", "today-run"):
                    Tag("a", "Run now", "button primary", href="/collect")
                    Tag("p", f"About {cost} as the form proposes it. {self._paid_when()}", "hint")
            problem = cannot_start(schedule) if schedule is not None else None
            if problem:
                with notice(f"The schedule cannot start: {problem}. ", "bad", role="alert"):
                    Tag("a", "Correct the schedule", "link", href="/schedule")
            self._offer_replays(outdated)

    def _offer_replays(self, outdated: Outdated) -> None:
        """After an upgrade: offer to judge again what other versions judged."""
        if outdated.sentence is None:
            return
        with notice(f"{outdated.sentence}. "):
            if outdated.job_ids and self._frame.visit.may_run:
                more = len(outdated.job_ids) > AT_ONCE
                words = f"Judge the newest {AT_ONCE} again (free)" if more else "Judge again (free)"
                button(words).on("click", self._frame.act(self._judge_again, RUN))

    async def _judge_again(self, _: GenericEventArguments) -> None:
        started = await self._judging.start()
        self._frame.say(f"{wording.counted(started, 'replay')} started, one after another: 0 credits")
        await self.show()

    async def _expected(self) -> Spending | None:
        """What a run costs as the form of Collect proposes it; None for who may start none."""
        visit = self._frame.visit
        if not visit.may_run:
            return None
        shares, _ = await self._collections.forecast(SellersSettings())
        return spending(shares, visit.services.settings.credit_prices)

    def _paid_when(self) -> str:
        if self._frame.visit.services.settings.sandbox:
            return "They are the sandbox's: nothing is paid."
        return "Nothing is paid before you press Start there."

    def follow(self, snapshot: Snapshot) -> None:
        """Show the run that collects or waits to, if there is one."""
        view = snapshot.current
        if view is None:
            self._running = None
            self._bar.classes(replace="hidden")
            return
        if view.run.run_id != self._running:
            self._running = view.run.run_id
            self._draw_bar(view)
        self._fill_bar(view)

    def _draw_bar(self, view: RunView) -> None:
        number = view.run.run_id

        async def stop(_: GenericEventArguments) -> None:
            await self._collections.stop(number)
            self._frame.say("Stopping: calls in flight are finished, and what was found is kept")

        self._bar.clear()
        self._bar.classes(replace="today-bar")
        with self._bar:
            with Tag("div", "", "row between"):
                with Tag("span"):
                    Tag("a", f"Run {number}", "link", href=f"/history/{number}")
                    self._phase = Tag("span")
                if self._frame.visit.may_run:
                    button("Stop", "danger").on("click", self._frame.act(stop, RUN))
            with Tag("div", "", "bar", role="progressbar", aria_label=f"Progress of run {number}") as self._progress:
                self._filling = Tag("div")

    def _fill_bar(self, view: RunView) -> None:
        run = view.run
        total = max(run.phase_total, run.phase_progress)
        percent = run.phase_progress * PERCENT // total if total else 0
        words = f" {wording.phase_name(run.phase) if run.status != 'pending' else 'waits to be started'}"
        if total:
            words += f", {run.phase_progress:,} of {total:,}"
        if view.remaining:
            words += f", about {wording.duration(view.remaining)} left"
        self._phase.say(words)
        self._progress.put("aria-valuenow", percent).put("aria-valuemin", 0).put("aria-valuemax", PERCENT)
        self._filling.style(replace=f"width: {percent}%")


@dataclass(frozen=True, slots=True)
class _Visits:
    """The end of the visit before, and the latest moment of this one."""

    before: datetime | None
    latest: datetime | None

    @classmethod
    def of(cls, cookie: str) -> "_Visits":
        before, _, latest = cookie.partition("_")
        return cls(_moment(before), _moment(latest))


def _last_visit(cookie: str) -> datetime | None:
    """When the person was here before this visit, as this browser remembers; None for the first time."""
    visits, now = _Visits.of(cookie), utc_now()
    over = visits.latest is not None and now - visits.latest > VISIT_LASTS
    before = visits.latest if over else visits.before
    kept = f"{before.timestamp():.0f}" if before else ""
    value = f"{kept}_{now.timestamp():.0f}"
    ui.run_javascript(
        "const secure = location.protocol === 'https:' ? '; Secure' : '';"
        f"document.cookie = '{VISIT_COOKIE}={value}; path=/; max-age=31536000; SameSite=Lax' + secure"
    )
    return before


def _moment(text: str) -> datetime | None:
    if not (text.isascii() and text.isdigit() and len(text) <= len("9999999999")):
        return None
    return datetime.fromtimestamp(int(text), tz=utc_now().tzinfo)


def _sellers(count: Count) -> str:
    return wording.counted_rows(count, "seller")


def _next_run(schedule: Schedule | None) -> str:
    if schedule is None or not schedule.enabled:
        return "None planned"
    if cannot_start(schedule):
        return "Cannot start"
    moments = next_times(schedule, utc_now(), 1)
    return f"{moments[0]:%a %d %b, %H:%M}" if moments else wording.NOTHING
