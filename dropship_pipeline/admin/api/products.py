"""The route that lists products which `collect_and_store` has stored."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from dropship_pipeline.admin.api.amounts import Amount, amount
from dropship_pipeline.admin.api.files import FILE_ANSWERS, FileAnswer
from dropship_pipeline.admin.api.parameters import MAX_ID, PREFIX, Cursor, Page, Reader, Stores
from dropship_pipeline.admin.image_paths import product_image
from dropship_pipeline.admin.problems import declared
from dropship_pipeline.models import Platform
from dropship_pipeline.storage.exports.documents import Format
from dropship_pipeline.storage.products.export import export_products
from dropship_pipeline.storage.products.listing import ProductFilters, ProductList, ProductRow, ProductSort
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

    @classmethod
    def of(cls, row: ProductRow) -> Self:
        """With the path to the picture."""
        prices = {"price": amount(row.price_cents, row.currency), "shipping": amount(row.shipping_cents, row.currency)}
        image = product_image(row.image_sha256) if row.image_sha256 else None
        return cls.model_validate({**asdict(row), **prices, "image": image})


class ProductsOut(BaseModel):
    """A page of products."""

    products: list[ProductOut]
    page: int | None = Field(description="Which page this is; null where it was asked for by `cursor`")
    page_size: int
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last")


def _filters(
    platform: Platform | None = None,
    search: Annotated[str, Query(max_length=200, description="Part of title, id or seller's name")] = "",
    query: Annotated[str, Query(max_length=200, description="Part of the query or category that led to it")] = "",
    job_id: Annotated[str | None, Query(max_length=100, description="Last stored by this job")] = None,
    run_id: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Last stored by the job of this run")] = None,
) -> ProductFilters:
    return ProductFilters(platform=platform, search=search, query=query, job_id=job_id, run_id=run_id)


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
    """The org's products that pass the filters, in one of three orders."""
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


@router.get(
    "/products/export", summary="All products as a file", response_class=StreamingResponse, responses=FILE_ANSWERS
)
async def export(
    who: Reader, services: Stores, filters: Filters, form: Annotated[Format, Query(alias="format")] = "json"
) -> StreamingResponse:
    """The org's products that pass the filters: the same file that `dropship export products` writes."""
    pieces = export_products(services.database, who.org, form, filters)
    return FileAnswer(services.exports, who.org, pieces, "products", form)
