"""The page of one run: its course, its errors, its settings and a link to its Dagster run."""

import asyncio
import json
from dataclasses import dataclass
from urllib.parse import quote

from nicegui import background_tasks, ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.changes_card import SHOWN, changes_card
from dropship_pipeline.admin.pages.replay_card import replay_card
from dropship_pipeline.admin.pages.run_panel import RunPanel, error_list
from dropship_pipeline.admin.pages.seller import number_of
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.live import RunView, Snapshot
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Tag, button, empty, facts, outside_link
from dropship_pipeline.admin.pages.ui.visit import RUN, Visit
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.collection.costs import Prices, Spending, at_most
from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.jobs.registry import PRODUCTS, REPLAY, SELLERS
from dropship_pipeline.jobs.settings import ReplaySettings
from dropship_pipeline.models import OutcomeState
from dropship_pipeline.storage.review.changes import Changes, SellerChanges
from dropship_pipeline.storage.runs.errors import ErrorLog
from dropship_pipeline.storage.runs.readings import JobReading, Readings
from dropship_pipeline.storage.runs.reports import OutcomeCount, Reports, RunReport
from dropship_pipeline.storage.runs.values import JobFigures

PAGE_SIZE = 25
_STATES: tuple[OutcomeState, ...] = ("found", "none", "failed", "skipped")


@dataclass(frozen=True, slots=True)
class _Findings:
    """What a run's collection came to: how its searches ended, how well answers could be read, what changed."""

    outcomes: list[OutcomeCount]
    readings: list[JobReading]
    job: JobFigures
    changes: Changes | None


def run_page(visit: Visit) -> Frame:
    """The page at /history/{run_id}."""
    return Frame(visit, "Run", _Run(visit).draw)


class _Run:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._id = number_of(visit.request.path_params["run_id"])
        self._collections = Collections(visit.services, visit.org)
        self._reports = Reports(visit.services.database, visit.org)
        self._readings = Readings(visit.services.database, visit.org)
        self._log = ErrorLog(visit.services.database, visit.org)
        self._pager = Pager(self._show_errors)
        self._looking = False

    async def draw(self, frame: Frame) -> None:
        run = await self._collections.run(self._id)
        found = await self._findings(run)
        frame.retitle(f"Run {run.run_id}", back=("/history", "History"))
        with frame.heading():
            self._links(frame, run)
        with Tag("div", "", "stack"):
            self._panel = RunPanel(frame, RunView(run=run, errors=(), outcomes=found.outcomes), titled=False)
            self._cards = Tag("div", "", "charts")
            self._draw_cards(run, found)
            _config(run)
            with Tag("section", "", "card flush", aria_label="Errors"):
                Tag("h2", "Errors", "card-title")
                self._errors = Tag("div", "", "errors in-card")
                self._pager.draw(frame)
        self._shown = run
        await self._pager.first()
        frame.listen(self._follow)

    async def _findings(self, run: RunReport) -> _Findings:
        outcomes, readings, jobs, changes = await asyncio.gather(
            asyncio.to_thread(self._reports.outcomes, run.job_id),
            asyncio.to_thread(self._readings.of_job, run.job_id),
            asyncio.to_thread(self._reports.jobs, [run.job_id]),
            asyncio.to_thread(self._changes, run),
        )
        return _Findings(outcomes, readings, jobs[run.job_id], changes)

    def _changes(self, run: RunReport) -> Changes | None:
        if run.job_name != SELLERS.name or not run.ended:
            return None
        changes = SellerChanges(self._visit.services.database, self._visit.org)
        against = changes.run_before(run.run_id)
        return None if against is None else changes.between(against, run.run_id, most=SHOWN)

    def _draw_cards(self, run: RunReport, found: _Findings) -> None:
        self._cards.clear()
        with self._cards:
            prices = self._visit.services.settings.credit_prices
            _times(run, prices)
            if run.job_name == REPLAY.name:
                replay_card(run)
                return
            _collection(run, found.job, prices)
            _outcomes(found.outcomes, found.readings)
            if run.job_name == SELLERS.name and run.ended:
                changes_card(found.changes)

    def _links(self, frame: Frame, run: RunReport) -> None:
        if run.dagster_run_id:
            address = f"{self._visit.services.settings.dagster_url}/runs/{quote(run.dagster_run_id)}"
            outside_link("Open in Dagster", address, "button")
        if run.job_name == PRODUCTS.name:
            Tag("a", "Its products", "button", href=f"/products?run={run.run_id}")
        else:
            Tag("a", "Sellers", "button", href="/sellers")
        if run.job_name == SELLERS.name and run.ended and self._visit.may_run:
            button("Judge again (free)").on("click", frame.act(self._judge_again, RUN))

    async def _judge_again(self, _: GenericEventArguments) -> None:
        started = await self._collections.start(ReplaySettings(replayed_job_id=self._shown.job_id))
        ui.navigate.to(f"/history/{started.run_id}")

    def _follow(self, snapshot: Snapshot) -> None:
        """Read the run once a second until it has ended."""
        if not self._shown.ended and snapshot.storage is None and not self._looking:
            self._looking = True
            background_tasks.create(self._look(snapshot), name="look at a run")

    async def _look(self, snapshot: Snapshot) -> None:
        try:
            run = await self._collections.run(self._id)
            found = await self._findings(run)
            views = [view for view in (snapshot.current, snapshot.latest) if view is not None]
            remaining = next((view.remaining for view in views if view.run.run_id == run.run_id), None)
            self._panel.show(RunView(run=run, errors=(), outcomes=found.outcomes, remaining=remaining))
            if run != self._shown:
                self._shown = run
                self._draw_cards(run, found)
                await self._pager.again()
        except (StorageUnavailable, SettingsError):
            return  # the banner says so, and the next look comes by itself
        finally:
            self._looking = False

    async def _show_errors(self, cursor: str | None) -> str | None:
        number = int(cursor or 1)
        total, errors = await asyncio.gather(
            asyncio.to_thread(self._log.count, self._id),
            asyncio.to_thread(self._log.page, self._id, PAGE_SIZE, (number - 1) * PAGE_SIZE),
        )
        self._errors.clear()
        with self._errors:
            if errors:
                error_list(errors)
            elif self._shown.ended:
                empty("No errors", "Every query and product of this run could be collected and stored.")
            else:
                empty("No errors so far", "What cannot be collected or stored is listed here, with the reason.")
        self._pager.say(wording.counted(total, "error"))
        return str(number + 1) if number * PAGE_SIZE < total else None


def _times(run: RunReport, prices: Prices) -> None:
    spent = Spending.of_run(run, prices)
    with Tag("section", "", "card", aria_label="Record"):
        Tag("h2", "Record")
        facts(
            {
                "Asked for": wording.moment(run.created_at),
                "Started": wording.moment(run.started_at),
                "Ended": wording.moment(run.completed_at),
                "Duration": wording.duration(run.duration),
                "Last phase": wording.phase_name(run.phase),
                "Paid": str(spent),
                **({"Paid for a new seller": spent.each(run.new_sellers)} if run.new_sellers else {}),
                "Data": "Sandbox" if run.sandbox else "Live",
                **({"Parsers": f"version {run.parser_version}"} if run.parser_version else {}),
                **({"Matcher": f"version {run.matcher_version}"} if run.matcher_version else {}),
            }
        )


def _collection(run: RunReport, job: JobFigures, prices: Prices) -> None:
    """What all runs of its job came to together."""
    spent = Spending.of_job(job, prices)
    with Tag("section", "", "card", aria_label="Its collection"):
        Tag("h2", "Its collection")
        facts(
            {
                "Job id": job.job_id,
                "Products": wording.number(job.products_checked),
                "Distinct sellers": wording.number(job.sellers),
                "New sellers": wording.number(job.new_sellers),
                "Paid": str(spent),
                **({"Paid for a new seller": spent.each(job.new_sellers)} if job.new_sellers else {}),
                **({} if job.credits_budget is None else {"Budget": _budget(job.credits_budget, spent.total, prices)}),
            }
        )
        with Tag("p", "", "small"):
            Tag("span", f"{wording.counted(len(job.runs), 'run')}: ", "muted")
            for number in job.runs:
                if number == run.run_id:
                    Tag("span", f"Run {number} ")
                else:
                    Tag("a", f"Run {number}", "link", href=f"/history/{number}")
                    Tag("span", " ")


def _budget(budget: int, used: int, prices: Prices) -> str:
    money = at_most(budget, prices)
    return f"{used:,} of {budget:,} credits{f', which are {money} at most' if money else ''}"


def _outcomes(outcomes: list[OutcomeCount], readings: list[JobReading]) -> None:
    with Tag("section", "", "card", aria_label="Searches of its collection"):
        Tag("h2", "Searches of its collection")
        if not outcomes:
            Tag("p", "None has ended yet.", "muted")
            return
        with Tag("table", "", "forecast"):
            Tag("caption", "Searches of the collection by platform and outcome", "visually-hidden")
            with Tag("thead"), Tag("tr"):
                for text in ("Platform", *(state.capitalize() for state in _STATES)):
                    Tag("th", text, scope="col")
            with Tag("tbody"):
                for platform, name in wording.PLATFORMS.items():
                    counts = {one.state: one.queries for one in outcomes if one.platform == platform}
                    if counts:
                        with Tag("tr"):
                            Tag("td", name)
                            for state in _STATES:
                                Tag("td", wording.number(counts.get(state, 0)))
        for reading in readings:
            if reading.sentence:
                Tag("p", f"{reading.sentence}.", "muted")


def _config(run: RunReport) -> None:
    with Tag("section", "", "card", aria_label="Settings"), Tag("details"):
        Tag("summary", "Settings")
        Tag("pre", json.dumps(run.config, indent=2, ensure_ascii=False), "code mono", tabindex="0")
