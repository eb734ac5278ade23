"""Product shots: the goods at an angle, before a background, alone or in a scene, as shops photograph them."""

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians, sin
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from dropship_pipeline_tests.photo_set.goods import GOODS
from dropship_pipeline_tests.photo_set.look import Look
from dropship_pipeline_tests.photo_set.pen import Colour, Pen

_SYLLABLES = ("ka", "lo", "ven", "tri", "mo", "rax", "el", "nu", "sol", "bri", "dan", "ota", "pim", "ru", "zel")


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph.

    Args:
        family: number of the maker's line; its members share the shape.
        member: 0, 1, 2 ... within the line: another colour, another print, another detail.
        image: RGB.
    """

    family: int
    member: int
    image: Image.Image


def draw_shots(families: range) -> Iterator[Shot]:
    """Draw the lines with these numbers; one number always gives the same pictures.

    A line has one to four members. Two of them differ in colour alone (as a listing's variants do), or in colour,
    print and a detail; each is photographed before the same background, or before another.
    """
    for family in families:
        rng = Random(f"line {family}")
        goods = GOODS[family % len(GOODS)]
        form, angle = rng.random(), rng.gauss(0, 14)
        scene, portrait = rng.random(), rng.choice((0.72, 0.85, 1.0, 1.0, 1.0, 1.3))
        look = _look(rng, 0)
        for member in range(rng.choice((1, 2, 3, 4))):
            if member:
                look = Look(*_colours(rng), look.name, look.variant) if rng.random() < 0.5 else _look(rng, member)
            pen = Pen()
            goods(pen, Random(form), look)
            thing = _turned(pen.lit(Random(form)), angle)
            background = Random(scene if rng.random() < 0.6 else rng.random())
            yield Shot(family, member, _photograph(thing, background, portrait))


def _look(rng: Random, variant: int) -> Look:
    return Look(*_colours(rng), "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 3))).upper(), variant)


def _colours(rng: Random) -> tuple[Colour, Colour]:
    if rng.random() < 0.25:  # black, white and grey goods
        grey = rng.choice((30, 60, 110, 165, 215, 235))
        return (grey, grey, grey), _hue(rng)
    return _hue(rng), _hue(rng)


def _hue(rng: Random) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(rng.random(), rng.uniform(0.25, 0.95), rng.uniform(0.3, 0.95))
    return round(red * 255), round(green * 255), round(blue * 255)


def _turned(thing: Image.Image, angle: float) -> Image.Image:
    """The thing from another side: turned and sheared a little, and cut to its outline."""
    wide = Image.new("RGBA", (thing.width * 7 // 5, thing.height * 7 // 5))
    wide.paste(thing, (thing.width // 5, thing.height // 5))
    turn, shear, middle = radians(angle), angle / 120, wide.width / 2
    across, down = (cos(turn) + shear * sin(turn), -sin(turn) + shear * cos(turn)), (sin(turn), cos(turn))
    matrix = (*across, middle * (1 - sum(across)), *down, middle * (1 - sum(down)))
    wide = wide.transform(wide.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    return wide.crop(wide.getchannel("A").getbbox())


def _photograph(thing: Image.Image, rng: Random, portrait: float) -> Image.Image:
    kind = rng.random()
    fills = rng.uniform(0.72, 0.97) if kind < 0.7 else rng.uniform(0.45, 0.75)
    width = rng.randint(420, 600)
    size = (width, round(width / portrait))
    if kind < 0.55:
        ground = Image.new("RGB", size, (255, 255, 255))
    elif kind < 0.7:
        ground = _studio(size, rng)
    elif kind < 0.78:
        ground = Image.new("RGB", size, _hue(rng))
    else:
        ground = _room(size, rng)
    scale = fills * min(size[0] / thing.width, size[1] / thing.height)
    thing = thing.resize((round(thing.width * scale), round(thing.height * scale)), Image.Resampling.LANCZOS)
    place = (
        (size[0] - thing.width) // 2 + round(rng.gauss(0, 0.02) * size[0]),
        (size[1] - thing.height) // 2 + round(rng.gauss(0, 0.02) * size[1]),
    )
    if rng.random() < 0.6:
        _cast_shadow(ground, thing, place, rng)
    ground.paste(thing, place, thing)
    return ground


def _cast_shadow(ground: Image.Image, thing: Image.Image, place: tuple[int, int], rng: Random) -> None:
    soft = thing.width * rng.uniform(0.01, 0.05)
    shadow = Image.new("L", ground.size, 0)
    offset = (place[0] + round(thing.width * 0.02), place[1] + round(thing.height * rng.uniform(0.01, 0.04)))
    shadow.paste(rng.randint(40, 120), offset, thing.getchannel("A"))
    ground.paste((0, 0, 0), (0, 0), shadow.filter(ImageFilter.GaussianBlur(soft)))


def _studio(size: tuple[int, int], rng: Random) -> Image.Image:
    """A nearly white sweep that darkens towards one edge."""
    light, dark = rng.randint(236, 252), rng.randint(170, 232)
    ramp = np.linspace(light, dark, size[1])[:, None] * np.ones((1, size[0]))
    return Image.fromarray(ramp.astype(np.uint8)).convert("RGB")


def _room(size: tuple[int, int], rng: Random) -> Image.Image:
    """A wall, a table, and things out of focus behind."""
    room = Image.new("RGB", size, _hue(rng))
    draw = ImageDraw.Draw(room)
    for _ in range(rng.randint(3, 9)):
        x, y = rng.uniform(-0.1, 0.9) * size[0], rng.uniform(-0.1, 0.7) * size[1]
        box = (x, y, x + rng.uniform(0.1, 0.45) * size[0], y + rng.uniform(0.1, 0.5) * size[1])
        (draw.ellipse if rng.random() < 0.4 else draw.rectangle)(box, fill=_hue(rng))
    edge = rng.uniform(0.55, 0.85) * size[1]
    draw.rectangle((0, edge, size[0], size[1]), fill=_hue(rng))
    room = room.filter(ImageFilter.GaussianBlur(rng.uniform(1, 9)))
    grain = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(1, 7), (size[1], size[0], 1))
    return Image.fromarray(np.clip(np.asarray(room, dtype=np.float32) + grain, 0, 255).astype(np.uint8))
