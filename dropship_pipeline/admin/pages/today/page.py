"""The home page: which sellers are worth an hour, what is new, and the evidence for each."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

from nicegui import background_tasks, ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.today.charts import Charts
from dropship_pipeline.admin.pages.today.chosen import Chosen
from dropship_pipeline.admin.pages.today.deeds import Deeds
from dropship_pipeline.admin.pages.today.evidence import Evidence
from dropship_pipeline.admin.pages.today.inbox import Inbox, InboxRow, RowDeed, rows_of
from dropship_pipeline.admin.pages.today.keys import Deed, Keys
from dropship_pipeline.admin.pages.today.top import Top
from dropship_pipeline.admin.pages.today.views import Views
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.live import Snapshot
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Tag, button, empty
from dropship_pipeline.admin.pages.ui.visit import RUN, Visit
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.errors import StorageUnavailable
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.storage.review.marks import SellerMarks
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.review.today import LatestSearch, Today
from dropship_pipeline.storage.sellers.filters import SellerFilters
from dropship_pipeline.storage.sellers.listing import SellerList

PAGE_SIZE = 20
# Two people see each other's marks within so many seconds.
REVIEWS_POLL_S = 1.5
# What reads whole searches comes so long behind what a person works with, which the browser draws meanwhile.
BEHIND_S = 0.3
_LEAD = "Which eBay sellers likely dropship from Amazon? The likeliest first; the evidence is beside them."


def today_page(visit: Visit) -> Frame:
    """The page at /."""
    return Frame(visit, "Today", _Today(visit).draw, _LEAD)


class _Today:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        database, org = visit.services.database, visit.org
        self._list, self._marks = SellerList(database, org), SellerMarks(database, org)
        self._scores, self._today = SellerScores(database, org), Today(database, org)
        self._pager = Pager(self._show_page)
        self._ids: list[int] = []
        self._names: dict[int, str] = {}
        self._selected: int | None = None
        self._search = LatestSearch()
        self._top: Top | None = None
        self._ended: int | None = None
        self._reviewed_at: datetime | None = None

    async def draw(self, frame: Frame) -> None:
        self._frame = frame
        frame.heading()
        snapshot, found = await asyncio.gather(
            self._visit.feed.current(), asyncio.to_thread(self._list.count, at_most=1)
        )
        self._ended = _ended(snapshot)
        if found.number == 0:
            self._first_run()
            frame.listen(self._follow)
            return
        self._top, self._deeds, self._views = Top(frame), Deeds(frame, self._reload), Views(frame, self._pager.first)
        self._search, self._reviewed_at, _ = await asyncio.gather(
            asyncio.to_thread(self._today.latest), asyncio.to_thread(self._today.reviewed_at), self._top.show()
        )
        self._news = Tag("p", "", "muted today-news")
        self._say_news(self._search)  # what is told later must not move the list
        await self._views.draw()
        with Tag("div", "", "today"):
            with Tag("section", "", "card flush", aria_label="Sellers"):
                self._inbox = Inbox(frame, self._visit.services.settings.ebay_tld, self._row_deeds())
                self._empty = Tag("div", role="status")
                self._pager.draw(frame)
                # Last, so that a row does not move from under the pointer when the bar comes.
                self._chosen = Chosen(frame, self._reload, self._deeds.undo)
            self._evidence = Evidence(frame, self._deeds)
        self._keys(frame)
        self._charts = Charts(frame)
        await self._pager.first()
        ui.timer(BEHIND_S, self._tell_more, once=True)
        ui.timer(REVIEWS_POLL_S, self._look_again)
        frame.listen(self._follow)

    def _row_deeds(self) -> dict[str, RowDeed]:
        deeds: dict[str, RowDeed] = {"select": lambda seller_id, _: self._select(seller_id), "choose": self._choose}
        if self._deeds.may_review:
            deeds["star"] = lambda seller_id, _: self._deeds.star(seller_id)
            deeds["hide"] = lambda seller_id, _: self._deeds.hide(seller_id)
        return deeds

    async def _choose(self, seller_id: int, wanted: bool) -> None:
        self._chosen.choose(seller_id, self._names.get(seller_id, ""), wanted=wanted)
        self._inbox.tick(self._chosen, [seller_id])

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

    async def _tell_more(self) -> None:
        search = self._search
        if search.against is not None:
            changed = await asyncio.to_thread(self._today.count_changed, search)
            self._say_news(
                search,
                f"{changed['new']:,} new, {changed['back']:,} back, {changed['gone']:,} gone, "
                f"{changed['moved']:,} with a moved price.",
            )
        await self._charts.show()

    def _say_news(self, search: LatestSearch, changes: str = "they are being compared.") -> None:
        if search.run_id is None:
            self._news.say("")
        elif search.against is None:
            words = "is the first search of its settings: there is none to compare it with."
            self._news.say(f"Run {search.run_id} {words}")
        else:
            self._news.say(f"Run {search.run_id} against run {search.against}: {changes}")

    async def _show_page(self, cursor: str | None) -> str | None:
        filters = self._views.filters
        following = await self._show_rows(cursor)
        total = await asyncio.to_thread(self._list.count, filters)  # takes longer than reading a page
        self._pager.say(
            wording.counted(total.number, "seller") if total.exact else f"more than {total.number:,} sellers"
        )
        return following

    async def _show_rows(self, cursor: str | None) -> str | None:
        """Draw the rows; returns the cursor of the next page."""
        filters = self._views.filters  # another view may be chosen while its rows are read
        rows, following = await self._read_rows(filters, cursor)
        before, self._ids = self._ids, [row.seller.id for row in rows]
        self._names = {row.seller.id: row.seller.seller_name for row in rows}
        self._views.follow(filters)
        self._inbox.show(rows)
        self._inbox.tick(self._chosen, self._ids)
        self._empty.clear()
        if not rows:
            with self._empty:
                empty("No seller here", "Choose another view above, or search for less of the name.")
        await self._select_near(before)
        return following

    async def _read_rows(self, filters: SellerFilters, cursor: str | None) -> tuple[list[InboxRow], str | None]:
        """A page of sellers with what is known of each, read side by side, and the cursor of the next page."""
        read = partial(self._list.page, sort="likelihood", page_size=PAGE_SIZE, cursor=cursor)
        page = await asyncio.to_thread(read, filters)
        ids = [row.id for row in page.rows]
        marks, scores, pictures, changed = await asyncio.gather(
            asyncio.to_thread(self._marks.of, ids),
            asyncio.to_thread(self._scores.of, ids),
            asyncio.to_thread(self._today.pictures, ids),
            asyncio.to_thread(self._today.changed, self._search, ids),
        )
        return rows_of(page.rows, marks, scores, pictures, changed), page.next_cursor

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

    async def _reload(self, seller_id: int | None) -> None:
        """Show the list after a deed; of this seller, or of the one that is selected."""
        if seller_id is not None:
            self._selected = seller_id
        self._reviewed_at = await asyncio.to_thread(self._today.reviewed_at)
        await self._pager.again()

    async def _look_again(self) -> None:
        """Show what somebody else has said meanwhile."""
        reviewed_at = await asyncio.to_thread(self._today.reviewed_at)
        if reviewed_at != self._reviewed_at:
            self._reviewed_at = reviewed_at
            await self._pager.again()

    def _follow(self, snapshot: Snapshot) -> None:
        if self._top is not None:
            self._top.follow(snapshot)
        if _ended(snapshot) != self._ended:
            self._ended = _ended(snapshot)
            background_tasks.create(self._show_ended(), name="show what a run has found")

    async def _show_ended(self) -> None:
        """Show what a run has found that has just ended, where the person is."""
        with suppress(StorageUnavailable):  # the banner says so, and the next run is shown
            if self._top is None:
                await self._frame.fill()
                return
            self._search, _ = await asyncio.gather(asyncio.to_thread(self._today.latest), self._top.show())
            await self._pager.again()
            self._say_news(self._search)
            await self._tell_more()

    def _keys(self, frame: Frame) -> None:
        chosen = self._chosen

        def of_all(several: Deed, one: Deed) -> Deed:
            """Does it with those that are chosen; with the selected one where none is."""
            return lambda: several() if chosen else one()

        def of_selected(deed: Callable[[int], Awaitable[None]]) -> Deed:
            async def act() -> None:
                if self._selected is not None:
                    await deed(self._selected)

            return act

        Keys(
            frame,
            {
                "j": lambda: self._move(1),
                "k": lambda: self._move(-1),
                "s": of_all(chosen.star, of_selected(self._deeds.star)),
                "x": of_all(chosen.hide, of_selected(self._deeds.hide)),
                "m": of_selected(lambda seller_id: self._choose(seller_id, seller_id not in chosen)),
                "c": of_all(chosen.copy, _nothing_chosen(frame)),
                "e": of_all(chosen.export, _nothing_chosen(frame)),
                "l": lambda: self._evidence.step(1),
                "h": lambda: self._evidence.step(-1),
                "y": lambda: self._evidence.label(is_match=True),
                "b": lambda: self._evidence.label(is_match=False),
                "z": self._deeds.undo,
            },
        )


def _nothing_chosen(frame: Frame) -> Deed:
    async def tell() -> None:
        frame.say("No seller is chosen: press m on a row, or tick its box", "warn")

    return tell


def _ended(snapshot: Snapshot) -> int | None:
    """The run that ended last."""
    return None if snapshot.latest is None else snapshot.latest.run.run_id
