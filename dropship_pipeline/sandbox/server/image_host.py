"""The sandbox's image host: pictures with ETag and Last-Modified, conditional requests, and what goes wrong there.

The type in the header is the one of the bytes, except where a fault makes the host lie.
"""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from dropship_pipeline.sandbox.catalogue import pictures
from dropship_pipeline.sandbox.catalogue.listings import EbayListing
from dropship_pipeline.sandbox.catalogue.products import AmazonProduct
from dropship_pipeline.sandbox.server.faults import FaultRule, MetFaults
from dropship_pipeline.sandbox.server.state import Sandbox
from dropship_pipeline.sandbox.server.wire import CutOff, pause

PREFIX = "/images/"
MOVED = "moved/"  # where `redirect_same_host` leads: the same picture, and no fault is met there
TOO_LARGE_BYTES = 16 * 1024 * 1024
_AMAZON = re.compile(r"I/71([0-9A-Z]{9})(?:\.[^/]*)?\.jpg")
_EBAY = re.compile(r"g/(\d{12})AAOSw/s-l(\d{2,4})\.(jpg|png|webp)")
_PLACEHOLDERS = frozenset({"G/01/x-locale/common/grey-pixel.gif", "s_1x2.gif"})
_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
_FIRST_MODIFIED = datetime(2024, 1, 1, tzinfo=UTC)
_DRIP_PIECES = 20


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is not drawn yet.

    Args:
        modified: when it last changed.
    """

    media_type: str
    modified: datetime
    draw: Callable[[], bytes]


class ImageHost:
    """Answers `/images/…`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def serve(self, request: Request) -> Response:
        """`GET /images/<name>`."""
        path = request.url.path
        self._sandbox.meters["images"].asked(path)
        name = path.removeprefix(PREFIX)
        met = MetFaults([]) if name.startswith(MOVED) else self._sandbox.faults.met_by("images", path)
        await pause(request, self._sandbox.settings.image_latency_ms / 1000)
        if "stall" in met:
            await pause(request, met["stall"].seconds)
        picture = self._picture(name.removeprefix(MOVED))
        if picture is None:
            return Response("Not Found", status_code=404, media_type="text/plain")
        return _error(met) or _redirect(met, request, name) or self._picture_response(request, name, picture, met)

    def _picture_response(self, request: Request, name: str, picture: Picture, met: MetFaults) -> Response:
        key = f"{self._sandbox.catalogue.seed}:{self._sandbox.settings.picture_revision}:{name.removeprefix(MOVED)}"
        headers = {
            "ETag": f'"{hashlib.sha256(key.encode()).hexdigest()[:20]}"',
            "Last-Modified": format_datetime(picture.modified, usegmt=True),
        }
        substitute = _substitute(met, headers)
        if substitute is not None:
            return substitute
        if _unchanged(request, headers["ETag"], picture.modified):
            return Response(status_code=304, headers=headers)
        data = self._sandbox.pictures.get(key, picture.draw)
        if "disconnect" in met:
            return CutOff(data, media_type=picture.media_type)
        if "slow_drip" in met:
            drip = _drip(data, met["slow_drip"].seconds)
            return StreamingResponse(drip, media_type=picture.media_type, headers=headers)
        body = data[: len(data) // 2] if "truncated" in met else data
        return Response(body, media_type=picture.media_type, headers=headers)

    def _picture(self, name: str) -> Picture | None:
        """The picture of that name; None if there is none."""
        if name in _PLACEHOLDERS:
            return Picture(_TYPES["gif"], self._modified, pictures.grey_pixel)
        catalogue = self._sandbox.catalogue
        try:
            if match := _AMAZON.fullmatch(name):
                return self._product(catalogue.product(f"B{match[1]}"), pictures.SIDE, "jpg")
            if match := _EBAY.fullmatch(name):
                return self._listing(catalogue.listing(match[1]), min(int(match[2]), pictures.SIDE), match[3])
        except KeyError:
            pass  # no such product, no such listing
        return None

    def _product(self, product: AmazonProduct, side: int, form: str) -> Picture:
        return self._drawn(product.index, product.asin, side, form, product.kind_name, product.colour)

    def _listing(self, listing: EbayListing, side: int, form: str) -> Picture:
        product = self._sandbox.catalogue.product(listing.asin)
        if listing.picture == "same":
            return self._product(product, side, form)
        kind = product.kind_name if listing.genuine else None  # spare parts and empty boxes: a parcel
        return self._drawn(int(listing.item_id), listing.item_id, side, form, kind, product.colour)

    def _drawn(self, number: int, label: str, side: int, form: str, kind: str | None, colour: str | None) -> Picture:
        """A picture of goods of this kind and colour, with the label on it."""
        seed = (self._sandbox.catalogue.seed << 80) + (self._sandbox.settings.picture_revision << 60) + number
        return Picture(
            _TYPES[form],
            self._modified + timedelta(seconds=number % 86_400),
            lambda: pictures.draw(seed, label, side, form, kind=kind, colour=colour),
        )

    @property
    def _modified(self) -> datetime:
        return _FIRST_MODIFIED + timedelta(days=self._sandbox.settings.picture_revision)


def _unchanged(request: Request, etag: str, modified: datetime) -> bool:
    """Whether the client's copy is the present one; as HTTP has it, a tag counts before a date."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return since.tzinfo is not None and modified <= since


def _error(met: MetFaults) -> Response | None:
    rule = met.status()
    if rule is None:
        return None
    headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
    return Response("Simulated failure", status_code=int(rule.fault.split("_")[1]), headers=headers)


def _redirect(met: MetFaults, request: Request, name: str) -> Response | None:
    targets = {
        "redirect_same_host": f"{PREFIX}{MOVED}{name}",
        "redirect_private": "http://10.0.0.1/latest/meta-data",
        "redirect_other_host": f"http://images.example.org/{name}",
        "redirect_loop": request.url.path,
    }
    for fault, location in targets.items():
        if fault in met:
            rule: FaultRule = met[fault]
            return RedirectResponse(rule.location or location, status_code=302)
    return None


def _substitute(met: MetFaults, headers: dict[str, str]) -> Response | None:
    """What comes with HTTP 200 in the picture's place."""
    if "too_large" in met:
        return StreamingResponse(_large(), media_type=_TYPES["jpg"], headers=headers)
    for fault, (body_of, media_type) in _SUBSTITUTES.items():
        if fault in met:
            return Response(body_of(), media_type=media_type, headers=headers)
    return None


_SUBSTITUTES: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (bytes, _TYPES["jpg"]),
    "html": (lambda: b"<!DOCTYPE html><html><body>Sorry</body></html>", _TYPES["jpg"]),
    "wrong_extension": (lambda: pictures.draw(1, "png", 200, "png"), _TYPES["jpg"]),
    "gif_placeholder": (pictures.grey_pixel, _TYPES["gif"]),
    "bomb": (pictures.bomb, _TYPES["png"]),
}


async def _large() -> AsyncIterator[bytes]:
    """A picture that goes on for too long and does not say so beforehand."""
    yield pictures.draw(1, "large")
    for _ in range(TOO_LARGE_BYTES // 65_536):
        yield bytes(65_536)


async def _drip(data: bytes, seconds: float) -> AsyncIterator[bytes]:
    size = -(-len(data) // _DRIP_PIECES)
    for start in range(0, len(data), size):
        yield data[start : start + size]
        await asyncio.sleep(seconds / _DRIP_PIECES)
