"""The page that lists all runs, newest first, and charts how they ended."""

import asyncio
from collections.abc import Iterator

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.charts import draw_charts
from dropship_pipeline.admin.pages.ui.forms import Filled, choice, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.markup import Cells, Column, Table, badge, tag, together
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Tag, empty
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.collection.costs import Spending
from dropship_pipeline.models import RunState
from dropship_pipeline.storage.runs.reports import Reports, RunPage, RunReport
from dropship_pipeline.storage.runs.values import JobFigures

PAGE_SIZE = 25
POINTS = 60
_STATES: dict[RunState, str] = {
    "completed": "Completed", "degraded": "Degraded", "failed": "Failed", "stopped": "Stopped", "running": "Running",
    "pending": "Waiting",
}  # fmt: skip
_COLUMNS = (
    Column("Run", "text"),
    Column("Kind", "text"),
    Column("State", "text"),
    Column("Started", "text"),
    Column("Duration", "number"),
    Column("Products", "number"),
    Column("Sellers", "number"),
    Column("New", "number"),
    Column("Credits, Amazon + eBay", "number"),
)
_MONEY = (Column("Money", "number"), Column("Per new seller", "number"))


def history_page(visit: Visit) -> Frame:
    """The page at /history."""
    return Frame(visit, "History", _History(visit).draw, "Every run, what it found and what it cost.")


class _History:
    def __init__(self, visit: Visit) -> None:
        self._reports = Reports(visit.services.database, visit.org)
        self._prices = visit.services.settings.credit_prices
        asked = visit.request.query_params.get("state")
        self._state: RunState | None = next((state for state in _STATES if state == asked), None)
        self._pager = Pager(self._show)

    async def draw(self, frame: Frame) -> None:
        points = await asyncio.to_thread(self._reports.points, POINTS)
        frame.heading()
        draw_charts(points, self._prices)
        changed = frame.act(self._filter)
        with form("Filter runs", "filters", changed=changed, sent=changed):
            states = {"": "All states"} | {str(state): name for state, name in _STATES.items()}
            choice("State", "state", states, self._state or "", classes="medium")
        with Tag("section", "", "card flush", aria_label="Runs"):
            self._table = Table("Runs", (*_COLUMNS, *(_MONEY if self._prices else ())))
            self._empty = Tag("div", role="status")
            self._pager.draw(frame)
        await self._pager.first()

    async def _filter(self, event: GenericEventArguments) -> None:
        asked = Filled.of(event).text("state")
        self._state = next((state for state in _STATES if state == asked), None)
        ui.navigate.history.replace(f"/history?state={self._state}" if self._state else "/history")
        await self._pager.first()

    async def _show(self, cursor: str | None) -> str | None:
        number = int(cursor or 1)
        page = await asyncio.to_thread(self._reports.page, number, PAGE_SIZE, self._state)
        self._table.show(self._rows(page))
        self._empty.clear()
        if not page.runs:
            with self._empty:
                if self._state:
                    empty(f"No run is {wording.state_word(self._state)}", "Choose another state.")
                else:
                    empty("No runs yet", "Start one on the Collect page; it is listed here from then on.")
        self._pager.say(wording.counted(page.total, "run"))
        return str(number + 1) if number * PAGE_SIZE < page.total else None

    def _rows(self, page: RunPage) -> Iterator[Cells]:
        for job, runs in page.by_job:
            several = len(job.runs) > 1
            if several:
                yield self._of_job(job)
            yield from (self._of_run(run, within=several) for run in runs)

    def _of_job(self, job: JobFigures) -> Cells:
        """What the runs below it came to together."""
        title = f"All runs of job id {job.job_id}: {', '.join(map(str, job.runs))}"
        return (
            tag("strong", "Collection", title=title),
            wording.job_name(job.job_name),
            wording.counted(len(job.runs), "run"),
            "",
            "",
            wording.number(job.products_checked),
            wording.number(job.sellers),
            wording.number(job.new_sellers),
            *self._spent(Spending.of_job(job, self._prices), job.new_sellers),
        )

    def _of_run(self, run: RunReport, *, within: bool) -> Cells:
        indent = tag("span", "↳ ", class_="muted", aria_hidden="true") if within else None
        goes_on = (
            tag("span", f" continued by Run {run.continued_by}", class_="muted small") if run.continued_by else None
        )
        return (
            together(indent, tag("a", f"Run {run.run_id}", class_="link", href=f"/history/{run.run_id}")),
            wording.job_name(run.job_name),
            together(badge(wording.state_word(run.status), wording.state_tone(run.status)), goes_on),
            wording.moment(run.started_at),
            wording.duration(run.duration),
            wording.number(run.products_checked),
            wording.number(run.sellers_found),
            wording.number(run.new_sellers),
            *self._spent(Spending.of_run(run, self._prices), run.new_sellers),
        )

    def _spent(self, spent: Spending, new_sellers: int) -> list[str]:
        """The cells of credits and money."""
        if not self._prices:
            return [wording.credits(spent)]
        amounts = (spent.whole, spent.per(new_sellers))
        return [wording.credits(spent), *(str(one or wording.NOTHING) for one in amounts)]
