"""Collectors and stores that keep a diary: stand-ins for the marketplaces where a test is about the loop itself."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dropship_pipeline.errors import StoreError
from dropship_pipeline.models import Listing, Platform, Product, Seller, StoredImage

IMAGE = StoredImage("images/aa/aa.jpg", "a" * 64, "image/jpeg", 10, 1, 1)


def product(platform: Platform, product_id: str) -> Product:
    """A product; on eBay a listing with a seller of the same name."""
    if platform == "amazon":
        return Product(platform="amazon", product_id=product_id, title="T", url="https://a.example/1")
    return Listing(
        platform="ebay", product_id=product_id, title="T", url="https://e.example/1", seller=Seller(f"of {product_id}")
    )


@dataclass
class Diary:
    """What happened, in order, and how much of it at the same time."""

    events: list[str] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0

    async def during(self, event: str, seconds: float) -> None:
        self.events.append(event)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        await asyncio.sleep(seconds)
        self.open_now -= 1


class FakeCollector:
    """Answers from a table; an exception in the table is raised."""

    def __init__(
        self,
        platform: Platform,
        answers: Mapping[str, Sequence[str] | BaseException],
        diary: Diary | None = None,
        seconds: float = 0.0,
    ) -> None:
        self.platform, self.answers, self.diary, self.seconds = platform, answers, diary or Diary(), seconds

    async def collect_products(self, query: str, top_k: int) -> list[Product]:
        await self.diary.during(f"ask {query}", self.seconds)
        answer = self.answers[query]
        if isinstance(answer, BaseException):
            raise answer
        return [product(self.platform, product_id) for product_id in answer][:top_k]


class FakeStore:
    """Stores in memory; the named products fail."""

    def __init__(
        self,
        diary: Diary | None = None,
        failing: Sequence[str] = (),
        fatal: Mapping[str, BaseException] | None = None,
        seconds: float = 0.0,
    ) -> None:
        self.diary, self.failing, self.fatal, self.seconds = diary or Diary(), failing, fatal or {}, seconds
        self.stored: list[tuple[str, Platform, str]] = []

    async def store_product(self, product: Product, job_id: str, platform: Platform) -> StoredImage | None:
        await self.diary.during(f"store {product.product_id}", self.seconds)
        if product.product_id in self.fatal:
            raise self.fatal[product.product_id]
        if product.product_id in self.failing:
            raise StoreError(product.product_id, "HTTP 404", kind="image_http", status=404)
        self.stored.append((job_id, platform, product.product_id))
        return IMAGE
