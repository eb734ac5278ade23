"""How much longer a seller search takes because its listings are judged, at ten times eBay's default quota."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from unittest.mock import patch

from msgspec.structs import replace

from dropship_pipeline.collection.sellers.judging import ListingJudge
from dropship_pipeline.marketplaces.filters import SearchFilters
from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline.models import Listing, Match
from dropship_pipeline.storage.sellers.values import WorkItem
from dropship_pipeline_tests.bench.matching_pairs import LISTINGS_A_PRODUCT, fifty_of, titles
from dropship_pipeline_tests.bench.pairs import BenchError
from dropship_pipeline_tests.unit.seller_fakes import Bench, FakeEbay, listing, product

SEARCHES = 200
# Ten times 120 calls a minute; a page of eBay through ScraperAPI takes seconds, here a tenth of one.
CALLS_A_MINUTE, IN_FLIGHT, LATENCY_S = 1_200, 5, 0.1


@dataclass
class PacedEbay(FakeEbay):
    """Answers each search with fifty listings at the price of the product, when it is its turn."""

    def __post_init__(self) -> None:
        self._pace = Pace(CALLS_A_MINUTE, IN_FLIGHT)
        self._titles = titles("title_b")

    async def search(self, query: str, top_k: int, filters: SearchFilters, *, most_pages: int) -> list[Listing]:
        async with self._pace.turn():
            await asyncio.sleep(LATENCY_S)
        self.asked.append((query, top_k, most_pages))
        first = len(self.asked) * LISTINGS_A_PRODUCT
        found = fifty_of(len(self.asked), self._titles)
        return [replace(listing(first + number, f"seller {number}"), title=title) for number, title in enumerate(found)]


def judged_over_unjudged() -> float:
    """The time of a search of 200 products × 50 listings, over that of the same without judging."""
    return _seconds(nullcontext()) / _seconds(patch.object(ListingJudge, "judge", _not_judged))


def _not_judged(_: ListingJudge, product: WorkItem, listings: Iterable[Listing]) -> Sequence[Match]:
    return [Match(0.5, "review", (), "none") for _ in listings]


def _seconds(judging: AbstractContextManager[object]) -> float:
    products = [product(number, title=title) for number, title in enumerate(titles("title_a")[:SEARCHES])]
    bench = Bench(ebay=PacedEbay())
    with judging:
        began = time.monotonic()
        asyncio.run(bench.run(products))
        took_s = time.monotonic() - began
    if len(bench.results.listings) != SEARCHES * LISTINGS_A_PRODUCT:
        raise BenchError(f"{len(bench.results.listings)} listings were kept")
    return took_s
