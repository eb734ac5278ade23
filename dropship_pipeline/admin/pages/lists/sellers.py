"""The page that lists sellers: search, filters, sorting, export and copying of names."""

import asyncio

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.lists.page import PAGE_SIZE, ListPage
from dropship_pipeline.admin.pages.lists.seller_columns import COLUMNS, NAME, USUAL, Known
from dropship_pipeline.admin.pages.lists.seller_query import MAX_COPIED, SellerQuery, copied_names
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.clipboard import Clipboard
from dropship_pipeline.admin.pages.ui.forms import choice, field, form, suggestions, tick
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.markup import Cells, badge, outside_link, tag
from dropship_pipeline.admin.pages.ui.parts import Tag, button, seller_page
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.storage.database.cursor_pages import Count, CursorPage
from dropship_pipeline.storage.review.marks import Marks, SellerMarks
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.sellers.categories import category_names
from dropship_pipeline.storage.sellers.listing import SellerList

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


class _Sellers(ListPage[SellerQuery, Known]):
    row_name = "seller"
    leading = (NAME,)
    nothing_matches = ("No seller matches", "Search for less of the name, or take a filter away.")
    none_yet = ("No sellers yet", "Start “Find sellers” on the Collect page; they appear here while it runs.")

    def __init__(self, visit: Visit) -> None:
        super().__init__(SellerQuery.of(visit.request.query_params), COLUMNS, USUAL)
        self._visit = visit
        self._list = SellerList(visit.services.database, visit.org)
        self._scores = SellerScores(visit.services.database, visit.org)
        self._marks = SellerMarks(visit.services.database, visit.org)

    async def draw(self, frame: Frame) -> None:
        with self._draw_head(frame):
            button("Copy names").on("click", frame.act(self._copy))
        known = await asyncio.to_thread(category_names, self._visit.services.database, self._visit.org)
        self._filter_form(known)
        self._draw_list()
        self._clipboard = Clipboard(frame)
        with Tag("p", "", "muted small"):
            Tag("a", "What people said of matches", "link", href=LABELS, download=True)
            Tag("span", ", as labelled pairs (CSV) that the matcher can learn from.")
        await self._pager.first()

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

    def _read(self, query: SellerQuery, cursor: str | None) -> CursorPage[Known]:
        page = self._list.page(
            query.filters(), sort=query.sort, descending=query.descending, page_size=PAGE_SIZE, cursor=cursor
        )
        ids = [row.id for row in page.rows]
        scores, marks = self._scores.of(ids), self._marks.of(ids)
        rows = [Known(seller=row, score=scores.get(row.id), marks=marks.get(row.id, Marks())) for row in page.rows]
        return CursorPage(rows, page.next_cursor)

    def _count(self, query: SellerQuery) -> Count:
        return self._list.count(query.filters())

    def _lead(self, row: Known) -> Cells:
        seller, name = row.seller, row.seller.seller_name
        return [
            tag(
                "span",
                tag("a", name, class_="link", href=f"/sellers/{seller.id}"),
                outside_link("eBay", seller_page(self._visit.services.settings.ebay_tld, name), "small"),
                badge("New", "good") if seller.is_new else None,
                class_="row",
            )
        ]

    async def _copy(self, _: GenericEventArguments) -> None:
        names, more = await asyncio.to_thread(copied_names, self._list, self._query)
        if not names:
            self._frame.say("There is no name to copy: no seller matches", "warn")
            return
        told = f"{wording.counted(len(names), 'name')}{f', the first {MAX_COPIED:,} of more' if more else ''}"
        await self._clipboard.write("\n".join(names), told)
