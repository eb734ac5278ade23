"""Draws goods as a shop shows them: one silhouette on a plain ground, in a colour, at an angle, with a soft shadow.

A seed decides ground, size, angle and place; the kind of goods decides the silhouette (`silhouettes`).
"""

from random import Random

from PIL import Image, ImageDraw, ImageFilter

from dropship_pipeline.sandbox.catalogue.silhouettes import PARCEL, SILHOUETTES

Colour = tuple[int, int, int]

FIELD = 100
_SHADES: dict[str, Colour] = {"k": (38, 40, 46), "w": (246, 246, 242), "g": (168, 174, 182)}
# The colour words of the catalogue's titles.
_COLOURS: dict[str, Colour] = {
    "Black": (58, 58, 64), "White": (226, 226, 220), "Navy Blue": (38, 58, 118), "Forest Green": (42, 104, 64),
    "Rose Gold": (212, 150, 138), "Silver": (176, 182, 190), "Charcoal": (84, 90, 98), "Sand": (208, 184, 142),
    "Teal": (22, 134, 138), "Red": (194, 46, 48), "Lavender": (164, 142, 206), "Walnut": (116, 76, 48),
}  # fmt: skip
_ACCENTS: tuple[Colour, ...] = ((244, 178, 48), (236, 98, 70), (74, 160, 226), (120, 190, 90))
_SHADOW: Colour = (0, 0, 0)
_SHADOW_SHARE = 28


def paste_goods(picture: Image.Image, rng: Random, kind: str | None, colour: str | None) -> None:
    """Put the goods and their shadow on a square picture.

    Args:
        picture: RGB; changed in place.
        rng: decides angle, size, place and what the other arguments leave open.
        kind: name of a kind of goods; a parcel stands for any that is not known.
        colour: a colour word of the catalogue's titles; any where None.
    """
    palette, side = _palette(rng, colour), round(picture.width * rng.uniform(0.72, 0.95))
    layer = Image.new("RGBA", (side, side))
    _strokes(ImageDraw.Draw(layer), SILHOUETTES.get(kind or "", PARCEL), palette, side / FIELD)
    if rng.random() < 0.5:  # noqa: PLR2004
        layer = layer.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    layer = layer.rotate(rng.uniform(-14, 14), Image.Resampling.BILINEAR)
    slack = picture.width - side
    left, top = rng.randint(0, slack), rng.randint(0, slack)
    picture.paste(_SHADOW, (left + side // 50, top + side // 30), _shadow(layer))
    picture.paste(layer, (left, top), layer)


def _shadow(layer: Image.Image) -> Image.Image:
    """A soft mask: blurred small and drawn large, which gives the same edge for a fraction of the work."""
    small = layer.getchannel("A").reduce(4).filter(ImageFilter.GaussianBlur(2))
    return small.point(lambda alpha: alpha * _SHADOW_SHARE // 100).resize(layer.size)


def _palette(rng: Random, colour: str | None) -> dict[str, Colour]:
    body = _COLOURS.get(colour or "") or rng.choice(tuple(_COLOURS.values()))
    body = (_near(rng, body[0]), _near(rng, body[1]), _near(rng, body[2]))
    darker = (body[0] * 7 // 10, body[1] * 7 // 10, body[2] * 7 // 10)
    lighter = (body[0] + (255 - body[0]) * 4 // 10, body[1] + (255 - body[1]) * 4 // 10, body[2] + (255 - body[2]) // 2)
    return {**_SHADES, "b": body, "d": darker, "m": lighter, "a": rng.choice(_ACCENTS)}


def _near(rng: Random, value: int) -> int:
    return min(255, max(0, value + rng.randint(-10, 10)))


def _strokes(pen: ImageDraw.ImageDraw, strokes: str, palette: dict[str, Colour], unit: float) -> None:
    for stroke in strokes.split(";"):
        shape, colour, *numbers = stroke.split()
        fill, values = palette[colour], [float(number) for number in numbers]
        lengths = [value * unit for value in values]
        match shape:
            case "e":
                pen.ellipse(lengths, fill=fill)
            case "r":
                pen.rounded_rectangle(lengths[:4], radius=lengths[4], fill=fill)
            case "p":
                pen.polygon(lengths, fill=fill)
            case "l":
                pen.line(lengths[1:], fill=fill, width=max(1, round(lengths[0])), joint="curve")
            case "o":
                pen.arc(lengths[1:5], values[5], values[6], fill=fill, width=max(1, round(lengths[0])))
