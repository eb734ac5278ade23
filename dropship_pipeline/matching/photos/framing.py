"""Where in a picture the product is: its margin, stickers in its corners, and the frames a seller may have cut.

Pixels in, boxes out. Hashes and verdicts are in `photo`.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.int16]  # height x width x 3 (RGB)
Mask = NDArray[np.bool_]
Box = tuple[int, int, int, int]  # left, top, right, bottom, as Pillow counts them

WORK_SIDE = 256
MARGIN_TOLERANCE = 14
_OTHER_TOLERANCES = (8, 24)  # a soft shadow ends elsewhere for each
_CUTS = (0.03, 0.05, 0.08)  # of the side, at each of the four edges
_FLAT_SHARE = 0.98  # of a line's pixels have one colour: the rest is noise of the compression
_ROUNDS = 4  # a border, a margin within it, and once more
_STICKER_GRID = 64
_STICKER_ZONE = 19  # cells of the grid, from a corner: 30 % of the side
_STICKER_TOLERANCE = 24
_PLAIN_SHARE = 0.7  # of the outermost pixels: below it the background is a scene
_CELL_COUNTS_FROM = 20  # of 255, the part of a cell's area that is covered
_STICKER_GAP = 0.025  # of the side: how far from the edge a sticker is put


def read_pixels(image: Image.Image) -> Pixels:
    """Bring a picture down to at most `WORK_SIDE` pixels a side, in RGB, transparent parts white.

    Args:
        image: opened, and known to be a bounded picture (`storage.images.verify`). A JPEG that is not loaded yet
            is decoded at a reduced size.

    Raises:
        OSError: its data cannot be decoded after all.
    """
    if image.format == "JPEG":  # decodes at a half, a quarter or an eighth, a fraction of the time and memory
        image.draft("RGB", (2 * WORK_SIDE, 2 * WORK_SIDE))
    small = image.copy() if image.mode == "RGB" else _on_white(image)
    small.thumbnail((WORK_SIDE, WORK_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.asarray(small).astype(np.int16)


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, (255, 255, 255, 255)), layer).convert("RGB")


def without_margin(pixels: Pixels, tolerance: int = MARGIN_TOLERANCE) -> Box | None:
    """Cut lines of one colour off the four edges, border after border.

    Args:
        pixels: of the picture.
        tolerance: how far a pixel may be from the line's middle colour, of 255.

    Returns:
        What is left, or None of a picture that is margin throughout.
    """
    height, width = pixels.shape[:2]
    box = (0, 0, width, height)
    for _ in range(_ROUNDS):
        left, top, right, bottom = box
        rows = _inner(pixels[top:bottom, left:right], tolerance)
        if rows is None:
            return None
        top, bottom = top + rows[0], top + rows[1]
        columns = _inner(pixels[top:bottom, left:right].swapaxes(0, 1), tolerance)
        if columns is None:
            return None
        cut = (left + columns[0], top, left + columns[1], bottom)
        if cut == box:
            break
        box = cut
    return box


def without_stickers(pixels: Pixels) -> Pixels:
    """Paint over what stands alone in a corner of a picture with a plain background, such as a seller's badge.

    What hangs together with anything outside the corners is the product and stays.
    """
    frame = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    background = np.median(frame, axis=0)
    if (np.abs(frame - background).max(axis=1) <= _STICKER_TOLERANCE).mean() < _PLAIN_SHARE:
        return pixels
    differs = np.abs(pixels - background).max(axis=2) > _STICKER_TOLERANCE
    cells = _scaled(differs, (_STICKER_GRID, _STICKER_GRID), Image.Resampling.BOX)
    product = cells & ~_corners()
    while True:
        grown = cells & _grown(product)
        if (grown == product).all():
            break
        product = grown
    stickers = cells & ~product
    if not stickers.any() or stickers.sum() > product.sum() / 2:
        return pixels
    cleaned = pixels.copy()
    cleaned[_scaled(_grown(stickers), (pixels.shape[1], pixels.shape[0]), Image.Resampling.NEAREST)] = background
    return cleaned


def possible_frames(pixels: Pixels) -> tuple[Box, ...]:
    """The frames that a seller's copy of this picture may have, each once.

    The whole picture; without its margin, at several tolerances; cropped and then without its margin; and with the
    margin in one corner kept as far as a sticker there would reach. None of a picture that is margin throughout.
    """
    plain = without_margin(pixels)
    if plain is None:
        return ()
    height, width = pixels.shape[:2]
    boxes = [plain, (0, 0, width, height)]
    boxes += [without_margin(pixels, tolerance) or plain for tolerance in _OTHER_TOLERANCES]
    for cut in _CUTS:
        left, top = int(width * cut), int(height * cut)
        right, bottom = round(width - width * cut), round(height - height * cut)
        inner = without_margin(pixels[top:bottom, left:right]) or (0, 0, right - left, bottom - top)
        boxes.append((inner[0] + left, inner[1] + top, inner[2] + left, inner[3] + top))
    return tuple(dict.fromkeys(boxes + _reaching_into_a_corner(plain, width, height)))


def _reaching_into_a_corner(plain: Box, width: int, height: int) -> list[Box]:
    gap_x, gap_y = int(width * _STICKER_GAP), int(height * _STICKER_GAP)
    left, top, right, bottom = plain
    far_left, far_top = min(left, gap_x), min(top, gap_y)
    far_right, far_bottom = max(right, width - gap_x), max(bottom, height - gap_y)
    return [
        (far_left, far_top, right, bottom),
        (left, far_top, far_right, bottom),
        (far_left, top, right, far_bottom),
        (left, top, far_right, far_bottom),
    ]


def _inner(lines: Pixels, tolerance: int) -> tuple[int, int] | None:
    """First and last line (exclusive) that are not of one colour; None where all are."""
    channels = np.ascontiguousarray(np.moveaxis(lines, 2, 0))  # numpy orders numbers that lie side by side 10 x as fast
    half = channels.shape[2] // 2
    middle = np.partition(channels, half, axis=2)[:, :, half, None]
    flat = (np.abs(channels - middle).max(axis=0) <= tolerance).mean(axis=1) >= _FLAT_SHARE
    if flat.all():
        return None
    return int(np.argmin(flat)), len(flat) - int(np.argmin(flat[::-1]))


def _corners() -> Mask:
    near = np.zeros(_STICKER_GRID, dtype=np.bool_)
    near[:_STICKER_ZONE] = near[-_STICKER_ZONE:] = True
    return np.outer(near, near)


def _grown(mask: Mask) -> Mask:
    """The mask and every cell that touches it, corners included."""
    for axis in (0, 1):
        before, after = np.roll(mask, 1, axis), np.roll(mask, -1, axis)
        np.moveaxis(before, axis, 0)[0] = False
        np.moveaxis(after, axis, 0)[-1] = False
        mask = mask | before | after
    return mask


def _scaled(mask: Mask, size: tuple[int, int], how: Image.Resampling) -> Mask:
    """The mask at another size."""
    image = Image.fromarray((mask * 255).astype(np.uint8))
    return np.asarray(image.resize(size, how)) > _CELL_COUNTS_FROM
