"""What happens to a photograph between Amazon's page and a seller's listing."""

import io
from collections.abc import Callable, Mapping
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

Alteration = Callable[[Image.Image, Random], Image.Image]


def resized(image: Image.Image, rng: Random) -> Image.Image:
    side = rng.choice((225, 300, 400, 500))
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.BICUBIC)
    return small


def compressed(quality: int, *, resize: bool = False) -> Alteration:
    def alter(image: Image.Image, rng: Random) -> Image.Image:
        return _encoded(resized(image, rng) if resize else image, "JPEG", quality)

    return alter


def as_webp(image: Image.Image, rng: Random) -> Image.Image:
    return _encoded(resized(image, rng), "WEBP", rng.randint(45, 75))


def brightness(low: float, high: float) -> Alteration:
    def alter(image: Image.Image, rng: Random) -> Image.Image:
        by = rng.uniform(low, high)
        return image.point(lambda value: min(255, round(value * by)))

    return alter


def contrast(image: Image.Image, rng: Random) -> Image.Image:
    gamma = rng.choice((0.7, 0.8, 1.25, 1.4))
    return image.point([round(255 * (value / 255) ** gamma) for value in range(256)] * 3)


def cropped(share: float) -> Alteration:
    """Cut this share of the side off each of the four edges."""

    def alter(image: Image.Image, _rng: Random) -> Image.Image:
        across, down = round(image.width * share), round(image.height * share)
        return image.crop((across, down, image.width - across, image.height - down))

    return alter


def one_edge_cropped(image: Image.Image, rng: Random) -> Image.Image:
    cut = round(image.height * 0.08)
    top, bottom = rng.choice(((cut, 0), (0, cut)))
    return image.crop((0, top, image.width, image.height - bottom))


def bordered(share: float) -> Alteration:
    def alter(image: Image.Image, rng: Random) -> Image.Image:
        colour = rng.choice(("white", "black", "#d02020", "#1f4fa0", "#f2c200", "#dddddd"))
        return ImageOps.expand(image, round(max(image.size) * share), colour)

    return alter


def padded_to_square(image: Image.Image, rng: Random) -> Image.Image:
    """To the longer side; a picture that is square already gets a wider canvas, as a template's would be."""
    side = max(image.size) if image.width != image.height else round(image.width * 1.25)
    canvas = Image.new("RGB", (side, max(image.size)), rng.choice(("white", "white", "black", "#eeeeee")))
    canvas.paste(image, ((canvas.width - image.width) // 2, (canvas.height - image.height) // 2))
    return canvas


def mirrored(image: Image.Image, _rng: Random) -> Image.Image:
    return ImageOps.mirror(image)


def badged(image: Image.Image, rng: Random) -> Image.Image:
    """A round or square sticker in a corner, an eighth to a fifth of the side, with a word in it."""
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    side, gap = round(min(image.size) * rng.uniform(0.12, 0.2)), round(min(image.size) * rng.uniform(0.01, 0.04))
    x = rng.choice((gap, image.width - side - gap))
    y = rng.choice((gap, image.height - side - gap))
    colour = rng.choice(("#d02020", "#1f8f3a", "#f2c200", "#1f4fa0", "#202020"))
    (draw.ellipse if rng.random() < 0.6 else draw.rectangle)((x, y, x + side, y + side), fill=colour)
    font = ImageFont.load_default(size=side * 0.3)
    draw.text((x + side / 2, y + side / 2), rng.choice(("NEW", "SALE", "-20%", "TOP")), "white", font=font, anchor="mm")
    return marked


def watermarked(image: Image.Image, rng: Random) -> Image.Image:
    """A seller's name across the middle, half transparent."""
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    font = ImageFont.load_default(size=image.width * 0.09)
    place = (image.width / 2, image.height * rng.uniform(0.35, 0.65))
    ImageDraw.Draw(layer).text(place, "best-deals-4u", (128, 128, 128, 110), font=font, anchor="mm")
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def bannered(image: Image.Image, rng: Random) -> Image.Image:
    """A strip with words over the lower edge."""
    marked = image.copy()
    draw = ImageDraw.Draw(marked)
    height = round(image.height * 0.09)
    draw.rectangle((0, image.height - height, image.width, image.height), fill=rng.choice(("#d02020", "#202020")))
    font = ImageFont.load_default(size=height * 0.6)
    draw.text((image.width / 2, image.height - height / 2), "FREE & FAST SHIPPING", "white", font=font, anchor="mm")
    return marked


def worn(image: Image.Image, rng: Random) -> Image.Image:
    """Three at once: cropped a little, brighter, smaller and compressed."""
    return compressed(55, resize=True)(brightness(1.05, 1.15)(cropped(0.02)(image, rng), rng), rng)


def recoloured(image: Image.Image, rng: Random) -> Image.Image:
    """Not the same photograph any more: every hue turned by a third or a half of the circle."""
    hue, saturation, value = image.convert("HSV").split()
    turned = (np.asarray(hue, dtype=np.int32) + rng.choice((85, 128, 170))) % 256
    parts = (Image.fromarray(turned.astype(np.uint8)), saturation, value)
    return Image.merge("HSV", parts).convert("RGB")


def _encoded(image: Image.Image, kind: str, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, quality=quality)
    return Image.open(file).convert("RGB")


# Name to alteration, and the least share of photographs that is to be found again; 0 where that is only measured.
ALTERATIONS: Mapping[str, tuple[Alteration, float]] = {
    "resized to 225-500 px": (resized, 0.97),
    "JPEG quality 60": (compressed(60), 0.97),
    "JPEG quality 30": (compressed(30), 0.97),
    "resized, JPEG quality 60": (compressed(60, resize=True), 0.97),
    "resized, WebP": (as_webp, 0.97),
    "brighter by 10-30 %": (brightness(1.1, 1.3), 0.97),
    "darker by 10-30 %": (brightness(0.7, 0.9), 0.97),
    "contrast (gamma 0.7-1.4)": (contrast, 0.0),
    "cropped 3 % at each edge": (cropped(0.03), 0.97),
    "cropped 5 % at each edge": (cropped(0.05), 0.85),
    "cropped 8 % at the top or bottom": (one_edge_cropped, 0.0),
    "cropped 10 % at each edge": (cropped(0.10), 0.0),
    "border 5 %": (bordered(0.05), 0.85),
    "border 15 %": (bordered(0.15), 0.85),
    "padded": (padded_to_square, 0.85),
    "mirrored": (mirrored, 0.85),
    "badge in a corner": (badged, 0.85),
    "watermark": (watermarked, 0.0),
    "banner at the bottom": (bannered, 0.0),
    "cropped 2 %, brighter, resized, q55": (worn, 0.0),
}
