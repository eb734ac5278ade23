"""The card about one run: phase, progress bar, counters, last errors and buttons. Every visit sees the same."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from nicegui import background_tasks
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.live import RunView
from dropship_pipeline.admin.pages.ui.parts import Tag, badge, button, facts
from dropship_pipeline.admin.pages.ui.visit import RUN
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.collection.forecast import spending
from dropship_pipeline.collection.resuming import not_resumable
from dropship_pipeline.errors import CollectionError
from dropship_pipeline.jobs.registry import PRODUCTS, SELLERS
from dropship_pipeline.models import PLATFORM_PROVIDERS
from dropship_pipeline.storage.runs.errors import ErrorReport
from dropship_pipeline.storage.runs.reports import RunReport

PERCENT = 100
Counters = dict[str, Callable[[RunView], int]]
# Each group has one scope, which its heading names.
_OF_COLLECTION: dict[str, Counters] = {
    PRODUCTS.name: {"Queries asked": lambda view: view.ended_as("found", "none", "failed", "skipped")},
    SELLERS.name: {"Searched": lambda view: view.ended_as("found", "none", "failed")},
}
_ENDS: Counters = {
    "Found": lambda view: view.ended_as("found"),
    "None": lambda view: view.ended_as("none"),
    "Failed": lambda view: view.ended_as("failed"),
}
_OF_RUN: dict[str, Counters] = {
    PRODUCTS.name: {"Products": lambda view: view.run.products_checked},
    SELLERS.name: {"Sellers": lambda view: view.run.sellers_found, "New": lambda view: view.run.new_sellers},
}
# Not added: credits of two providers are not of one kind.
_CREDITS: Counters = {
    "Credits, Amazon": lambda view: view.run.credits_by_provider.get(PLATFORM_PROVIDERS["amazon"], 0),
    "Credits, eBay": lambda view: view.run.credits_by_provider.get(PLATFORM_PROVIDERS["ebay"], 0),
}


def _groups(job_name: str) -> dict[str, Counters]:
    """The counters of a job's runs, by the heading that says what they count."""
    known = job_name if job_name in _OF_RUN else SELLERS.name
    return {
        "The collection, all its runs": _OF_COLLECTION[known] | _ENDS,
        "This run": _OF_RUN[known] | _CREDITS,
    }


class RunPanel:
    """A card about one run. Make it once, then `show` it as it changes.

    Args:
        titled: whether its heading links to the run's own page.
    """

    def __init__(self, frame: Frame, view: RunView, *, titled: bool = True) -> None:
        self._frame = frame
        self._run_id = view.run.run_id
        self._collections = Collections(frame.visit.services, frame.visit.org)
        self._errors_shown: Sequence[ErrorReport] | None = None
        self._shown_state: tuple[str, bool] | None = None
        with Tag("section", "", "card run-panel", aria_label=f"Run {view.run.run_id}"):
            self._head(view.run, titled=titled)
            with Tag("div", "", "run-body"):
                self._progress(view.run)
                self._counters: list[tuple[Tag, Callable[[RunView], int]]] = []
                for heading, counters in _groups(view.run.job_name).items():
                    Tag("h3", heading, "figures-head")
                    shown = facts(dict.fromkeys(counters, "0"), "figures")
                    self._counters += [(shown[name], count) for name, count in counters.items()]
                self._message = Tag("p", "", "notice")
                self._errors = Tag("div", "", "errors")
        self.show(view)

    @property
    def run_id(self) -> int:
        """The number of the run that it shows."""
        return self._run_id

    def show(self, view: RunView) -> None:
        """Show the present state of the run."""
        run = view.run
        self._state.say(wording.state_word(run.status)).classes(replace=f"badge {wording.state_tone(run.status)}")
        self._show_progress(view)
        for shown, count in self._counters:
            shown.say(wording.number(count(view)))
        self._message.say(_explained(run)).classes(replace=f"notice {wording.state_tone(run.status)}")
        if self._errors_shown != view.errors:
            self._errors_shown = view.errors
            self._show_errors(view.errors)
        state = (run.status, run.ended)
        if self._shown_state != state:
            self._shown_state = state
            self._show_actions(run)

    def _head(self, run: RunReport, *, titled: bool) -> None:
        with Tag("div", "", "card-head"):
            with Tag("div", "", "row"):
                with Tag("h2"):
                    if titled:
                        Tag("a", f"Run {run.run_id}", "link", href=f"/history/{run.run_id}")
                        Tag("span", f" {wording.job_name(run.job_name)}")
                    else:
                        Tag("span", wording.job_name(run.job_name))
                self._state = badge("")
                if run.sandbox:
                    badge("Sandbox data", "warn")
            self._actions = Tag("div", "", "row")

    def _progress(self, run: RunReport) -> None:
        with Tag("div", "", "progress"):
            with Tag("div", "", "progress-line"):
                self._phase = Tag("span")
                self._items = Tag("span", "", "muted")
            with Tag("div", "", "bar", role="progressbar", aria_label=f"Progress of run {run.run_id}") as self._bar:
                self._filling = Tag("div")

    def _show_progress(self, view: RunView) -> None:
        run = view.run
        done, total = run.phase_progress, max(run.phase_total, run.phase_progress)
        percent = PERCENT if run.status == "completed" else done * PERCENT // total if total else 0
        self._phase.say(_phase(run))
        self._items.say(_items(view, done, total, percent))
        self._bar.put("aria-valuenow", percent).put("aria-valuemin", 0).put("aria-valuemax", PERCENT)
        self._bar.put("aria-valuetext", f"{percent} %, {done} of {total}")
        self._filling.style(replace=f"width: {percent}%")

    def _show_errors(self, errors: Sequence[ErrorReport]) -> None:
        self._errors.clear()
        if not errors:
            return
        with self._errors:
            Tag("h3", "Last errors")
            error_list(errors)

    def _show_actions(self, run: RunReport) -> None:
        self._actions.clear()
        if not self._frame.visit.may_run:
            return
        with self._actions:
            if run.status in ("pending", "running"):
                button("Stop", "danger").on("click", self._frame.act(self._stop, RUN))
            elif not_resumable(run, sandbox=self._frame.visit.services.settings.sandbox) is None:
                self._offer_resume(run)

    def _offer_resume(self, run: RunReport) -> None:
        resume = self._frame.act(self._resume, RUN)
        with form(f"Resume run {run.run_id}", "row", sent=resume):
            if run.credits_budget is not None:
                label = "Budget of the collection, in credits"
                budget = Tag("input", "", "input budget", type="number", name="max_credits", min=0)
                budget.put("defaultValue", str(run.credits_budget)).put("aria-label", label)
                budget.put("title", f"{label}, over all its runs")
            button("Resume", "primary", type="submit")
        cost = Tag("span", "", "muted small", role="status")
        background_tasks.create(self._forecast_resume(cost), name="forecast of going on")

    async def _forecast_resume(self, cost: Tag) -> None:
        """Say what going on costs, as soon as that is known."""
        with suppress(CollectionError):  # what is wrong is said when a person resumes
            shares, seconds = await self._collections.resume_forecast(self._run_id)
            together = spending(shares, self._frame.visit.services.settings.credit_prices)
            cost.say(f"About {together} at most, {wording.duration(seconds)}")

    async def _stop(self, _: GenericEventArguments) -> None:
        await self._collections.stop(self._run_id)
        self._frame.say("Stopping: calls in flight are finished, and what was found is kept")
        await self._frame.visit.feed.current()

    async def _resume(self, event: GenericEventArguments) -> None:
        budget = Filled.of(event).integer("max_credits", "Budget")
        started = await self._collections.resume(self._run_id, budget)
        self._frame.say(f"Run {started.run_id} goes on from there; nothing is paid for twice", "good")
        await self._frame.visit.feed.current()


def error_list(errors: Sequence[ErrorReport]) -> None:
    """Errors with their reason, what they cost, and when."""
    with Tag("ul", "", "list"):
        for error in errors:
            with Tag("li"):
                with Tag("div", "", "row"):
                    badge(error.reason, "bad")
                    subject = error.query or error.product_id or ""
                    platform = wording.PLATFORMS.get(error.platform, error.platform)
                    Tag("span", " · ".join(filter(None, [platform, subject])), "where")
                    Tag("span", wording.moment(error.occurred_at), "muted small")
                Tag("p", error.message, "message")


def _phase(run: RunReport) -> str:
    if run.ended:
        return f"Took {wording.duration(run.duration)}" if run.duration else "Did not begin"
    if run.status == "pending":
        return "Waiting for its turn" if run.heartbeat_at else "Waiting for Dagster to start it"
    return "Stopping: finishing what is in flight" if run.status == "stopping" else wording.phase_name(run.phase)


def _items(view: RunView, done: int, total: int, percent: int) -> str:
    if not total or view.run.status == "completed":
        return ""
    words = f"{done:,} of {total:,} ({percent} %)"
    if view.remaining:
        words += f", about {wording.duration(view.remaining)} left"
    return words


def _explained(run: RunReport) -> str:
    """How a run ended, in a sentence; nothing while it goes on."""
    if not run.ended:
        return ""
    if run.continued_by is not None:
        how = f"{run.error_message.rstrip('.')}. " if run.error_message else ""
        return f"{how}Continued by Run {run.continued_by}."
    doubt = (run.error_details or {}).get("doubt")
    reason = run.error_message or (doubt if isinstance(doubt, str) else None)
    if reason:
        return reason
    return {
        "completed": "Everything that was asked for has been looked at.",
        "degraded": "So much failed that “not found” says nothing. Resume it to try what failed again.",
        "stopped": "It was stopped. What was found is kept; resume it to go on from there.",
        "failed": "It failed without a word; its Dagster run may say why.",
    }[run.status]
