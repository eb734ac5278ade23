"""The planted marketplace with pictures: of each product one on Amazon, of each listing a copy of it or another."""

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from random import Random

from PIL import Image

from dropship_pipeline_tests.blackbox.market import Answer, Seen
from dropship_pipeline_tests.blackbox.planted import SellerMarket
from dropship_pipeline_tests.photo_set.shots import draw_shots

_AMAZON, _LISTING = "/images/I/", "/images/g/"
_SHOTS = 12


class PhotoMarket(SellerMarket):
    """Its cards and rows show pictures of its own image host. Every second listing copies Amazon's, smaller."""

    def __init__(self, latency_s: float = 0.02, categories: Mapping[str, Sequence[int]] | None = None) -> None:
        super().__init__(latency_s, *([categories] if categories else []))
        _shots()  # drawing takes seconds, for which nobody waits later

    def answer(self, seen: Seen) -> Answer:
        if seen.kind == "image":
            return Answer(_picture(seen.path), headers={"Content-Type": "image/jpeg"})
        answer = super().answer(seen)
        if seen.platform == "amazon":
            return self._with_row_pictures(answer)
        return replace(answer, body=self._with_card_pictures(answer.body))

    def fetched(self) -> Counter[str]:
        """How often each picture was asked for."""
        return Counter(seen.path for seen in list(self.seen) if seen.kind == "image")

    def _with_row_pictures(self, answer: Answer) -> Answer:
        if answer.status != 200:
            return answer
        document = json.loads(answer.body)
        for row in document.get("bestsellers", []):
            row["image"] = f"{self.url}{_AMAZON}{row['asin']}.jpg"
        return replace(answer, body=json.dumps(document).encode())

    def _with_card_pictures(self, body: bytes) -> bytes:
        """A picture behind each link to a listing, as the site has it in both markups."""
        older, newer = b'<div class="s-item__image-section">', b'<div class="su-card-container__media">'
        for begin, kind in ((older, "s-item__image-img"), (newer, "s-card__image")):
            head, *cards = body.split(begin)
            body = head + b"".join(begin + self._pictured(card, kind) for card in cards)
        return body

    def _pictured(self, card: bytes, kind: str) -> bytes:
        item = card.partition(b"/itm/")[2][:12].decode()
        image = f'<img class="{kind}" src="{self.url}{_LISTING}{item}/s-l500.jpg" alt="">'.encode()
        if kind == "s-item__image-img":
            return image + card
        before, link, after = card.partition(b"</a>")
        return before + image + link + after


def copies(item_id: str) -> bool:
    """Whether a listing shows Amazon's photo."""
    return int(item_id) % 2 == 0


def _picture(path: str) -> bytes:
    name = path.removeprefix(_AMAZON).removeprefix(_LISTING)
    if path.startswith(_AMAZON):
        return _jpeg(int(name[5:10]) % _SHOTS, 500, 88)
    item = name[:12]
    number = int(item) % 1_000_000_000 // 100 % 100_000
    own = Random(item).choice([shot for shot in range(_SHOTS) if shot != number % _SHOTS])
    return _jpeg(number % _SHOTS if copies(item) else own, 300, 70)


@cache
def _jpeg(shot: int, side: int, quality: int) -> bytes:
    small = _shots()[shot].copy()
    small.thumbnail((side, side))
    file = io.BytesIO()
    small.save(file, "JPEG", quality=quality)
    return file.getvalue()


@cache
def _shots() -> Sequence[Image.Image]:
    return [shot.image.convert("RGB") for shot in draw_shots(range(300, 340)) if shot.member == 0][:_SHOTS]
