"""Pictures are told from their bytes."""

import io
import random
import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dropship_pipeline.storage.images.verify import Picture, PictureError, verify


def noise(fmt: str, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(fmt).randbytes(size[0] * size[1] * 3))


def encoded(fmt: str, **options: object) -> bytes:
    data = io.BytesIO()
    noise(fmt).save(data, fmt, **options)
    return data.getvalue()


def png_header(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("fmt", "content_type", "extension"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("WEBP", "image/webp", "webp"),
        ("GIF", "image/gif", "gif"),
    ],
)
def test_a_pictures_type_and_size_are_not_taken_from_anywhere_but_its_bytes(
    fmt: str, content_type: str, extension: str
) -> None:
    assert verify(encoded(fmt)) == Picture(content_type, extension, 64, 48)


@pytest.mark.parametrize("fmt", ["GIF", "WEBP", "PNG", "MPO"])
def test_a_picture_of_several_frames_is_not_refused(fmt: str) -> None:
    data = io.BytesIO()
    noise("a").save(data, fmt, save_all=True, append_images=[noise("b")])
    assert verify(data.getvalue()).width == 64


def test_a_jpeg_with_further_pictures_behind_it_is_still_a_jpeg() -> None:
    data = io.BytesIO()
    noise("a").save(data, "MPO", save_all=True, append_images=[noise("b")])
    assert verify(data.getvalue()).content_type == "image/jpeg"


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_without_rgb_is_not_refused(mode: str) -> None:
    data = io.BytesIO()
    Image.new(mode, (33, 17)).save(data, "JPEG")
    assert verify(data.getvalue()) == Picture("image/jpeg", "jpg", 33, 17)


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.97])
def test_a_picture_that_was_cut_short_is_not_stored(fmt: str, part: float) -> None:
    data = encoded(fmt)
    with pytest.raises(PictureError) as caught:
        verify(data[: int(len(data) * part)])
    assert caught.value.kind == "image_invalid"


def test_a_progressive_jpeg_that_was_cut_short_is_not_stored() -> None:
    data = encoded("JPEG", progressive=True)
    with pytest.raises(PictureError):
        verify(data[:-300])


def test_damaged_pixels_of_a_png_are_not_stored() -> None:
    data = bytearray(encoded("PNG"))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(PictureError):
        verify(bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"<!doctype html><title>Robot check</title>",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xff\xd8\xff\xe0",
        b"%PDF-1.7",
    ],
)
def test_what_is_no_jpeg_png_webp_or_gif_is_not_stored(data: bytes) -> None:
    with pytest.raises(PictureError) as caught:
        verify(data)
    assert caught.value.kind == "image_invalid"


@pytest.mark.parametrize("fmt", ["BMP", "TIFF", "PPM", "ICO"])
def test_a_picture_of_another_format_is_not_even_opened(fmt: str) -> None:
    with pytest.raises(PictureError, match="no JPEG, PNG, WebP or GIF"):
        verify(encoded(fmt))


@pytest.mark.parametrize(("width", "height"), [(10_000, 5_001), (20_001, 10), (10, 20_001), (60_000, 60_000)])
def test_a_picture_that_would_fill_the_memory_is_not_decoded(width: int, height: int) -> None:
    with pytest.raises(PictureError, match="too large") as caught:
        verify(png_header(width, height))
    assert caught.value.kind == "image_too_large"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_also_refused_where_warnings_are_not_errors() -> None:
    with pytest.raises(PictureError, match="too large"):
        verify(png_header(10_000, 10_000))


SAMPLES = [encoded(fmt) for fmt in ("JPEG", "PNG", "WEBP", "GIF")]


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(data=st.sampled_from(SAMPLES), at=st.floats(0, 1), junk=st.binary(min_size=1, max_size=40))
def test_no_damage_raises_anything_but_a_picture_error(data: bytes, at: float, junk: bytes) -> None:
    place = int(at * len(data))
    with suppress(PictureError):
        verify(data[:place] + junk + data[place + len(junk) :])
