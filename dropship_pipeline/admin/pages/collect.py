"""The page that starts a run, shows its forecast first and its progress after."""

import asyncio

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.run_panel import RunPanel
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forecast import ForecastCard
from dropship_pipeline.admin.pages.ui.forms import Filled, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.job_form import JobFields
from dropship_pipeline.admin.pages.ui.live import Snapshot
from dropship_pipeline.admin.pages.ui.parts import Tag, button, notice
from dropship_pipeline.admin.pages.ui.visit import RUN, Visit
from dropship_pipeline.admin.problems import Conflict
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.jobs.registry import DEFAULT_JOB
from dropship_pipeline.storage.runs.reports import RunReport
from dropship_pipeline.storage.sellers.categories import category_names

_LEAD = "Start a run and follow it. Nothing is paid for twice, and a run that stops can go on where it was."


def collect_page(visit: Visit) -> Frame:
    """The page at /collect."""
    return Frame(visit, "Collect", _Collect(visit).draw, _LEAD)


class _Collect:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._collections = Collections(visit.services, visit.org)
        self._panel: RunPanel | None = None
        self._queued: list[int] = []
        self._starting = False
        self._filled = Filled([])

    async def draw(self, frame: Frame) -> None:
        self._frame = frame
        self._panel = None
        self._queued = []
        database = self._visit.services.database
        known = await asyncio.to_thread(category_names, database, self._visit.org)
        await self._visit.feed.current()
        frame.heading()
        with Tag("div", "", "stack live"):
            self._live = Tag("div")
            self._queue = Tag("div", "", "hidden")
        if self._visit.may_run:
            self._form(known)
            self._filled = self._fields.first
            await self._refresh()
        else:
            notice("Your token lets you look, but not start runs: that needs the permission collection.run.", role=None)
        frame.listen(self._show)

    def _form(self, known: list[str]) -> None:
        frame = self._frame
        sent = frame.act(self._start, RUN)
        with form("Start a run", "split", changed=frame.act(self._change), sent=sent):
            with Tag("section", "", "card form", aria_label="What to collect"):
                Tag("h2", "New run")
                self._fields = JobFields(frame, DEFAULT_JOB.name, {}, known, self._refresh)
            with Tag("section", "", "card aside", aria_label="Forecast"):
                Tag("h2", "Forecast")
                self._forecast = ForecastCard(
                    self._collections, self._fields, self._visit.services.settings.credit_prices
                )
                self._conflict = Tag("div", "", "stack", role="status")
                self._submit = button("Start", "primary", type="submit").classes("big")

    async def _change(self, event: GenericEventArguments) -> None:
        self._filled = Filled.of(event)
        self._conflict.clear()
        await self._refresh()

    async def _refresh(self) -> None:
        fits = await self._forecast.show(self._filled)
        if not self._starting:
            self._submit.say(f"Start, about {self._forecast.expected}" if fits else "Start")
        self._submit.put("disabled", self._starting or not fits)

    async def _start(self, event: GenericEventArguments) -> None:
        self._filled = Filled.of(event)
        await self._launch(queue=False)

    async def _wait_in_line(self, _: GenericEventArguments) -> None:
        await self._launch(queue=True)

    async def _launch(self, *, queue: bool) -> None:
        if self._starting:  # a double click starts one run
            return
        settings = self._fields.read(self._filled)
        self._starting = True
        self._submit.say("Starting…").put("disabled", True)
        try:
            started = await self._collections.start(settings, queue=queue)
        except Conflict as error:
            self._offer_queue(error)
            return
        finally:
            self._starting = False
            await self._refresh()
        self._conflict.clear()
        self._frame.say(f"Run {started.run_id} {'waits for its turn' if queue else 'is starting'}", "good")
        self._show(await self._visit.feed.current())

    def _offer_queue(self, error: Conflict) -> None:
        self._conflict.clear()
        with self._conflict:
            name = f"Run {error.run_id}" if error.run_id else "Another run"
            notice(f"{name} has not ended, and one run collects at a time.", "warn", role=None)
            with Tag("div", "", "row"):
                button("Wait in line").on("click", self._frame.act(self._wait_in_line, RUN))
                if error.run_id:
                    Tag("a", f"See run {error.run_id}", "link", href=f"/history/{error.run_id}")

    def _show(self, snapshot: Snapshot) -> None:
        view = snapshot.current or snapshot.latest
        if view is None:
            return
        if self._panel is None or self._panel.run_id != view.run.run_id:
            self._live.clear()
            with self._live:
                self._panel = RunPanel(self._frame, view)
        else:
            self._panel.show(view)
        self._show_queue([run for run in snapshot.waiting if run.run_id != view.run.run_id])

    def _show_queue(self, waiting: list[RunReport]) -> None:
        numbers = [run.run_id for run in waiting]
        if numbers == self._queued:
            return
        self._queued = numbers
        self._queue.clear()
        self._queue.classes(replace="card stack" if waiting else "hidden")
        with self._queue:
            for run in waiting:
                self._waiting(run)

    def _waiting(self, run: RunReport) -> None:
        async def take_out(_: GenericEventArguments) -> None:
            await self._collections.stop(run.run_id)
            await self._visit.feed.current()

        with Tag("div", "", "row between"):
            with Tag("span"):
                Tag("a", f"Run {run.run_id}", "link", href=f"/history/{run.run_id}")
                Tag("span", f" {wording.job_name(run.job_name)}, waiting in line", "muted")
            if self._visit.may_run:
                button("Take out").on("click", self._frame.act(take_out, RUN))
