"""Routes of the products that `collect_and_store` has stored: the list, the prices of one, the export as a file."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from dropship_pipeline.admin.api.answers import Amount, amount
from dropship_pipeline.admin.api.files import FILE_ANSWERS, FileAnswer
from dropship_pipeline.admin.api.parameters import MAX_ID, PREFIX, Cursor, Page, Reader, Stores
from dropship_pipeline.admin.image_paths import product_image
from dropship_pipeline.admin.problems import NotFound, declared
from dropship_pipeline.models import Platform
from dropship_pipeline.storage.exports.documents import Format
from dropship_pipeline.storage.products.any_shape import MAX_ID_BYTES
from dropship_pipeline.storage.products.export import export_products
from dropship_pipeline.storage.products.filters import PriceMove, ProductFilters
from dropship_pipeline.storage.products.listing import ProductList, ProductRow, ProductSort
from dropship_pipeline.storage.sellers.listing import MAX_PAGE_SIZE

router = APIRouter(prefix=PREFIX, tags=["products"], responses=declared())


class ProductOut(BaseModel):
    """A product."""

    platform: Platform
    product_id: str
    title: str
    price: Amount | None
    price_raw: str | None = Field(description="As it was written, also where it could not be read")
    url: str | None
    image: str | None = Field(description="Path on this server")
    query: str | None = Field(description="The query that last found it")
    category: str | None
    rank: int | None
    rating: float | None
    ratings_total: int | None
    condition: str | None
    shipping: Amount | None
    seller_name: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    last_job_id: str
    last_run_id: int | None
    collection_count: int = Field(description="Collections that stored it, each once however many runs it took")
    previous_price: Amount | None = Field(
        description="What the collection before the last one saw, of those that knew a price in the same currency"
    )

    @classmethod
    def of(cls, row: ProductRow) -> Self:
        """With the path to the picture."""
        cents = {"price": row.price_cents, "shipping": row.shipping_cents, "previous_price": row.previous_price_cents}
        prices = {name: amount(value, row.currency) for name, value in cents.items()}
        image = product_image(row.image_sha256) if row.image_sha256 else None
        return cls.model_validate({**asdict(row), **prices, "image": image})


class ProductsOut(BaseModel):
    """A page of products."""

    products: list[ProductOut]
    page: int | None = Field(description="Which page this is; null where it was asked for by `cursor`")
    page_size: int
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last")


class SeenPriceOut(BaseModel):
    """The price of a product as one collection saw it last."""

    job_id: str
    run_id: int | None = Field(description="The latest run of that job")
    price: Amount | None = Field(description="null where it could not be read")
    seen_at: datetime


class PricesOut(BaseModel):
    """The prices of a product."""

    prices: list[SeenPriceOut]


def _filters(  # noqa: PLR0913  (one a parameter of the route)
    *,
    platform: Platform | None = None,
    search: Annotated[str, Query(max_length=200, description="Part of title, id or seller's name")] = "",
    query: Annotated[str, Query(max_length=200, description="Part of the query or category that led to it")] = "",
    job_id: Annotated[str | None, Query(max_length=100, description="Last stored by this job")] = None,
    run_id: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Last stored by the job of this run")] = None,
    seen_by_job_id: Annotated[
        str | None, Query(max_length=100, description="Stored by this job, whatever others have stored it since")
    ] = None,
    seen_by_run_id: Annotated[
        int | None, Query(ge=1, le=MAX_ID, description="Stored by the job of this run, whatever others have since")
    ] = None,
    min_price_cents: Annotated[
        int | None, Query(ge=0, le=MAX_ID, description="At least this price, in the product's own currency")
    ] = None,
    max_price_cents: Annotated[int | None, Query(ge=0, le=MAX_ID, description="At most this price")] = None,
    moved: Annotated[
        PriceMove, Query(description="Against `previous_price`; products without one are in `all` alone")
    ] = "all",
) -> ProductFilters:
    return ProductFilters(
        platform=platform,
        search=search,
        query=query,
        job_id=job_id,
        run_id=run_id,
        seen_by_job_id=seen_by_job_id,
        seen_by_run_id=seen_by_run_id,
        min_price_cents=min_price_cents,
        max_price_cents=max_price_cents,
        moved=moved,
    )


Filters = Annotated[ProductFilters, Depends(_filters)]


@router.get("/products", summary="Products, a page at a time")
def list_products(
    who: Reader,
    services: Stores,
    filters: Filters,
    sort: ProductSort = "last_seen",
    order: Annotated[Literal["asc", "desc"] | None, Query(description="Default: titles from A, else desc")] = None,
    page: Page = 1,
    page_size: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="Rows a page")] = 50,
    cursor: Cursor = None,
) -> ProductsOut:
    """The org's products that pass the filters, in one of six orders."""
    found = ProductList(services.database, who.org).page(
        filters,
        sort=sort,
        descending=order == "desc" if order else sort != "title",
        page_size=page_size,
        cursor=cursor,
        number=page,
    )
    return ProductsOut(
        products=[ProductOut.of(row) for row in found.rows],
        page=page if cursor is None else None,
        page_size=page_size,
        next_cursor=found.next_cursor,
    )


@router.get("/products/prices", summary="The prices of a product")
def list_prices(
    who: Reader,
    services: Stores,
    platform: Platform,
    product_id: Annotated[str, Query(min_length=1, max_length=MAX_ID_BYTES)],
) -> PricesOut:
    """What each collection saw of a product's price, the latest first, at most 200."""
    seen = ProductList(services.database, who.org).prices(platform, product_id)
    if not seen:
        raise NotFound(f"There is no product {product_id} of {platform}; GET {PREFIX}/products lists those there are")
    return PricesOut(
        prices=[
            SeenPriceOut(
                job_id=one.job_id, run_id=one.run_id, price=amount(one.price_cents, one.currency), seen_at=one.seen_at
            )
            for one in seen
        ]
    )


@router.get(
    "/products/export", summary="All products as a file", response_class=StreamingResponse, responses=FILE_ANSWERS
)
async def export(
    who: Reader, services: Stores, filters: Filters, form: Annotated[Format, Query(alias="format")] = "json"
) -> StreamingResponse:
    """The org's products that pass the filters: the same file that `dropship export products` writes."""
    pieces = export_products(services.database, who.org, form, filters)
    return FileAnswer(services.exports, who.org, pieces, "products", form)
