"""Proves from the bytes alone that they are a whole picture. URL, header and file extension do not count.

Whole means: up to its own end mark, every frame of it, without a complaint of its decoder.
"""

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import simplejpeg

# Pillow looks for a plugin it has not loaded yet by importing all of them; these are all that is wanted.
from PIL import (
    AvifImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,  # noqa: F401
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
    features,
)

from dropship_pipeline.errors import CollectionError
from dropship_pipeline.storage.images.avif_process import AvifDamaged, AvifTooLarge, decode_apart
from dropship_pipeline.storage.images.containers import (
    CutShort,
    check_gif,
    check_png,
    check_riff,
    check_written,
    webp_size,
)
from dropship_pipeline.storage.images.decode_gate import DecodeGate

MAX_SIDE_PX = 20_000
# Over all frames: an animation costs time where a single frame would cost memory.
MAX_PIXELS_OF_ALL_FRAMES = 250_000_000
# What all that is decoded at once in this process may take.
DECODING_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Format:
    """A format that is kept: its names, what decoding a pixel costs at most (measured), and what proves its end."""

    content_type: str
    extension: str
    bytes_per_pixel: int
    check_end: Callable[[bytes], None] = lambda data: None  # its decoder does


# MPO is how Pillow calls a JPEG that carries further pictures behind the first, as many phones write it.
_FORMATS: Mapping[str, _Format] = {
    "JPEG": _Format("image/jpeg", "jpg", 8),
    "MPO": _Format("image/jpeg", "jpg", 8),
    "PNG": _Format("image/png", "png", 12, check_png),
    "WEBP": _Format("image/webp", "webp", 16, check_riff),
    "GIF": _Format("image/gif", "gif", 14, check_gif),
    **({"AVIF": _Format("image/avif", "avif", 20, check_written)} if features.check("avif") else {}),
}
_OPENED = tuple(name for name in _FORMATS if name != "MPO")  # Pillow opens one as a JPEG, then sees what it is
_gate = DecodeGate(DECODING_BYTES)
# What decoders raise on damaged data; found by feeding them damaged data.
_DAMAGED = (
    AvifDamaged,
    CutShort,
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


class PictureError(CollectionError):
    """The bytes are not a picture that is kept.

    Args:
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
    """Decode every frame of a JPEG, PNG, WebP, GIF or AVIF. Waits until there is room for it in memory.

    Raises:
        PictureError: empty, no picture, another format, damaged or cut short, or larger than the caps.
    """
    if not data:
        raise PictureError("the image is empty (0 bytes)")
    try:
        webp = webp_size(data)
        # Pillow takes the memory for a WebP when it is opened, for everything else when it is decoded.
        with _room(webp, _FORMATS["WEBP"]) if webp else nullcontext():
            return _whole(data)
    except UnidentifiedImageError:
        raise PictureError(f"no JPEG, PNG, WebP, GIF or AVIF: the {len(data)} bytes begin {data[:16]!r}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, AvifTooLarge) as error:
        raise PictureError(f"the image is too large to decode: {error}", kind="image_too_large") from None
    except _DAMAGED as error:
        raise PictureError(f"the image is damaged or cut short: {error}") from None


def _whole(data: bytes) -> Picture:
    with Image.open(io.BytesIO(data), formats=_OPENED) as image:
        size, kind = image.size, _FORMATS[image.format or ""]
        _check_frames(image)
        kind.check_end(data)
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            _decode_jpegs(image, data, kind)
        elif image.format == "AVIF":
            _cost(size, kind)
            with _gate.room_for(DECODING_BYTES):
                decode_apart(data)
        else:
            with nullcontext() if image.format == "WEBP" else _room(size, kind):
                _decode_frames(image)
    return Picture(kind.content_type, kind.extension, *size)


def _decode_frames(image: Image.Image) -> None:
    size = image.size
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        if image.size != size:
            raise CutShort(f"frame {frame} is larger than the picture")
        image.load()


def _decode_jpegs(image: JpegImagePlugin.JpegImageFile, data: bytes, kind: _Format) -> None:
    """Read it up to its end mark, with libjpeg's complaints of damage, which Pillow keeps to itself.

    The further pictures of a multi-picture file are whole files with sizes of their own. All are decoded to grey and at
    an eighth, which costs half the time and next to no memory.
    """
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        begin = image.offset if isinstance(image, MpoImagePlugin.MpoImageFile) and frame else 0
        picture = memoryview(data)[begin:]
        height, width, *_ = simplejpeg.decode_jpeg_header(picture)
        with _room((width, height), kind):
            simplejpeg.decode_jpeg(picture, "GRAY", min_height=1, min_width=1, min_factor=1, strict=True)


def _room(size: tuple[int, int], kind: _Format) -> AbstractContextManager[None]:
    """Wait until there is room in memory for decoding so many pixels, and hold it for the block."""
    return _gate.room_for(_cost(size, kind))


def _cost(size: tuple[int, int], kind: _Format) -> int:
    """Bytes that decoding so many pixels takes at most.

    Raises:
        PictureError: more than there may be.
    """
    width, height = size
    most = DECODING_BYTES // kind.bytes_per_pixel
    if width * height > most or max(size) > MAX_SIDE_PX:
        raise PictureError(
            f"the image is too large to decode: {width} x {height} pixels "
            f"(at most {most:,} in all and {MAX_SIDE_PX:,} a side)",
            kind="image_too_large",
        )
    return width * height * kind.bytes_per_pixel


def _check_frames(image: Image.Image) -> None:
    frames, (width, height) = getattr(image, "n_frames", 1), image.size
    if width * height * frames > MAX_PIXELS_OF_ALL_FRAMES:
        raise PictureError(
            f"the image is too large to decode: {frames} frames of {width} x {height} pixels "
            f"(at most {MAX_PIXELS_OF_ALL_FRAMES:,} pixels over all frames)",
            kind="image_too_large",
        )
