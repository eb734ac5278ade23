"""Proves from the bytes alone that they are a whole picture. URL, header and file extension do not count."""

import io
import struct
import zlib
from dataclasses import dataclass

# Pillow looks for a plugin it has not loaded yet by importing all of them; these four are all that is wanted.
from PIL import (
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from dropship_pipeline.errors import DropshipError

MAX_PIXELS = 50_000_000
MAX_SIDE_PX = 20_000

_FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    GifImagePlugin.GifImageFile.format,
)
# MPO is how Pillow calls a JPEG that carries further pictures behind the first, as many phones write it.
_TYPES = {
    "JPEG": ("image/jpeg", "jpg"),
    "MPO": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
    "GIF": ("image/gif", "gif"),
}
# What Pillow's decoders raise on damaged data; found by feeding them damaged data.
_DAMAGED = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    struct.error,
    zlib.error,
)


class PictureError(DropshipError):
    """The bytes are not a picture that is kept.

    Args:
        message: why.
        kind: `image_invalid`, or `image_too_large` for one that would fill the memory.
    """

    def __init__(self, message: str, *, kind: str = "image_invalid") -> None:
        super().__init__(message)
        self.kind = kind  # type: ignore[misc]  # per instance on purpose, as in StoreError


@dataclass(frozen=True, slots=True)
class Picture:
    """What the bytes say about themselves.

    Args:
        content_type: e.g. `image/jpeg`.
        extension: without a dot, e.g. `jpg`.
        width: pixels.
        height: pixels.
    """

    content_type: str
    extension: str
    width: int
    height: int


def verify(data: bytes) -> Picture:
    """Decode the first frame of a JPEG, PNG, WebP or GIF.

    Args:
        data: the whole file.

    Raises:
        PictureError: empty, no picture, another format, damaged or cut short, or larger than the caps.
    """
    if not data:
        raise PictureError("the image is empty (0 bytes)")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            width, height = image.size
            _check_size(width, height)
            # A JPEG decoded at an eighth still reads every byte of its data, in half the time.
            image.draft(None, (1, 1))
            image.load()
            content_type, extension = _TYPES[image.format or ""]
    except UnidentifiedImageError:
        raise PictureError(f"no JPEG, PNG, WebP or GIF: the {len(data)} bytes begin {data[:16]!r}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(f"the image is too large to decode: {error}", kind="image_too_large") from None
    except _DAMAGED as error:
        raise PictureError(f"the image is damaged or cut short: {error}") from None
    return Picture(content_type, extension, width, height)


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise PictureError(
            f"the image is too large to decode: {width} x {height} pixels "
            f"(at most {MAX_PIXELS:,} in all and {MAX_SIDE_PX:,} a side)",
            kind="image_too_large",
        )
