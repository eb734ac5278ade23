"""The page that lists sellers: search, filters, sorting, export and copying of names."""

import asyncio
from dataclasses import replace
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.lists.columns import column_form, show_order, shown, sorters
from dropship_pipeline.admin.pages.lists.seller_columns import COLUMNS, NAME, USUAL, Known
from dropship_pipeline.admin.pages.lists.seller_query import MAX_COPIED, SellerQuery, copied_names
from dropship_pipeline.admin.pages.lists.values import EXPORTS, export_values
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.clipboard import Clipboard
from dropship_pipeline.admin.pages.ui.forms import Filled, choice, field, form, suggestions, tick
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Table, Tag, badge, button, empty, outside_link, seller_page
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.review.marks import Marks, SellerMarks
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.sellers.categories import category_names
from dropship_pipeline.storage.sellers.filters import EVERY_SELLER
from dropship_pipeline.storage.sellers.listing import SellerList

PAGE_SIZE = 50
EXPORT = "/api/collection/sellers/export"
LABELS = "/api/collection/labels/export"
_MARKS: dict[str, str] = {
    "all": "All", "to_review": "Neither starred nor hidden", "starred": "Starred", "hidden": "Hidden",
}  # fmt: skip
_UNKNOWN = (
    "“Photo share”: of the photos of a seller's accepted listings that were compared, how many are Amazon's own. "
    "Sellers whose margin is not known, or of whose photos none was compared, pass no filter on it."
)
_LEAD = "eBay sellers who offer best-selling products. Open one to see the evidence."


def sellers_page(visit: Visit) -> Frame:
    """The page at /sellers."""
    return Frame(visit, "Sellers", _Sellers(visit).draw, _LEAD)


class _Sellers:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._list = SellerList(visit.services.database, visit.org)
        self._query = SellerQuery.of(visit.request.query_params)
        self._filters = self._query.filters()
        self._columns = shown(COLUMNS, self._query.columns, USUAL)
        self._scores = SellerScores(visit.services.database, visit.org)
        self._marks = SellerMarks(visit.services.database, visit.org)
        self._pager = Pager(self._show_page)

    async def draw(self, frame: Frame) -> None:
        self._frame = frame
        with frame.heading():
            self._exports = {
                form_name: Tag("a", words, "button", download=True) for form_name, words in EXPORTS.items()
            }
            button("Copy names").on("click", frame.act(self._copy))
        known = await asyncio.to_thread(category_names, self._visit.services.database, self._visit.org)
        self._filter_form(known)
        column_form(frame, COLUMNS, self._columns, self._choose_columns)
        with Tag("section", "", "card flush", aria_label="Sellers"):
            self._summary = Tag("p", "", "visually-hidden", role="status")
            self._table = Table("Sellers", (NAME, *(column for column, _ in self._columns.values())))
            sorters(frame, self._table, self._sort)
            self._empty = Tag("div")
            self._pager.draw(frame)
        self._clipboard = Clipboard(frame)
        with Tag("p", "", "muted small"):
            Tag("a", "What people said of matches", "link", href=LABELS, download=True)
            Tag("span", ", as labelled pairs (CSV) that the matcher can learn from.")
        await self._reload()

    def _filter_form(self, known: list[str]) -> None:
        frame, query = self._frame, self._query
        changed = frame.act(self._filter)
        with Tag("search"), form("Filter sellers", "filters", changed=changed, sent=changed):
            field("Search by name", "search", query.search, classes="grow", type="search", placeholder="Part of a name")
            field("Min. products", "min_products", query.min_products or "", classes="narrow", type="number", min=0)
            field("First seen from", "first_seen", query.first_seen, classes="medium", type="date")
            choice("Listings", "match", wording.SELLER_MATCHES, query.match, classes="medium")
            tick("New only", "new", value=query.new_only)
            with Tag("details", "", "more-filters", open=query.filtered_more):
                Tag("summary", "More filters")
                with Tag("div", "", "filters"):
                    self._more_filters(known)
                Tag("p", _UNKNOWN, "muted small")

    def _more_filters(self, known: list[str]) -> None:
        query, percent = self._query, {"classes": "narrow", "type": "number"}
        offered = suggestions(known)
        field("Min. score", "score", query.min_score or "", **percent)
        field("Margin from, %", "margin_from", query.min_margin, **percent)
        field("Margin to, %", "margin_to", query.max_margin, **percent)
        field("Photo share from, %", "photos", query.min_photos or "", classes="medium", type="number")
        field("Min. feedback, %", "feedback", query.min_feedback or "", classes="medium", type="number")
        field("Last seen from", "seen", query.last_seen, classes="medium", type="date")
        field("Category", "category", query.category, classes="medium", list=offered.html_id)
        field("Run", "run", query.run or "", classes="narrow", type="number", min=1)
        field("Job id", "job", query.job, classes="medium")
        choice("Marks", "marks", _MARKS, query.marks, classes="medium")
        field("Tag", "tag", query.tag, classes="medium")

    async def _choose_columns(self, chosen: tuple[str, ...]) -> None:
        self._query = replace(self._query, columns=() if chosen == USUAL else chosen)
        ui.navigate.to("/sellers" + self._query.address())

    async def _sort(self, key: str) -> None:
        self._query = self._query.sorted_by(key)
        await self._reload()

    async def _filter(self, event: GenericEventArguments) -> None:
        filled = Filled.of(event)
        try:
            self._query = self._query.filtered(filled)
        except RequestInvalid as error:  # half a number or date, while it is typed
            self._summary.say(str(error))
            return
        await self._reload()

    async def _reload(self) -> None:
        self._filters = self._query.filters()
        ui.navigate.history.replace("/sellers" + self._query.address())
        for form_name, link in self._exports.items():
            values = {"format": form_name, **export_values(self._filters, EVERY_SELLER)}
            link.put("href", f"{EXPORT}?{urlencode(values)}")
        show_order(self._table, self._query.sort, descending=self._query.descending)
        await self._pager.first()

    async def _show_page(self, cursor: str | None) -> str | None:
        query = self._query
        page, total = await asyncio.gather(
            asyncio.to_thread(
                self._list.page, self._filters, sort=query.sort, descending=query.descending, page_size=PAGE_SIZE,
                cursor=cursor,
            ),
            asyncio.to_thread(self._list.count, self._filters),
        )  # fmt: skip
        ids = [row.id for row in page.rows]
        scores, marks = await asyncio.gather(
            asyncio.to_thread(self._scores.of, ids), asyncio.to_thread(self._marks.of, ids)
        )
        self._fill([
            Known(seller=row, score=scores.get(row.id), marks=marks.get(row.id, Marks())) for row in page.rows
        ])  # fmt: skip
        words = wording.counted_rows(total, "seller")
        self._summary.say(words)
        self._pager.say(words)
        self._explain_if_empty(bool(page.rows))
        return page.next_cursor

    def _fill(self, sellers: list[Known]) -> None:
        self._table.clear()
        for known in sellers:
            seller = known.seller
            name, *_ = self._table.row(None, *(words(known) for _, words in self._columns.values()))
            with name, Tag("span", "", "row"):
                Tag("a", seller.seller_name, "link", href=f"/sellers/{seller.id}")
                outside_link("eBay", seller_page(self._visit.services.settings.ebay_tld, seller.seller_name), "small")
                if seller.is_new:
                    badge("New", "good")

    def _explain_if_empty(self, found: bool) -> None:
        self._empty.clear()
        if found:
            return
        with self._empty:
            if self._query.narrowed:
                empty("No seller matches", "Search for less of the name, or take a filter away.")
            else:
                empty("No sellers yet", "Start “Find sellers” on the Collect page; they appear here while it runs.")

    async def _copy(self, _: GenericEventArguments) -> None:
        names, more = await asyncio.to_thread(copied_names, self._list, self._query, self._filters)
        if not names:
            self._frame.say("There is no name to copy: no seller matches", "warn")
            return
        told = f"{wording.counted(len(names), 'name')}{f', the first {MAX_COPIED:,} of more' if more else ''}"
        await self._clipboard.write("\n".join(names), told)
