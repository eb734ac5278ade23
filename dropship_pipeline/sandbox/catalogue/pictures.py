"""Pictures of products that do not exist: drawn from a seed, always with the same bytes, and cheap.

A picture is a soft noise background (which gives a JPEG the weight of a photograph), the goods, and a label.
"""

import io
import zlib
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

from dropship_pipeline.sandbox.catalogue.drawing import paste_goods

SIDE = 500
CACHE_BYTES = 128 * 1024 * 1024
_GRAIN = 125
_NOISE_SHARE = 0.10
_JPEG_QUALITY = 80
_LABEL_AT = (14, SIDE - 40)
_BOMB_SIDE = 20_000


class PictureCache:
    """Keeps the bytes of pictures, the least recently used thrown out first.

    Args:
        limit: bytes kept at most.
    """

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str, draw: Callable[[], bytes]) -> bytes:
        """The bytes under `key`, drawn if they are not kept."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        data = self._kept[key] = draw()
        self._size += len(data)
        while self._size > self._limit and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])
        return data


def draw(
    seed: int,
    label: str,
    side: int = SIDE,
    image_format: str = "jpg",
    *,
    kind: str | None = None,
    colour: str | None = None,
) -> bytes:
    """Draw a square picture.

    Args:
        seed: decides everything but the label, the kind and the colour.
        label: written into the lower left corner.
        side: width and height in pixels; the same picture is resized, not drawn anew.
        image_format: `jpg`, `png`, `webp` or `gif`.
        kind: name of the kind of goods that it shows; a parcel where None.
        colour: a colour word of the catalogue's titles; any where None.
    """
    rng = Random(seed)  # noqa: S311
    ground = Image.new("RGB", (SIDE, SIDE), (rng.randint(205, 255), rng.randint(205, 255), rng.randint(205, 255)))
    noise = Image.frombytes("RGB", (_GRAIN, _GRAIN), rng.randbytes(_GRAIN * _GRAIN * 3))
    picture = Image.blend(ground, noise.resize((SIDE, SIDE), Image.Resampling.NEAREST), _NOISE_SHARE)
    paste_goods(picture, rng, kind, colour)
    ImageDraw.Draw(picture).text(_LABEL_AT, label, fill=(10, 10, 10), font=_font())
    if side != SIDE:
        picture = picture.resize((side, side), Image.Resampling.BILINEAR)
    return _encode(picture, image_format)


def _encode(picture: Image.Image, image_format: str) -> bytes:
    buffer = io.BytesIO()
    match image_format:
        case "jpg":
            picture.save(buffer, "JPEG", quality=_JPEG_QUALITY)
        case "webp":
            picture.save(buffer, "WEBP", quality=50, method=0)
        case "png":
            picture.quantize(32, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
                buffer, "PNG", compress_level=1
            )
        case _:
            picture.quantize(32, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(buffer, "GIF")
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(22)


@lru_cache(maxsize=1)
def grey_pixel() -> bytes:
    """The placeholder that stands where a product has no picture: a GIF of one pixel."""
    buffer = io.BytesIO()
    Image.new("P", (1, 1), 0).save(buffer, "GIF")
    return buffer.getvalue()


@lru_cache(maxsize=1)
def bomb() -> bytes:
    """A PNG of some 50 KB that would be 400 million pixels."""
    header = _BOMB_SIDE.to_bytes(4) * 2 + bytes((1, 0, 0, 0, 0))  # 1 bit, grey
    row = bytes(1 + _BOMB_SIDE // 8)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(row) for _ in range(_BOMB_SIDE)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)
