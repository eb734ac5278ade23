"""Routes of one match: the search that it came from, the raw answer, and what a person says of it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from dropship_pipeline.admin.api.answers import Answer
from dropship_pipeline.admin.api.files import FileAnswer
from dropship_pipeline.admin.api.parameters import MAX_ID, PREFIX, Reader, Reviewer, Stores
from dropship_pipeline.admin.api.sellers.models import EvidenceItemOut
from dropship_pipeline.admin.problems import MEDIA_TYPE, Gone, NotFound, declared
from dropship_pipeline.collection.provenance import search_of
from dropship_pipeline.collection.sellers.labelling import Labelling
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.labels import MatchLabels
from dropship_pipeline.storage.sellers.provenance import AnswerGone, Find, PaidCall, Provenance, kept_answer

MAX_PART = 200
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]+$"
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
# A marketplace's page is data of a stranger: a browser saves it, and never shows or runs it as a page of ours.
_AS_A_FILE = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The provider's answer as it came, to be saved",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
    410: {"description": "The answer is not kept any more; the detail says why", "content": _PROBLEM},
}

_LABELS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, streamed; one that is cut off is not complete",
        "content": {"text/csv": {"schema": {"type": "string"}}},
    }
}

router = APIRouter(prefix=PREFIX, tags=["sellers"], responses=declared())

SellerId = Annotated[int, Path(ge=1, le=MAX_ID)]
Asin = Annotated[str, Path(min_length=1, max_length=MAX_PART, pattern=_NO_CONTROLS, description="The Amazon product")]
ItemId = Annotated[str, Path(min_length=1, max_length=MAX_PART, pattern=_NO_CONTROLS, description="The eBay listing")]
JobId = Annotated[
    str | None,
    Query(
        min_length=1, max_length=MAX_PART, description="Of the job that found it; by default the one that saw it last"
    ),
]


class SearchOut(Answer):
    """What eBay was asked for."""

    words: str
    filters: list[str] = Field(description="In words, such as `price from 16.00`")
    page: int
    url: str | None = Field(description="Of the search page; null where the provider's own search was asked")


class CallOut(BaseModel):
    """The paid call, as the ledger has it; several listings may share it."""

    provider: str
    fingerprint: str
    run_id: int | None
    state: Literal["reserved", "settled", "failed"]
    asked_at: datetime
    answered_at: datetime | None
    credits: int | None = Field(description="With all attempts; null while it is open")
    credits_estimated: bool = Field(description="True where the provider did not name them")
    attempts: int
    http_status: int | None
    error: str | None
    answer: str | None = Field(description="Path on this server of the raw answer; null where none is kept")


class LabelMatch(BaseModel):
    """What to say of a match."""

    model_config = ConfigDict(extra="forbid")

    is_match: bool | None = Field(strict=True, description="null takes back what was said, by whomever")


class WhyOut(BaseModel):
    """A match with its reasons, the search that found it and the call that was paid for it."""

    seller_id: int
    item: EvidenceItemOut
    search: SearchOut | None = Field(description="null where it is not known")
    call: CallOut | None = Field(description="null in rows of a release that did not note it")


@router.get("/sellers/{seller_id:int}/matches/{asin}/{item_id}", summary="Why a listing counts, or does not")
def show_match(
    who: Reader, services: Stores, seller_id: SellerId, asin: Asin, item_id: ItemId, job_id: JobId = None
) -> WhyOut:
    """The match with its reasons, the search (words, filters, time, credits, attempts), and where its answer is."""
    find = _find(services.database, who.org, seller_id, asin, item_id, job_id)
    search = search_of(find)
    return WhyOut(
        seller_id=seller_id,
        item=EvidenceItemOut.of(find.item),
        search=None if search is None else SearchOut.model_validate(search),
        call=None if find.call is None else _call(find.call, answer_path(seller_id, find)),
    )


@router.get(
    "/sellers/{seller_id:int}/matches/{asin}/{item_id}/answer",
    summary="The raw answer in which a listing was found",
    response_class=Response,
    responses=_ANSWERS,
)
def download_answer(
    who: Reader, services: Stores, seller_id: SellerId, asin: Asin, item_id: ItemId, job_id: JobId = None
) -> Response:
    """The provider's answer as it came, to be saved as a file: the page or JSON that the listing was read from."""
    find = _find(services.database, who.org, seller_id, asin, item_id, job_id)
    try:
        answer = kept_answer(find, services.objects)
    except AnswerGone as gone:
        raise Gone(str(gone)) from None
    name = f"ebay-answer-{(find.item.call_fingerprint or '')[:12]}.{'json' if _is_json(answer.body) else 'html'}"
    headers = {**_AS_A_FILE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(answer.body, media_type="application/octet-stream", headers=headers)


@router.put("/sellers/{seller_id:int}/matches/{asin}/{item_id}/label", summary="Say whether a listing is the product")
def label_match(
    who: Reviewer, services: Stores, seller_id: SellerId, asin: Asin, item_id: ItemId, body: LabelMatch
) -> EvidenceItemOut:
    """What is said wins over the matcher in every list, number and score, also in later runs and replays.

    `POST sellers/marks/undo` takes it back.
    """
    _find(services.database, who.org, seller_id, asin, item_id, None)
    labelling = Labelling(services.database, who.org, services.settings, by=who.name)
    labelling.say(seller_id, asin, item_id, is_match=body.is_match)
    return EvidenceItemOut.of(_find(services.database, who.org, seller_id, asin, item_id, None).item)


@router.get(
    "/labels/export", summary="All that people said of matches", response_class=StreamingResponse, responses=_LABELS
)
async def export_labels(who: Reader, services: Stores) -> StreamingResponse:
    """Labelled pairs as CSV, as `make match-train` and `make match-eval` read them."""
    pieces = MatchLabels(services.database, who.org).export()
    return FileAnswer(services.exports, who.org, pieces, "labels", "csv")


def answer_path(seller_id: int, find: Find) -> str:
    """Where the raw answer of a find can be had on this server."""
    asin, item_id, job = (
        quote(part, safe="") for part in (find.item.asin, find.item.listing.item_id, find.item.job_id)
    )
    return f"{PREFIX}/sellers/{seller_id}/matches/{asin}/{item_id}/answer?job_id={job}"


def _find(database: Database, org: str, seller_id: int, asin: str, item_id: str, job_id: str | None) -> Find:
    find = Provenance(database, org).match(seller_id, asin, item_id, job_id)
    if find is None:
        raise NotFound(
            f"Seller {seller_id} has no listing of this number for this product; "
            f"GET {PREFIX}/sellers/{seller_id} lists those there are"
        )
    return find


def _call(call: PaidCall, answer: str) -> CallOut:
    times = {"asked_at": call.reserved_at, "answered_at": call.settled_at}
    return CallOut.model_validate({**asdict(call), **times, "answer": None if call.raw_key is None else answer})


def _is_json(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
