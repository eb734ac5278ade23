"""Lists products: searched, filtered, in three orders, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, or_, select

from dropship_pipeline.models import Platform
from dropship_pipeline.storage.database.connection import Database, storable
from dropship_pipeline.storage.database.cursor_pages import CursorPage, Order, read_page
from dropship_pipeline.storage.database.tables import collection_runs, product_price, product_title, products
from dropship_pipeline.storage.links import web_link

ProductSort = Literal["last_seen", "title", "price"]
PRODUCT_SORTS: tuple[ProductSort, ...] = get_args(ProductSort)

_PLACES: dict[ProductSort, ColumnElement[Any]] = {
    "last_seen": products.c.last_seen_at,
    "title": product_title,
    "price": product_price,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilters:
    """Which products.

    Args:
        platform: of one marketplace.
        search: part of the title, of the id, or of the seller's name, in any case.
        query: the query that last found it, or its category, in any case.
        job_id: last stored by this job.
        run_id: last stored by the job of this run.
    """

    platform: Platform | None = None
    search: str = ""
    query: str = ""
    job_id: str | None = None
    run_id: int | None = None

    def conditions(self, org_id: str) -> list[ColumnElement[bool]]:
        """What rows of `products` must fulfil."""
        found: list[ColumnElement[bool]] = []
        if self.platform is not None:
            found.append(products.c.platform == self.platform)
        text = storable(self.search.strip())
        if text:
            columns = (products.c.title, products.c.product_id, products.c.seller_name)
            found.append(or_(*(column.icontains(text, autoescape=True) for column in columns)))
        query = storable(self.query.strip())
        if query:
            named = (products.c.query, products.c.category)
            found.append(or_(*(column.icontains(query, autoescape=True) for column in named)))
        if self.job_id is not None:
            found.append(products.c.last_job_id == storable(self.job_id))
        if self.run_id is not None:
            job = select(collection_runs.c.job_id).where(
                collection_runs.c.org_id == org_id, collection_runs.c.id == self.run_id
            )
            found.append(products.c.last_job_id == job.scalar_subquery())
        return found


EVERY_PRODUCT = ProductFilters()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product. `url` is None where it is no http(s) address; `query` is None where an old version stored it.

    Args:
        last_run_id: the latest run of the job that stored it last, None where that run was removed.
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


class ProductList:
    """Reads of one org's products. Every method raises StorageUnavailable."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

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
        runs = collection_runs.c
        last_run = (
            select(runs.id)
            .where(runs.org_id == self._org_id, runs.job_id == products.c.last_job_id)
            .order_by(runs.id.desc())
            .limit(1)
            .scalar_subquery()
        )
        columns = [products.c[name] for name in ProductRow.__dataclass_fields__ if name != "last_run_id"]
        query = select(*columns, last_run.label("last_run_id")).where(
            products.c.org_id == self._org_id, *filters.conditions(self._org_id)
        )
        rows, next_cursor = read_page(self._database, order, query, page_size, cursor, number)
        return CursorPage([ProductRow(**{**row, "url": web_link(row["url"])}) for row in rows], next_cursor)
