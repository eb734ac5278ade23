"""Lists products: searched, filtered, in six orders, a page at a time; and the prices at which one was seen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, ScalarSelect, Select, literal, select

from dropship_pipeline.models import Platform
from dropship_pipeline.storage.database.connection import OfOrg, storable
from dropship_pipeline.storage.database.cursor_pages import (
    MOST_COUNTED,
    Count,
    CursorPage,
    Order,
    count_rows,
    read_page,
)
from dropship_pipeline.storage.database.tables import (
    collection_runs,
    product_price,
    product_prices,
    product_title,
    products,
)
from dropship_pipeline.storage.links import web_link
from dropship_pipeline.storage.products.filters import EVERY_PRODUCT, ProductFilters

ProductSort = Literal["last_seen", "title", "price", "moved", "runs", "first_seen"]
PRODUCT_SORTS: tuple[ProductSort, ...] = get_args(ProductSort)
MOST_PRICES = 200

_PLACES: dict[ProductSort, ColumnElement[Any]] = {
    "last_seen": products.c.last_seen_at,
    "title": product_title,
    "price": product_price,
    "moved": products.c.price_change,
    "runs": products.c.collection_count,
    "first_seen": products.c.first_seen_at,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product. `url` is None where it is no http(s) address; `query` is None where an old version stored it.

    Args:
        last_run_id: the latest run of the job that stored it last, None where that run was removed.
        collection_count: jobs that stored it.
        previous_price_cents: in the same currency, what the job before the last one saw that knew a price; None where
            none did.
    """

    platform: Platform
    product_id: str
    title: str
    price_cents: int | None
    currency: str | None
    price_raw: str | None
    url: str | None
    image_sha256: str | None
    query: str | None
    category: str | None
    rank: int | None
    rating: float | None
    ratings_total: int | None
    condition: str | None
    shipping_cents: int | None
    seller_name: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    last_job_id: str
    last_run_id: int | None
    collection_count: int
    previous_price_cents: int | None


@dataclass(frozen=True, slots=True)
class SeenPrice:
    """The price that one job saw of a product, last; `run_id` is that job's latest run, None where it was removed."""

    job_id: str
    run_id: int | None
    price_cents: int | None
    currency: str | None
    seen_at: datetime


class ProductList(OfOrg):
    """Reads of one org's products. Every method raises StorageUnavailable."""

    def page(
        self,
        filters: ProductFilters = EVERY_PRODUCT,
        *,
        sort: ProductSort = "last_seen",
        descending: bool = True,
        page_size: int = 50,
        cursor: str | None = None,
        number: int = 1,
    ) -> CursorPage[ProductRow]:
        """Read one page: that behind the cursor, else the one of this number, from 1.

        Raises:
            RequestInvalid: the cursor is none of this list in this order, or the number is too high.
        """
        place = (_PLACES[sort], products.c.platform, products.c.product_id)
        order = Order(f"products:{sort}", place, descending)
        columns = [products.c[name] for name in ProductRow.__dataclass_fields__ if name != "last_run_id"]
        last_run = self._latest_run(products.c.last_job_id).label("last_run_id")
        query = self._matching(select(*columns, last_run), filters)
        rows, next_cursor = read_page(self._database, order, query, page_size, cursor, number)
        return CursorPage([ProductRow(**{**row, "url": web_link(row["url"])}) for row in rows], next_cursor)

    def count(self, filters: ProductFilters = EVERY_PRODUCT, *, at_most: int = MOST_COUNTED) -> Count:
        """How many products pass the filters; counting ends at `at_most`."""
        return count_rows(self._database, self._matching(select(literal(1)), filters), at_most)

    def prices(self, platform: Platform, product_id: str) -> list[SeenPrice]:
        """At what prices jobs saw a product, the latest first, at most `MOST_PRICES`; none of one that is not known."""
        seen = product_prices.c
        query = (
            select(seen.job_id, self._latest_run(seen.job_id), seen.price_cents, seen.currency, seen.seen_at)
            .where(seen.org_id == self._org_id, seen.platform == platform, seen.product_id == storable(product_id))
            .order_by(seen.seen_at.desc(), seen.job_id)
            .limit(MOST_PRICES)
        )
        with self._database.begin() as connection:
            return [SeenPrice(*row) for row in connection.execute(query)]

    def _matching(self, query: Select[Any], filters: ProductFilters) -> Select[Any]:
        return query.select_from(products).where(products.c.org_id == self._org_id, *filters.conditions(self._org_id))

    def _latest_run(self, job_id: ColumnElement[str]) -> ScalarSelect[int]:
        runs = collection_runs.c
        mine = select(runs.id).where(runs.org_id == self._org_id, runs.job_id == job_id)
        return mine.order_by(runs.id.desc()).limit(1).scalar_subquery()
