"""The home page: which sellers are worth an hour, what is new, and the evidence for each."""

import asyncio
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments, KeyEventArguments

from dropship_pipeline.admin.pages.today.evidence import Evidence
from dropship_pipeline.admin.pages.today.inbox import Deeds, Inbox, rows_of
from dropship_pipeline.admin.pages.today.top import Top
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, field, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.live import Snapshot
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Tag, button, empty
from dropship_pipeline.admin.pages.ui.visit import RUN, Visit
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.storage.review.marks import MARK_FILTERS, MarkChange, MarkFilter, SellerMarks
from dropship_pipeline.storage.review.saved_views import MAX_NAME_CHARS, SavedViews
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.review.today import LatestChanges, Today
from dropship_pipeline.storage.sellers.listing import SellerFilters, SellerList

REVIEW = "collection.review"
PAGE_SIZE = 25
MAX_SEARCH = 200
# Two people see each other's marks within so many seconds.
MARKS_POLL_S = 1.5
VIEWS: dict[MarkFilter, str] = {"to_review": "To review", "starred": "Starred", "hidden": "Hidden", "all": "All"}
KEYS = {
    "j": "next seller", "k": "previous seller", "s": "star or unstar", "x": "hide or show again", "n": "write a note",
    "z": "undo your last change", "/": "search", "?": "show or hide these keys",
}  # fmt: skip
_LEAD = "Which eBay sellers are likely to send what Amazon ships? The likeliest first; the evidence is beside them."
# In the browser itself: what is typed next must already reach the field.
_FOCUS_KEYS = """
    if (!window.focusKeys) {
        window.focusKeys = {'/': '.today-search', 'n': '.today-note'};
        document.addEventListener('keydown', (event) => {
            const field = document.querySelector(window.focusKeys[event.key] ?? 'none');
            const typing = event.target.matches('input, select, textarea');
            if (!field || typing || event.ctrlKey || event.altKey || event.metaKey) return;
            event.preventDefault();
            field.focus();
        });
    }
"""


def today_page(visit: Visit) -> Frame:
    """The page at /."""
    return Frame(visit, "Today", _Today(visit).draw, _LEAD)


class _Today:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        database, org = visit.services.database, visit.org
        self._list, self._marks = SellerList(database, org), SellerMarks(database, org)
        self._scores, self._today = SellerScores(database, org), Today(database, org)
        self._views = SavedViews(database, org)
        asked = visit.request.query_params
        marks: MarkFilter = next((name for name in MARK_FILTERS if name == asked.get("view")), "to_review")
        self._filters = SellerFilters(marks=marks, search=asked.get("search", "")[:MAX_SEARCH])
        self._pager = Pager(self._show_page)
        self._ids: list[int] = []
        self._selected: int | None = None
        self._changes = LatestChanges()
        self._marked_at: datetime | None = None

    @property
    def _may_review(self) -> bool:
        return self._visit.principal.may(REVIEW)

    async def draw(self, frame: Frame) -> None:
        self._frame = frame
        frame.heading()
        if (await asyncio.to_thread(self._list.count, at_most=1)).number == 0:
            self._first_run()
            return
        self._top = Top(frame)
        self._changes, self._marked_at, _ = await asyncio.gather(
            asyncio.to_thread(self._today.changes), asyncio.to_thread(self._today.marked_at), self._top.show()
        )
        self._news = Tag("p", "", "muted today-news")
        self._tell_news()
        await self._view_bar()
        with Tag("div", "", "today"):
            with Tag("section", "", "card flush", aria_label="Sellers"):
                deeds = Deeds(
                    select=self._select,
                    star=self._star if self._may_review else None,
                    hide=self._hide if self._may_review else None,
                )
                self._inbox = Inbox(frame, self._visit.services.settings.ebay_tld, deeds)
                self._empty = Tag("div", role="status")
                self._pager.draw(frame)
            self._evidence = Evidence(frame, self._keep_note if self._may_review else None)
        self._keys()
        await self._pager.first()
        ui.timer(MARKS_POLL_S, self._look_again)
        frame.listen(self._follow)

    def _first_run(self) -> None:
        """Nothing was found yet: one button, or the way to the form where a search costs credits."""
        with Tag("section", "", "card empty"):
            Tag("p", "No sellers yet", "empty-title")
            if self._visit.services.settings.sandbox and self._visit.may_run:
                Tag("p", "Try it on the sandbox marketplace: it costs nothing and takes about a minute.", "muted")
                button("Find the first sellers", "primary").on("click", self._frame.act(self._start_first, RUN))
            else:
                Tag("p", "Start “Find sellers”: the form shows first what it will cost.", "muted")
                Tag("a", "Start a run", "button primary", href="/collect")

    async def _start_first(self, _: GenericEventArguments) -> None:
        await Collections(self._visit.services, self._visit.org).start(SellersSettings())
        ui.navigate.to("/collect")

    def _tell_news(self) -> None:
        changes = self._changes
        if changes.run_id is None:
            words = ""
        elif changes.against is None:
            words = f"Run {changes.run_id} is the first search of its settings: there is none to compare it with."
        else:
            words = (
                f"Run {changes.run_id} against run {changes.against}: {len(changes.new)} new, "
                f"{len(changes.back)} back, {len(changes.gone)} gone, {len(changes.moved)} with a moved price."
            )
        self._news.say(words)

    async def _view_bar(self) -> None:
        saved = await asyncio.to_thread(self._views.list)
        with Tag("div", "", "today-views"):
            with Tag("nav", "", "nav", aria_label="Views"), Tag("ul"):
                for view, name in VIEWS.items():
                    here = view == self._filters.marks
                    with Tag("li"):
                        Tag("a", name, href=_address(replace(self._filters, marks=view)), aria_current=_page(here=here))
                for kept in saved:
                    here = kept.address == _address(self._filters)
                    with Tag("li"):
                        Tag("a", kept.name, href=kept.address, title="Saved view", aria_current=_page(here=here))
            changed = self._frame.act(self._search)
            with Tag("search"), form("Search", "filters", changed=changed, sent=changed):
                box = field(
                    "Search by name", "search", self._filters.search, type="search", placeholder="Part of a name"
                )
                box.classes("today-search")
            if self._may_review:
                with Tag("details"):
                    Tag("summary", "Save this view")
                    with form("Save this view", "with-button", sent=self._frame.act(self._save_view, REVIEW)):
                        field("Name of the view", "name", maxlength=MAX_NAME_CHARS)
                        button("Save", type="submit")
        with Tag("section", "", "hidden", aria_label="Keys") as self._help, Tag("dl", "", "keys"):
            for key, words in KEYS.items():
                with Tag("div"):
                    Tag("dt", key, "mono")
                    Tag("dd", words)

    async def _save_view(self, event: GenericEventArguments) -> None:
        name, address = Filled.of(event).text("name"), _address(self._filters)
        await asyncio.to_thread(self._views.save, name, address, by=self._visit.principal.name)
        ui.navigate.to(address)

    async def _search(self, event: GenericEventArguments) -> None:
        self._filters = replace(self._filters, search=Filled.of(event).text("search")[:MAX_SEARCH])
        ui.navigate.history.replace(_address(self._filters))
        await self._pager.first()

    async def _show_page(self, cursor: str | None) -> str | None:
        page, total = await asyncio.gather(
            asyncio.to_thread(self._list.page, self._filters, sort="likelihood", page_size=PAGE_SIZE, cursor=cursor),
            asyncio.to_thread(self._list.count, self._filters),
        )
        ids = [row.id for row in page.rows]
        marks, scores, pictures = await asyncio.gather(
            asyncio.to_thread(self._marks.of, ids),
            asyncio.to_thread(self._scores.of, ids),
            asyncio.to_thread(self._today.pictures, ids),
        )
        before, self._ids = self._ids, ids
        self._inbox.show(rows_of(page.rows, marks, scores, pictures), self._changes)
        self._pager.say(
            wording.counted(total.number, "seller") if total.exact else f"more than {total.number:,} sellers"
        )
        self._empty.clear()
        if not ids:
            with self._empty:
                empty("No seller here", "Choose another view above, or search for less of the name.")
        await self._select_near(before)
        return page.next_cursor

    async def _select_near(self, before: list[int]) -> None:
        """Keep the selected seller; where it has left the list, take the one that is now at its place."""
        if self._selected not in self._ids:
            place = before.index(self._selected) if self._selected in before else 0
            self._selected = self._ids[min(place, len(self._ids) - 1)] if self._ids else None
        self._inbox.select(self._selected)
        await self._evidence.show(self._selected)

    async def _select(self, seller_id: int) -> None:
        self._selected = seller_id
        self._inbox.select(seller_id)
        await self._evidence.show(seller_id)

    async def _move(self, step: int) -> None:
        if self._ids:
            place = self._ids.index(self._selected) + step if self._selected in self._ids else 0
            await self._select(self._ids[min(max(place, 0), len(self._ids) - 1)])
            ui.run_javascript("document.querySelector('.lead[aria-current]')?.scrollIntoView({block: 'nearest'})")

    async def _star(self, seller_id: int) -> None:
        marks = (await asyncio.to_thread(self._marks.of, [seller_id])).get(seller_id)
        starred = not (marks and marks.starred)
        await self._change(seller_id, MarkChange(starred=starred), "Starred" if starred else "No longer starred")

    async def _hide(self, seller_id: int) -> None:
        marks = (await asyncio.to_thread(self._marks.of, [seller_id])).get(seller_id)
        hidden = not (marks and marks.hidden)
        await self._change(seller_id, MarkChange(hidden=hidden), "Hidden" if hidden else "Shown again")

    async def _keep_note(self, seller_id: int, note: str) -> None:
        await self._change(seller_id, MarkChange(note=note), "The note is saved")

    async def _change(self, seller_id: int, change: MarkChange, said: str) -> None:
        if not self._may_review:
            self._frame.say(f"Your token does not allow this: it needs {REVIEW}.", "bad")
            return
        await asyncio.to_thread(self._marks.change, [seller_id], change, by=self._visit.principal.name)
        self._frame.say(f"{said}. Press z to undo.", "good")
        await self._reload_marks()

    async def _undo(self) -> None:
        if not self._may_review:
            return
        undone = await asyncio.to_thread(self._marks.undo, by=self._visit.principal.name)
        self._frame.say("Undone" if undone.change_id else "There is nothing to undo", "good")
        if undone.seller_ids:
            self._selected = undone.seller_ids[0]
        await self._reload_marks()

    async def _reload_marks(self) -> None:
        self._marked_at = await asyncio.to_thread(self._today.marked_at)
        await self._pager.again()

    async def _look_again(self) -> None:
        """Show what somebody else has marked meanwhile."""
        marked_at = await asyncio.to_thread(self._today.marked_at)
        if marked_at != self._marked_at:
            self._marked_at = marked_at
            await self._pager.again()

    def _follow(self, snapshot: Snapshot) -> None:
        self._top.follow(snapshot)

    def _keys(self) -> None:
        deeds = {
            "j": lambda: self._move(1),
            "k": lambda: self._move(-1),
            "s": lambda: self._star(self._selected) if self._selected else _nothing(),
            "x": lambda: self._hide(self._selected) if self._selected else _nothing(),
            "z": self._undo,
            "?": self._toggle_help,
        }

        async def pressed(event: KeyEventArguments) -> None:
            other = event.modifiers.ctrl or event.modifiers.alt or event.modifiers.meta
            deed = deeds.get(event.key.name)
            if deed is not None and event.action.keydown and not other:
                await self._frame.act(lambda _: deed())(
                    GenericEventArguments(sender=event.sender, client=event.client, args=None)
                )

        ui.run_javascript(_FOCUS_KEYS)
        ui.keyboard(on_key=pressed, repeating=False, ignore=["input", "select", "textarea"])

    async def _toggle_help(self) -> None:
        shown = "hidden" not in self._help.classes
        self._help.classes(replace="hidden" if shown else "card")


async def _nothing() -> None:
    """No seller is selected."""


def _address(filters: SellerFilters) -> str:
    values = {"view": "" if filters.marks == "to_review" else filters.marks, "search": filters.search}
    given = {name: value for name, value in values.items() if value}
    return f"/?{urlencode(given)}" if given else "/"


def _page(*, here: bool) -> str | None:
    return "page" if here else None
