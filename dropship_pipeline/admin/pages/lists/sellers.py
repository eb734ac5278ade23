"""The page that lists sellers: search, filters, sorting, export and copying of names."""

import asyncio
from dataclasses import replace
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.lists.seller_columns import COLUMNS, NAME, USUAL, Known, shown
from dropship_pipeline.admin.pages.lists.seller_query import MAX_COPIED, SellerQuery, copied_names, export_values
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.clipboard import Clipboard
from dropship_pipeline.admin.pages.ui.forms import Filled, choice, field, form, suggestions, tick
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Table, Tag, badge, button, empty, outside_link, seller_page
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.exports.documents import Format
from dropship_pipeline.storage.review.marks import Marks, SellerMarks
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.sellers.categories import category_names
from dropship_pipeline.storage.sellers.listing import SellerList

PAGE_SIZE = 50
# The CSV is for whoever opens it with a double click; programs ask the API for theirs.
EXPORTS: dict[Format, str] = {"xlsx": "Export Excel", "csv-excel": "Export CSV", "json": "Export JSON"}
EXPORT = "/api/collection/sellers/export"
LABELS = "/api/collection/labels/export"
_MARKS: dict[str, str] = {
    "all": "All", "to_review": "Neither starred nor hidden", "starred": "Starred", "hidden": "Hidden",
}  # fmt: skip
_UNKNOWN = (
    "“Amazon's photo” is the share of a seller's accepted listings that show it. Sellers whose margin is not known, or "
    "of whose photos none was compared, pass no filter on it."
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
        self._columns = shown(self._query.columns)
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
        self._column_form()
        with Tag("section", "", "card flush", aria_label="Sellers"):
            self._summary = Tag("p", "", "visually-hidden", role="status")
            self._table = Table("Sellers", (NAME, *(column for column, _ in self._columns.values())))
            for key, heading in self._table.headings.items():
                self._sorter(key, heading)
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
        field("Amazon's photo from, %", "photos", query.min_photos or "", **percent)
        field("Min. feedback, %", "feedback", query.min_feedback or "", **percent)
        field("Last seen from", "seen", query.last_seen, classes="medium", type="date")
        field("Category", "category", query.category, classes="medium", list=offered.html_id)
        field("Run", "run", query.run or "", classes="narrow", type="number", min=1)
        field("Job id", "job", query.job, classes="medium")
        choice("Marks", "marks", _MARKS, query.marks, classes="medium")
        field("Tag", "tag", query.tag, classes="medium")

    def _column_form(self) -> None:
        changed = self._frame.act(self._choose_columns)
        with Tag("details", "", "more-filters"):
            Tag("summary", "Columns")
            with form("Columns", "filters", changed=changed, sent=changed):
                for name, (column, _) in COLUMNS.items():
                    tick(column.label, name, value=name in self._columns)

    async def _choose_columns(self, event: GenericEventArguments) -> None:
        filled = Filled.of(event)
        chosen = tuple(name for name in COLUMNS if filled.checked(name))
        self._query = replace(self._query, columns=() if chosen == USUAL else chosen)
        ui.navigate.to("/sellers" + self._query.address())

    def _sorter(self, key: str, heading: Tag) -> None:
        label = next(column.label for column in self._table.columns if column.key == key)

        async def sort(_: GenericEventArguments) -> None:
            self._query = self._query.sorted_by(key)
            await self._reload()

        with heading:
            Tag("button", label, "sort", type="button").on("click", self._frame.act(sort))

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
            values = {"format": form_name, **export_values(self._filters)}
            link.put("href", f"{EXPORT}?{urlencode(values)}")
        for key, heading in self._table.headings.items():
            order = "descending" if self._query.descending else "ascending"
            heading.put("aria-sort", order if key == self._query.sort else None)
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
        words = f"{wording.counted(total.number, 'seller')}" if total.exact else f"more than {total.number:,} sellers"
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
