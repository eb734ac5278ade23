"""Is the listing's picture Amazon's picture? A perceptual hash, and the verdict on two pictures.

Pure functions of decoded pixels. Fetching, checking that bytes are a picture, and storing belong elsewhere.

The hash is 64 bits, which is all that is kept of a listing's picture. It is enough to compare that picture at any later
time with any Amazon picture, because the frames and the mirror image that a seller may have made are all computed on
the Amazon side, from its pixels:

    bits 63..20  signs of the 44 lowest frequencies of the brightness: of the discrete cosine transform (DCT-II) of the
                 product's frame at 32 x 32, in the order of u + v, without the mean
    bits 19..0   four numbers of 5 bits: the mean blue and red difference (Cb, Cr of JPEG's YCbCr, ITU-R BT.601) of the
                 upper and of the lower core of the frame, in steps of 5, offset by 16

A picture in other colours has the same signs, so the colours may bar "same"; they decide nothing else.
How the thresholds were measured, and with what result, is in docs/photo-evidence.md.
"""

import struct
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dropship_pipeline.matching.photos.framing import (
    Box,
    Pixels,
    possible_frames,
    read_pixels,
    without_margin,
    without_stickers,
)
from dropship_pipeline.matching.values import PhotoBand, PhotoEvidence

# Of the hash and of what is kept of an Amazon picture: raised with every change of either.
PHOTO_VERSION = 1
SAME_BITS = 7  # of 44; with SAME_COLOUR at most 0.1 % of different pictures in the drawn set
SIMILAR_BITS = 9  # 1.5 % of unrelated pictures come so near
SAME_COLOUR = 3.5  # of 255, in Cb and Cr

_SIDE = 32
_SIGNS = 44
_COLOUR_BITS, _COLOUR_STEP, _COLOUR_ZERO, _COLOUR_MAX = 5, 5, 16, 31
_STRENGTHS = (
    0.7,
    0.78,
    0.86,
    0.93,
    1.0,
    1.06,
)  # a copy's colours are weaker or stronger by the factor of its brightness
_BRIGHTER = (1.12, 1.2, 1.28)  # here light parts reach white, so the pixels themselves are made brighter
_LEAST_SIDE = 16
_PACKED = struct.Struct(">Q4f")

_FREQUENCIES = sorted(
    ((u, v) for u in range(10) for v in range(10) if (u, v) != (0, 0)), key=lambda uv: (sum(uv), max(uv))
)[:_SIGNS]
_DOWN, _ACROSS = (np.array(part) for part in zip(*_FREQUENCIES, strict=True))
_MIRROR = np.where(_ACROSS % 2 == 1, -1.0, 1.0)  # a mirrored picture has the odd frequencies across turned round
_STEPS = np.arange(_SIDE)
_COSINES = np.cos(np.pi * (2 * _STEPS[None, :] + 1) * _STEPS[:, None] / (2 * _SIDE))

Colours = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Variant:
    """One frame of an Amazon picture.

    Args:
        signs: of the 44 lowest frequencies.
        colours: Cb and Cr of the upper core, Cb and Cr of the lower core, each from -128 to 127.
    """

    signs: int
    colours: Colours


@dataclass(frozen=True, slots=True)
class AmazonPhoto:
    """An Amazon picture, ready to be compared with any number of listings' hashes.

    Args:
        variants: none where the picture shows nothing.
    """

    variants: tuple[Variant, ...]

    def packed(self) -> bytes:
        """The bytes by which it is kept: 24 a frame (big endian, the signs and four float32); empty for none."""
        return b"".join(_PACKED.pack(variant.signs, *variant.colours) for variant in self.variants)

    @classmethod
    def unpacked(cls, kept: bytes) -> Self:
        """The picture whose `packed` this is."""
        return cls(tuple(Variant(signs, (a, b, c, d)) for signs, a, b, c, d in _PACKED.iter_unpack(kept)))


def photo_hash(image: Image.Image) -> int | None:
    """Hash a picture as `photos.phash` keeps it.

    Args:
        image: opened and known to be bounded (`storage.images.verify` of its bytes comes first).

    Returns:
        A signed 64-bit integer, as a Postgres `bigint` takes it; None of a picture that is one colour throughout or
        smaller than 16 pixels, which would be the "same" as every other such picture.

    Raises:
        OSError: the picture's data cannot be decoded after all.
    """
    pixels = without_stickers(read_pixels(image))
    frame = without_margin(pixels)
    if frame is None or min(pixels.shape[:2]) < _LEAST_SIDE:
        return None
    frequencies, colours = _sketch(_ycbcr(pixels), frame)
    unsigned = _packed_signs(frequencies)
    for colour in colours:
        step = min(_COLOUR_MAX, max(0, round(colour / _COLOUR_STEP) + _COLOUR_ZERO))
        unsigned = unsigned << _COLOUR_BITS | step
    return unsigned - (1 << 64) if unsigned >> 63 else unsigned


def amazon_photo(image: Image.Image) -> AmazonPhoto:
    """Read the frames of an Amazon picture that a seller's copy may have, in more light too, and their mirror images.

    Args:
        image: as for `photo_hash`.

    Raises:
        OSError: the picture's data cannot be decoded after all.
    """
    pixels = without_stickers(read_pixels(image))
    if min(pixels.shape[:2]) < _LEAST_SIDE:
        return AmazonPhoto(())
    ycbcr = _ycbcr(pixels)
    sketches = [_sketch(ycbcr, frame) for frame in possible_frames(pixels)]
    if sketches:
        sketches += [_brighter(pixels, light) for light in _BRIGHTER]
    variants = [
        Variant(_packed_signs(frequencies * side), colours)
        for frequencies, colours in sketches
        for side in (1.0, _MIRROR)
    ]
    return AmazonPhoto(tuple(dict.fromkeys(variants)))


def compare_photos(amazon: AmazonPhoto, listing_hash: int | None) -> PhotoEvidence:
    """Compare an Amazon picture with a listing's stored hash.

    Args:
        amazon: the Amazon picture.
        listing_hash: `photo_hash` of the listing's picture, kept at any time; None where there is none.
    """
    if listing_hash is None or not amazon.variants:
        return PhotoEvidence(PhotoBand.UNKNOWN)
    signs = (listing_hash >> 4 * _COLOUR_BITS) & ((1 << _SIGNS) - 1)
    colours = _unpacked_colours(listing_hash)
    ranked = sorted(((variant.signs ^ signs).bit_count(), variant.colours) for variant in amazon.variants)
    for distance, of_amazon in ranked:
        if distance > SAME_BITS:
            break
        if _colours_agree(of_amazon, colours):
            return PhotoEvidence(PhotoBand.SAME, distance)
    least = ranked[0][0]
    return PhotoEvidence(PhotoBand.SIMILAR if least <= SIMILAR_BITS else PhotoBand.OTHER, least)


def _brighter(pixels: Pixels, light: float) -> tuple[NDArray[np.float64], Colours]:
    brighter = np.clip(np.rint(pixels * light), 0, 255).astype(np.int16)
    height, width = pixels.shape[:2]
    return _sketch(_ycbcr(brighter), without_margin(brighter) or (0, 0, width, height))


def _ycbcr(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels.astype(np.uint8)).convert("YCbCr")


def _sketch(ycbcr: Image.Image, frame: Box) -> tuple[NDArray[np.float64], Colours]:
    """The lowest frequencies of the brightness in a frame, and its colours."""
    grey = np.asarray(
        ycbcr.getchannel("Y").resize((_SIDE, _SIDE), Image.Resampling.BICUBIC, box=frame), dtype=np.float64
    )
    grid = np.asarray(ycbcr.resize((8, 8), Image.Resampling.BOX, box=frame), dtype=np.float64)[:, 2:6, 1:] - 128
    upper, lower = grid[1:4].mean(axis=(0, 1)), grid[4:7].mean(axis=(0, 1))
    colours = (float(upper[0]), float(upper[1]), float(lower[0]), float(lower[1]))
    return (_COSINES @ grey @ _COSINES.T)[_DOWN, _ACROSS], colours


def _packed_signs(frequencies: NDArray[np.float64]) -> int:
    return int("".join("1" if positive else "0" for positive in frequencies > 0), 2)


def _unpacked_colours(value: int) -> Colours:
    first, second, third, fourth = (
        ((value >> shift & _COLOUR_MAX) - _COLOUR_ZERO) * _COLOUR_STEP for shift in (15, 10, 5, 0)
    )
    return first, second, third, fourth


def _colours_agree(of_amazon: Colours, of_listing: Colours) -> bool:
    return any(
        all(abs(ours * light - theirs) <= SAME_COLOUR for ours, theirs in zip(of_amazon, of_listing, strict=True))
        for light in _STRENGTHS
    )
