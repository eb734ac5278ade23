"""The route that serves pictures from our own object store, to tokens whose org has a row that names them."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response

from dropship_pipeline.admin import problems
from dropship_pipeline.admin.auth.access import Principal, require
from dropship_pipeline.admin.problems import NotFound, declared
from dropship_pipeline.admin.services import Services
from dropship_pipeline.errors import StoreError
from dropship_pipeline.storage.images.on_demand import EvidenceImages, PageImage

TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")
# The address names the bytes, so they cannot change under it; a listing's picture may.
FOR_EVER = "private, max-age=31536000, immutable"
FOR_A_DAY = "private, max-age=86400"


@asynccontextmanager
async def _closing(app: FastAPI) -> AsyncIterator[None]:
    yield
    images: EvidenceImages | None = getattr(app.state, "evidence_images", None)
    if images is not None:
        await images.aclose()


_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    **declared(),
    200: {"description": "The picture", "content": {kind: {"schema": {"format": "binary"}} for kind in TYPES}},
    304: {"description": "The picture is the one that the client has"},
    502: {"description": "The picture's host does not give it, or it is none", "content": _PROBLEM},
}
router = APIRouter(prefix="/media", tags=["media"], lifespan=_closing, responses=_ANSWERS)

Reader = Annotated[Principal, Depends(require("collection.read"))]
Part = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="Of the picture's bytes")]


async def _images(request: Request) -> EvidenceImages:
    """The app's, made at the first look: it belongs to the event loop that serves."""
    state = request.app.state
    if not hasattr(state, "evidence_images"):
        services: Services = state.services
        state.evidence_images = EvidenceImages.from_settings(services.settings, services.database, services.objects)
    images: EvidenceImages = state.evidence_images
    return images


Images = Annotated[EvidenceImages, Depends(_images)]


@router.get("/images/{sha256}", response_class=Response, summary="The picture of a stored product")
async def product_image(request: Request, who: Reader, images: Images, sha256: Sha256) -> Response:
    """The picture with these bytes, if a product of the org has it."""
    return await _answer(request, images, images.product(who.org, sha256), FOR_EVER)


@router.get("/listings/{job_id}/{asin}/{item_id}", response_class=Response, summary="The picture of a listing")
async def listing_image(
    request: Request, who: Reader, images: Images, job_id: Part, asin: Part, item_id: Part
) -> Response:
    """The picture of a listing that a seller search of the org found; fetched from its host at the first look."""
    return await _answer(request, images, images.listing(who.org, job_id, asin, item_id), FOR_A_DAY)


@router.get("/job-products/{job_id}/{asin}", response_class=Response, summary="The picture of a best seller")
async def job_product_image(request: Request, who: Reader, images: Images, job_id: Part, asin: Part) -> Response:
    """The picture of a product on a seller search's worklist; fetched from its host at the first look."""
    return await _answer(request, images, images.job_product(who.org, job_id, asin), FOR_A_DAY)


async def _answer(
    request: Request, images: EvidenceImages, finding: Awaitable[PageImage | None], cached: str
) -> Response:
    try:
        image = await finding
        if image is None:
            raise NotFound("The org has no picture of this name")
        if _has(request, image.sha256):
            return Response(status_code=304, headers=_headers(image.sha256, cached))
        found = await images.read(image)
    except StoreError as error:
        return problems.response(502, error.kind, f"{error}; open the listing itself instead", request.url.path)
    if found is None or found.content_type not in TYPES:
        raise NotFound("The picture is no longer in the object store; the next run that meets the product puts it back")
    return Response(found.data, media_type=found.content_type, headers=_headers(found.sha256, cached))


def _headers(sha256: str, cached: str) -> dict[str, str]:
    return {
        "ETag": f'"{sha256}"',
        "Cache-Control": cached,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }


def _has(request: Request, sha256: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return any(tag.strip().removeprefix("W/") in {f'"{sha256}"', "*"} for tag in known.split(","))
