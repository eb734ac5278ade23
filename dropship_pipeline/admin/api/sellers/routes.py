"""Routes of sellers: the list, one seller with its evidence, and the export as a file."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BeforeValidator

from dropship_pipeline.admin.api.files import FILE_ANSWERS, FileAnswer
from dropship_pipeline.admin.api.parameters import MAX_ID, PREFIX, Cursor, Page, Reader, Stores
from dropship_pipeline.admin.api.sellers.models import SellerDetailOut, SellersOut, seller_out
from dropship_pipeline.admin.problems import NotFound, declared
from dropship_pipeline.storage.exports.documents import Format
from dropship_pipeline.storage.review.marks import MAX_SELLERS_AT_ONCE, MAX_TAG_CHARS, MarkFilter, SellerMarks
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.sellers.evidence import SellerEvidence
from dropship_pipeline.storage.sellers.export import export_sellers
from dropship_pipeline.storage.sellers.filters import SellerFilters, SellerMatch
from dropship_pipeline.storage.sellers.listing import MAX_PAGE_SIZE, SellerList, SellerSort

MAX_INTEGER = 2**31 - 1
MAX_ITEMS = 200
_IDS = r"^[0-9]{1,18}(,[0-9]{1,18})*$|^$"
# As many as can be chosen at once on a page.
MAX_IDS_CHARS = MAX_SELLERS_AT_ONCE * len("1234567890,")

router = APIRouter(prefix=PREFIX, tags=["sellers"], responses=declared())


def _no_number(value: object) -> object:
    """Pydantic would take one for seconds since 1970, which the document does not offer."""
    try:
        float(str(value))
    except ValueError:
        return value
    raise ValueError("write a date and time with its offset from UTC, such as 2026-01-31T00:00:00Z")


def _filters(  # noqa: PLR0913  (one a parameter of the route)
    *,
    search: Annotated[str, Query(max_length=200, description="Part of the name, in any case and spacing")] = "",
    min_products: Annotated[int, Query(ge=0, le=MAX_INTEGER, description="At least so many distinct products")] = 0,
    first_seen_after: Annotated[
        AwareDatetime | None,
        BeforeValidator(_no_number),
        Query(description="First seen later than this; with its offset from UTC"),
    ] = None,
    new_only: Annotated[bool, Query(description="First seen by the latest finished run of collect_sellers")] = False,
    marks: Annotated[MarkFilter, Query(description="to_review: neither starred nor hidden")] = "all",
    tag: Annotated[str, Query(max_length=MAX_TAG_CHARS, description="With this tag, as it was written")] = "",
    match: Annotated[SellerMatch, Query(description="By the best that was judged of a seller's listings")] = "all",
    min_likelihood: Annotated[int, Query(ge=0, le=100, description="At least so likely")] = 0,
    ids: Annotated[str, Query(max_length=MAX_IDS_CHARS, pattern=_IDS, description="Numbers of sellers, `1,2,3`")] = "",
    run_id: Annotated[int | None, Query(ge=1, le=MAX_ID, description="Met by this run")] = None,
    job_id: Annotated[str, Query(max_length=100, description="Met by a run of this job")] = "",
    category: Annotated[str, Query(max_length=500, description="With a listing for a product of this list")] = "",
    min_margin: Annotated[
        float | None, Query(ge=-100, le=100, allow_inf_nan=False, description="At least this median margin, a share")
    ] = None,
    max_margin: Annotated[
        float | None, Query(ge=-100, le=100, allow_inf_nan=False, description="At most this median margin, a share")
    ] = None,
    min_feedback: Annotated[
        float, Query(ge=0, le=100, allow_inf_nan=False, description="At least so much positive feedback, percent")
    ] = 0,
    min_photo_share: Annotated[
        float | None,
        Query(
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="At least this share of the accepted listings whose photo was compared has Amazon's own; "
            "sellers without a compared photo are left out",
        ),
    ] = None,
    last_seen_after: Annotated[
        AwareDatetime | None,
        BeforeValidator(_no_number),
        Query(description="Last seen later than this; with its offset from UTC"),
    ] = None,
) -> SellerFilters:
    return SellerFilters(
        search=search,
        min_products=min_products,
        first_seen_after=first_seen_after,
        new_only=new_only,
        marks=marks,
        tag=tag,
        match=match,
        min_likelihood=min_likelihood,
        ids=tuple(int(number) for number in ids.split(",")) if ids else None,
        run_id=run_id,
        job_id=job_id,
        category=category,
        min_margin=min_margin,
        max_margin=max_margin,
        min_feedback=min_feedback,
        min_photo_share=min_photo_share,
        last_seen_after=last_seen_after,
    )


Filters = Annotated[SellerFilters, Depends(_filters)]


@router.get("/sellers", summary="Sellers, a page at a time")
def list_sellers(
    who: Reader,
    services: Stores,
    filters: Filters,
    sort: SellerSort = "products",
    order: Annotated[
        Literal["asc", "desc"] | None, Query(description="Default: names from A, all else largest or latest first")
    ] = None,
    page: Page = 1,
    page_size: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="Rows a page")] = 50,
    cursor: Cursor = None,
) -> SellersOut:
    """The org's sellers that pass the filters, in one of seven orders."""
    sellers = SellerList(services.database, who.org)
    descending = order == "desc" if order else sort != "name"
    found = sellers.page(filters, sort=sort, descending=descending, page_size=page_size, cursor=cursor, number=page)
    count = sellers.count(filters) if cursor is None else None
    ids = [row.id for row in found.rows]
    marks, sources = SellerMarks(services.database, who.org).of(ids), sellers.source_products(ids)
    scores = SellerScores(services.database, who.org).of(ids)
    return SellersOut(
        sellers=[seller_out(row, marks.get(row.id), sources.get(row.id, []), scores.get(row.id)) for row in found.rows],
        page=page if cursor is None else None,
        page_size=page_size,
        next_cursor=found.next_cursor,
        total=count.number if count else None,
        total_is_exact=count.exact if count else None,
    )


@router.get(
    "/sellers/export", summary="All sellers as a file", response_class=StreamingResponse, responses=FILE_ANSWERS
)
async def export(
    who: Reader, services: Stores, filters: Filters, form: Annotated[Format, Query(alias="format")] = "json"
) -> StreamingResponse:
    """The org's sellers that pass the filters, by name: the same file that `dropship export sellers` writes."""
    pieces = export_sellers(services.database, who.org, form, filters)
    return FileAnswer(services.exports, who.org, pieces, "sellers", form)


@router.get("/sellers/{seller_id:int}", summary="A seller and the evidence for it")
def show_seller(
    who: Reader,
    services: Stores,
    seller_id: Annotated[int, Path(ge=1, le=MAX_ID)],
    page_size: Annotated[int, Query(ge=1, le=MAX_ITEMS, description="Items a page")] = 50,
    cursor: Cursor = None,
) -> SellerDetailOut:
    """The seller, the runs that saw it, its products, and product and listing side by side, a page at a time."""
    evidence = SellerEvidence(services.database, who.org)
    detail = evidence.seller(seller_id)
    if detail is None:
        raise NotFound(f"There is no seller {seller_id}; GET /api/collection/sellers lists those there are")
    page = evidence.items(seller_id, page_size=page_size, cursor=cursor)
    marks = SellerMarks(services.database, who.org).of([seller_id])
    sources = SellerList(services.database, who.org).source_products([seller_id])
    scores = SellerScores(services.database, who.org).of([seller_id])
    seller = seller_out(detail.seller, marks.get(seller_id), sources.get(seller_id, []), scores.get(seller_id))
    return SellerDetailOut.of(detail, seller, page.rows, page.next_cursor)
