"""Draws shapes in a unit square onto a transparent layer."""

from collections.abc import Sequence
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

SIDE = 720
Colour = tuple[int, int, int]
Point = tuple[float, float]


def shade(colour: Colour, by: float) -> Colour:
    """A darker (`by` < 1) or lighter colour."""
    red, green, blue = (min(255, max(0, round(part * by))) for part in colour)
    return red, green, blue


class Pen:
    """A layer of `SIDE` pixels and the shapes on it; coordinates run from 0 to 1, right and down."""

    def __init__(self) -> None:
        self.layer = Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.layer)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour, *, radius: float = 0.0) -> None:
        """A rectangle, its corners rounded."""
        self._draw.rounded_rectangle(_scaled((left, top), (right, bottom)), radius * SIDE, (*fill, 255))

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        """An ellipse around a centre."""
        self._draw.ellipse(_scaled((x - rx, y - ry), (x + rx, y + ry)), (*fill, 255))

    def ring(self, x: float, y: float, rx: float, ry: float, fill: Colour, width: float) -> None:
        """The outline of an ellipse."""
        self._draw.ellipse(
            _scaled((x - rx, y - ry), (x + rx, y + ry)), outline=(*fill, 255), width=max(1, round(width * SIDE))
        )

    def arc(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, fill: Colour, width: float
    ) -> None:
        """A part of the outline of an ellipse, in degrees from three o'clock, clockwise."""
        box = _scaled((x - rx, y - ry), (x + rx, y + ry))
        self._draw.arc(box, start, end, (*fill, 255), max(1, round(width * SIDE)))

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """A polygon."""
        self._draw.polygon(_scaled(*points), (*fill, 255))

    def line(self, points: Sequence[Point], fill: Colour, width: float) -> None:
        """A stroke with round joints."""
        self._draw.line(_scaled(*points), (*fill, 255), max(1, round(width * SIDE)), joint="curve")

    def hole(self, x: float, y: float, rx: float, ry: float) -> None:
        """Cut an ellipse out of what is drawn."""
        self._draw.ellipse(_scaled((x - rx, y - ry), (x + rx, y + ry)), (0, 0, 0, 0))

    def text(self, x: float, y: float, words: str, fill: Colour, height: float) -> None:
        """A line of text around a centre."""
        font = ImageFont.load_default(size=max(8, height * SIDE))
        self._draw.text((x * SIDE, y * SIDE), words, (*fill, 255), font=font, anchor="mm")

    def lit(self, rng: Random) -> Image.Image:
        """The layer with light from one side, as round things show it."""
        ramp = np.linspace(1.0, rng.uniform(0.55, 0.9), SIDE)
        if rng.random() < 0.5:
            ramp = ramp[::-1]
        light = np.tile(ramp, (SIDE, 1)) if rng.random() < 0.7 else np.tile(ramp[:, None], (1, SIDE))
        grey = Image.fromarray((light * 255).astype(np.uint8))
        lit = ImageChops.multiply(self.layer.convert("RGB"), Image.merge("RGB", (grey, grey, grey)))
        lit.putalpha(self.layer.getchannel("A"))
        return lit


def _scaled(*points: Point) -> list[tuple[float, float]]:
    return [(x * SIDE, y * SIDE) for x, y in points]
