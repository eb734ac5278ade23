"""The page that lists products, one row for all collections that stored it, with its prices over time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.image_paths import product_image
from dropship_pipeline.admin.pages.lists.columns import column_form, show_order, shown, sorters
from dropship_pipeline.admin.pages.lists.product_columns import COLUMNS, IMAGE, TITLE, USUAL
from dropship_pipeline.admin.pages.lists.product_prices import draw_prices
from dropship_pipeline.admin.pages.lists.product_query import ProductQuery
from dropship_pipeline.admin.pages.lists.values import EXPORTS, export_values
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, choice, field, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Table, Tag, button, empty, outside_link, picture
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.storage.products.filters import EVERY_PRODUCT
from dropship_pipeline.storage.products.listing import ProductList, ProductRow

PAGE_SIZE = 50
EXPORT = "/api/collection/products/export"
_PLATFORMS: dict[str, str] = {"": "Both platforms"} | {str(name): words for name, words in wording.PLATFORMS.items()}
_MOVES: dict[str, str] = {
    "all": "All products", "moved": "Moved", "up": "Moved up", "down": "Moved down", "same": "Not moved",
}  # fmt: skip
_LEAD = (
    "What “Collect products” has stored, from both marketplaces: one row a product, however many collections found it. "
    "“Moved” is its latest price against that of the collection before."
)
_NONE_YET = "Start “Collect products” on the Collect page; they appear here while it runs."


def products_page(visit: Visit) -> Frame:
    """The page at /products."""
    return Frame(visit, "Products", _Products(visit).draw, _LEAD)


class _Products:
    def __init__(self, visit: Visit) -> None:
        self._list = ProductList(visit.services.database, visit.org)
        self._query = ProductQuery.of(visit.request.query_params)
        self._filters = self._query.filters()
        self._columns = shown(COLUMNS, self._query.columns, USUAL)
        self._pager = Pager(self._show_page)

    async def draw(self, frame: Frame) -> None:
        self._frame = frame
        with frame.heading():
            self._exports = {
                form_name: Tag("a", words, "button", download=True) for form_name, words in EXPORTS.items()
            }
        self._filter_form()
        column_form(frame, COLUMNS, self._columns, self._choose_columns)
        with Tag("section", "", "card flush", aria_label="Products"):
            self._summary = Tag("p", "", "visually-hidden", role="status")
            self._table = Table("Products", (IMAGE, TITLE, *(column for column, _ in self._columns.values())))
            sorters(frame, self._table, self._sort)
            self._empty = Tag("div")
            self._pager.draw(frame)
        await self._reload()

    def _filter_form(self) -> None:
        changed, texts = self._frame.act(self._filter), self._query.texts
        amount = {"classes": "narrow", "type": "number", "min": "0", "step": "0.01"}
        with Tag("search"), form("Filter products", "filters", changed=changed, sent=changed):
            field("Search", "search", texts["search"], classes="grow", type="search", placeholder="Title, id or seller")
            field("Query or category", "query", texts["query"], classes="medium", type="search")
            choice("Platform", "platform", _PLATFORMS, texts["platform"], classes="medium")
            field("Price from", "price_from", texts["price_from"], **amount)
            field("Price to", "price_to", texts["price_to"], **amount)
            choice("Price moved", "moved", _MOVES, texts["moved"] or "all", classes="medium")
            with Tag("details", "", "more-filters", open=bool(texts["run"] or texts["job"])):
                Tag("summary", "More filters")
                with Tag("div", "", "filters"):
                    field("Run", "run", texts["run"], classes="narrow", type="number", min=1)
                    field("Job id", "job", texts["job"], classes="medium")

    async def _choose_columns(self, chosen: tuple[str, ...]) -> None:
        self._query = replace(self._query, columns=() if chosen == USUAL else chosen)
        ui.navigate.to("/products" + self._query.address())

    async def _sort(self, key: str) -> None:
        self._query = self._query.sorted_by(key)
        await self._reload()

    async def _filter(self, event: GenericEventArguments) -> None:
        self._query = self._query.filtered(Filled.of(event))
        await self._reload()

    async def _reload(self) -> None:
        self._filters = self._query.filters()
        ui.navigate.history.replace("/products" + self._query.address())
        for form_name, link in self._exports.items():
            given = {"format": form_name, **export_values(self._filters, EVERY_PRODUCT)}
            link.put("href", f"{EXPORT}?{urlencode(given)}")
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
        self._table.clear()
        for row in page.rows:
            self._row(row)
        words = wording.counted_rows(total, "product")
        self._summary.say(words)
        self._pager.say(words)
        self._explain_if_empty(bool(page.rows))
        return page.next_cursor

    def _row(self, row: ProductRow) -> None:
        image, title, *others = self._table.row(None, None, *(words(row) for _, words in self._columns.values()))
        with image:
            picture(product_image(row.image_sha256) if row.image_sha256 else None, row.title)
        with title:
            outside_link(row.title, row.url, "clamp").put("title", row.title)
            opens = button("Prices", aria_expanded="false", aria_label=f"Prices of {row.title}").classes("quiet small")
            opens.on("click", self._frame.act(self._opener(row, title, opens)))
        run = dict(zip(self._columns, others, strict=True)).get("run")
        if run is not None:
            with run:
                if row.last_run_id is None:
                    Tag("span", wording.NOTHING)
                else:
                    Tag("a", str(row.last_run_id), "link", href=f"/history/{row.last_run_id}")

    def _opener(self, row: ProductRow, cell: Tag, opens: Tag) -> Callable[[GenericEventArguments], Awaitable[None]]:
        """Opens the prices of a product below its row, and closes them again."""
        opened: list[Tag] = []

        async def turn(_: GenericEventArguments) -> None:
            if opened:
                self._table.remove(opened.pop())
            else:
                seen = await asyncio.to_thread(self._list.prices, row.platform, row.product_id)
                if opened or cell.is_deleted:  # pressed twice, or another page is shown meanwhile
                    return
                opened.append(self._table.below(cell))
                with opened[0]:
                    draw_prices(row.title, seen)
            opens.put("aria-expanded", "true" if opened else "false")

        return turn

    def _explain_if_empty(self, found: bool) -> None:
        self._empty.clear()
        if found:
            return
        with self._empty:
            if self._query.narrowed:
                empty("No product matches", "Search for less, or take a filter away.")
            else:
                empty("No products yet", _NONE_YET)
