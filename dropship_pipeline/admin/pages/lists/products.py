"""The page that lists products, one row for all collections that stored it, with its prices over time."""

import asyncio

from dropship_pipeline.admin.image_paths import product_image
from dropship_pipeline.admin.pages.lists.page import PAGE_SIZE, ListPage
from dropship_pipeline.admin.pages.lists.product_columns import COLUMNS, IMAGE, TITLE, USUAL
from dropship_pipeline.admin.pages.lists.product_prices import draw_prices
from dropship_pipeline.admin.pages.lists.product_query import ProductQuery
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import choice, field, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.markup import Cells, on_deeds, outside_link, picture, tag, together
from dropship_pipeline.admin.pages.ui.parts import Tag
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.errors import StorageUnavailable
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
        on_deeds(frame, self._table.body, {"prices": self._turn})
        await self._pager.first()

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

    def _lead(self, row: ProductRow) -> Cells:
        words = f"Prices of {row.title}"
        return (
            picture(product_image(row.image_sha256) if row.image_sha256 else None, row.title),
            together(
                outside_link(row.title, row.url, "clamp", title=row.title),
                tag(
                    "button", "Prices", class_="button plain quiet small", type="button", aria_label=words,
                    aria_expanded="false", data_do="prices", data_of=_key(row),
                ),
            ),
        )  # fmt: skip

    async def _turn(self, key: str, _: bool) -> None:
        """Open the prices of a product below its row, or close them again."""
        found = next((place for place, row in enumerate(self._rows) if _key(row) == key), None)
        if found is None:  # another page is shown meanwhile
            return
        row, shown = self._rows[found], self._table.row(found)
        if self._table.close(shown):
            return
        cell = self._table.open(shown)
        try:
            seen = await asyncio.to_thread(self._list.prices, row.platform, row.product_id)
        except StorageUnavailable:
            if not cell.is_deleted:
                self._table.close(shown)
            raise
        if not cell.is_deleted:
            with cell:
                draw_prices(row.title, seen)


def _key(row: ProductRow) -> str:
    return f"{row.platform} {row.product_id}"
