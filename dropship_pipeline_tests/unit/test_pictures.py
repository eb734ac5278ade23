"""Pictures are told from their bytes."""

import io
import random
import struct
import subprocess
import sys
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dropship_pipeline.storage.images import avif_process
from dropship_pipeline.storage.images.verify import Picture, PictureError, verify


def noise(fmt: str, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.frombytes("RGB", size, random.Random(fmt).randbytes(size[0] * size[1] * 3))


def encoded(fmt: str, *, size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    data = io.BytesIO()
    noise(fmt, size).save(data, fmt, **options)
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
        ("AVIF", "image/avif", "avif"),
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
def test_what_is_no_picture_that_is_kept_is_not_stored(data: bytes) -> None:
    with pytest.raises(PictureError) as caught:
        verify(data)
    assert caught.value.kind == "image_invalid"


@pytest.mark.parametrize("fmt", ["BMP", "TIFF", "PPM", "ICO"])
def test_a_picture_of_another_format_is_not_even_opened(fmt: str) -> None:
    with pytest.raises(PictureError, match="no JPEG, PNG, WebP, GIF or AVIF"):
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


def animated(fmt: str) -> bytes:
    data = io.BytesIO()
    noise("a").save(data, fmt, save_all=True, append_images=[noise("b"), noise("c")])
    return data.getvalue()


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "MPO"])
@pytest.mark.parametrize("cut", [1, 2, 12, 0.2, 0.4, 0.7])
def test_a_picture_that_ends_before_its_end_mark_in_any_frame_is_not_stored(fmt: str, cut: float) -> None:
    data = encoded(fmt) if fmt == "JPEG" else animated(fmt)
    assert verify(data).width == 64
    lost = cut if isinstance(cut, int) else int(cut * len(data))
    with pytest.raises(PictureError) as caught:
        verify(data[:-lost])
    assert caught.value.kind == "image_invalid"


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
@pytest.mark.parametrize("keep", [0, 2, 12])
def test_a_picture_whose_second_half_was_never_written_is_not_stored(fmt: str, keep: int) -> None:
    data = encoded(fmt, size=(200, 160))
    half = len(data) // 2
    with pytest.raises(PictureError) as caught:
        verify(data[:half] + bytes(len(data) - half - keep) + data[len(data) - keep :])
    assert caught.value.kind == "image_invalid"


def test_a_further_frame_that_is_damaged_is_found() -> None:
    data = bytearray(animated("PNG"))
    place = data.rfind(b"fdAT") + 40
    data[place] ^= 0xFF
    with pytest.raises(PictureError, match="check sum"):
        verify(bytes(data))


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "GIF", "AVIF", "WEBP"])
def test_what_follows_the_end_mark_does_not_matter(fmt: str) -> None:
    assert verify(encoded(fmt) + (b"\0" * 8 if fmt == "AVIF" else b"<!-- -->")).width == 64


def test_an_avif_that_lies_about_its_size_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(avif_process, "LIMIT_BYTES", 100 * 1024 * 1024)  # making a file for the real one takes 5 GB
    assert verify(encoded("AVIF")).width == 64
    data = io.BytesIO()
    Image.new("RGB", (5_000, 5_000), (9, 9, 9)).save(data, "AVIF", subsampling="4:4:4", speed=10)
    lie = bytearray(data.getvalue())
    place = lie.find(b"ispe") + 8
    lie[place : place + 8] = struct.pack(">II", 10, 10)
    with pytest.raises(PictureError) as caught:
        verify(bytes(lie))
    assert caught.value.kind == "image_too_large"


def test_a_frame_larger_than_the_picture_is_refused() -> None:
    small, large = io.BytesIO(), io.BytesIO()
    Image.new("P", (2, 2)).save(small, "GIF")
    Image.new("P", (4_000, 4_000)).save(large, "GIF")
    frame = large.getvalue()[large.getvalue().rindex(b"\x2c\0\0\0\0") :]
    with pytest.raises(PictureError):
        verify(small.getvalue()[:-1] + frame)


@pytest.mark.parametrize("kind", ["webp", "webp animation", "apng", "gif", "progressive jpeg"])
def test_checking_pictures_within_the_caps_all_at_once_stays_within_its_memory(kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", BOMBS, kind], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 512


# A process of its own: its peak is not that of the tests before it. What makes the picture is another still.
BOMBS = """
import io, os, sys, threading
from PIL import Image

read, write = os.pipe()
if os.fork() == 0:
    side = {"gif": 4300, "apng": 4700, "progressive jpeg": 5700}.get(sys.argv[1], 4090)
    frames = [Image.new("RGBA", (side, side), (shade, 2, 3, 99)) for shade in (1, 99)]
    data, many = io.BytesIO(), {"save_all": True, "append_images": frames[1:]}
    if sys.argv[1] == "webp":
        frames[0].save(data, "WEBP", lossless=True)
    elif sys.argv[1] == "webp animation":
        frames[0].save(data, "WEBP", lossless=True, **many)
    elif sys.argv[1] == "apng":
        frames[0].save(data, "PNG", **many)
    elif sys.argv[1] == "gif":
        frames[0].convert("RGB").save(data, "GIF", **{**many, "append_images": [frames[1].convert("RGB")]})
    else:
        frames[0].convert("CMYK").save(data, "JPEG", progressive=True, subsampling=0)
    with os.fdopen(write, "wb") as pipe:
        pipe.write(data.getvalue())
    os._exit(0)
os.close(write)
with os.fdopen(read, "rb") as pipe:
    bomb = pipe.read()
from dropship_pipeline.storage.images import avif_process
from dropship_pipeline.storage.images.verify import verify
threads = [threading.Thread(target=verify, args=(bomb,)) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
# Not the resource usage: that begins with the size of whoever started this process.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""

SAMPLES = [encoded(fmt) for fmt in ("JPEG", "PNG", "WEBP", "GIF", "AVIF")]


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(deadline=None)  # an AVIF has a process of its own
@given(data=st.sampled_from(SAMPLES), at=st.floats(0, 1), junk=st.binary(min_size=1, max_size=40))
def test_no_damage_raises_anything_but_a_picture_error(data: bytes, at: float, junk: bytes) -> None:
    place = int(at * len(data))
    with suppress(PictureError):
        verify(data[:place] + junk + data[place + len(junk) :])
