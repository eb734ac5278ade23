"""The page that lists products, one row for all collections that stored it, with its prices over time."""

import asyncio
from collections.abc import Sequence

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.image_paths import product_image
from dropship_pipeline.admin.pages.lists.page import PAGE_SIZE, ListPage
from dropship_pipeline.admin.pages.lists.product_columns import COLUMNS, IMAGE, TITLE, USUAL
from dropship_pipeline.admin.pages.lists.product_prices import draw_prices
from dropship_pipeline.admin.pages.lists.product_query import ProductQuery
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import choice, field, form
from dropship_pipeline.admin.pages.ui.frame import Frame, Handler
from dropship_pipeline.admin.pages.ui.parts import Tag, button, outside_link, picture
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.storage.database.cursor_pages import Count, CursorPage
from dropship_pipeline.storage.products.listing import ProductList, ProductRow

_PLATFORMS: dict[str, str] = {"": "Both platforms"} | {str(name): words for name, words in wording.PLATFORMS.items()}
_MOVES: dict[str, str] = {
    "all": "All products", "moved": "Moved", "up": "Moved up", "down": "Moved down", "same": "Not moved",
}  # fmt: skip
_LEAD = (
    "What “Collect products” has stored, from both marketplaces: one row a product, however many collections found it. "
    "“Moved” is its latest price against that of the collection before."
)


def products_page(visit: Visit) -> Frame:
    """The page at /products."""
    return Frame(visit, "Products", _Products(visit).draw, _LEAD)


class _Products(ListPage[ProductQuery, ProductRow]):
    row_name = "product"
    leading = (IMAGE, TITLE)
    nothing_matches = ("No product matches", "Search for less, or take a filter away.")
    none_yet = ("No products yet", "Start “Collect products” on the Collect page; they appear here while it runs.")

    def __init__(self, visit: Visit) -> None:
        super().__init__(ProductQuery.of(visit.request.query_params), COLUMNS, USUAL)
        self._list = ProductList(visit.services.database, visit.org)

    async def draw(self, frame: Frame) -> None:
        self._draw_head(frame)
        self._filter_form()
        self._draw_list()
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

    def _read(self, query: ProductQuery, cursor: str | None) -> CursorPage[ProductRow]:
        return self._list.page(
            query.filters(), sort=query.sort, descending=query.descending, page_size=PAGE_SIZE, cursor=cursor
        )

    def _count(self, query: ProductQuery) -> Count:
        return self._list.count(query.filters())

    def _row(self, row: ProductRow, words: Sequence[str | None]) -> None:
        image, title, *others = self._table.row(None, None, *words)
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

    def _opener(self, row: ProductRow, cell: Tag, opens: Tag) -> Handler:
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
