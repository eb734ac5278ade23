"""The page that lists products with image, price, platform, query or category, and the run that stored them last."""

import asyncio
from urllib.parse import urlencode

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.image_paths import product_image
from dropship_pipeline.admin.pages.seller import number_of
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, choice, field, form
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.pager import Pager
from dropship_pipeline.admin.pages.ui.parts import Column, Table, Tag, empty, outside_link, picture
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.models import PLATFORMS
from dropship_pipeline.storage.products.listing import PRODUCT_SORTS, ProductFilters, ProductList, ProductRow

PAGE_SIZE = 50
MAX_SEARCH = 200
FIELDS = ("search", "query", "platform", "run", "sort")
_COLUMNS = (
    Column("Image", "image"),
    Column("Title", "wide"),
    Column("Price", "number"),
    Column("Platform", "text"),
    Column("Query or category", "text"),
    Column("Run", "number"),
    Column("Last seen", "text"),
)
_SORTS = {
    "last_seen": "Last seen first", "title": "Title, A to Z", "price": "Price, lowest first",
}  # fmt: skip
_LEAD = "What “Collect products” has stored, from both marketplaces."
_NONE_YET = "Start “Collect products” on the Collect page; they appear here while it runs."
_PLATFORMS: dict[str, str] = {"": "Both platforms"} | {str(name): words for name, words in wording.PLATFORMS.items()}


def products_page(visit: Visit) -> Frame:
    """The page at /products."""
    return Frame(visit, "Products", _Products(visit).draw, _LEAD)


class _Products:
    def __init__(self, visit: Visit) -> None:
        self._list = ProductList(visit.services.database, visit.org)
        self._asked = {name: visit.request.query_params.get(name, "")[:MAX_SEARCH] for name in FIELDS}
        self._pager = Pager(self._show)

    async def draw(self, frame: Frame) -> None:
        frame.heading()
        changed, asked = frame.act(self._filter), self._asked
        with Tag("search"), form("Filter products", "filters", changed=changed, sent=changed):
            field("Search", "search", asked["search"], classes="grow", type="search", placeholder="Title, id or seller")
            field("Query or category", "query", asked["query"], classes="medium", type="search")
            choice("Platform", "platform", _PLATFORMS, asked["platform"], classes="medium")
            field("Run", "run", asked["run"], classes="narrow", type="number", min=1)
            choice("Order", "sort", _SORTS, asked["sort"], classes="medium")
        with Tag("section", "", "card flush", aria_label="Products"):
            self._table = Table("Products", _COLUMNS)
            self._empty = Tag("div", role="status")
            self._pager.draw(frame)
        await self._pager.first()

    async def _filter(self, event: GenericEventArguments) -> None:
        filled = Filled.of(event)
        self._asked = {name: filled.text(name)[:MAX_SEARCH] for name in FIELDS}
        given = {name: value for name, value in self._asked.items() if value and value != PRODUCT_SORTS[0]}
        ui.navigate.history.replace(f"/products?{urlencode(given)}" if given else "/products")
        await self._pager.first()

    async def _show(self, cursor: str | None) -> str | None:
        asked = self._asked
        sort = next((name for name in PRODUCT_SORTS if name == asked["sort"]), PRODUCT_SORTS[0])
        filters = ProductFilters(
            platform=next((name for name in PLATFORMS if name == asked["platform"]), None),
            search=asked["search"],
            query=asked["query"],
            run_id=number_of(asked["run"]) if asked["run"] else None,
        )
        page = await asyncio.to_thread(
            self._list.page, filters, sort=sort, descending=sort == "last_seen", page_size=PAGE_SIZE, cursor=cursor
        )
        self._table.clear()
        for row in page.rows:
            self._row(row)
        self._empty.clear()
        if not page.rows:
            self._explain()
        self._pager.say(wording.counted(len(page.rows), "product") + " on this page")
        return page.next_cursor

    def _row(self, row: ProductRow) -> None:
        image, title, _, _, _, run, _ = self._table.row(
            None,
            None,
            wording.money(row.price_cents, row.currency, row.price_raw),
            wording.PLATFORMS[row.platform],
            row.query or row.category or wording.NOTHING,
            None,
            wording.day(row.last_seen_at),
        )
        with image:
            picture(product_image(row.image_sha256) if row.image_sha256 else None, row.title)
        with title:
            outside_link(row.title, row.url, "clamp")
        with run:
            if row.last_run_id is None:
                Tag("span", wording.NOTHING)
            else:
                Tag("a", str(row.last_run_id), "link", href=f"/history/{row.last_run_id}")

    def _explain(self) -> None:
        with self._empty:
            if any(self._asked[name] for name in FIELDS if name != "sort"):
                empty("No product matches", "Search for less, or choose both platforms and no run.")
            else:
                empty("No products yet", _NONE_YET)
