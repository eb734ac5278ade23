"""Stand-ins for eBay and the database where a test is about the seller search itself."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dropship_pipeline.collection.failures import FailureLog
from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers.control_search import ControlSearch
from dropship_pipeline.collection.sellers.search import SellerSearch
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.filters import SearchFilters
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Listing, Money, Reading, Seller, normalize_seller_name
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline.storage.sellers.values import FoundListing, SearchOutcome, SeenSeller, WorkItem

MAX_IN_FLIGHT = 2


def product(number: int, **changes: Any) -> WorkItem:
    """A product of the worklist, for 10 dollars."""
    plain = WorkItem(
        asin=f"B0SIM{number:05}",
        position=number,
        title=f"Lamp {number:05}",
        url=f"https://a.example/{number}",
        price=Money(1000, "USD"),
    )
    return replace(plain, **changes)


def listing(item: int, seller: Seller | str | None = "sim", **changes: Any) -> Listing:
    """A listing that passes every filter of a product for 10 dollars."""
    known = Seller(seller) if isinstance(seller, str) else seller
    fields: dict[str, Any] = {
        "price": Money(1000, "USD"), "condition": "Brand New", "shipping": Money(0, "USD"), "seller": known, **changes,
    }  # fmt: skip
    return Listing(platform="ebay", product_id=str(item), title="T", url=f"https://e.example/{item}", **fields)


Answer = Sequence[Listing] | BaseException


@dataclass
class FakeEbay:
    """Answers a query from a table, everything else with one listing; an exception is raised."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _: None
    asked: list[tuple[str, int, int]] = field(default_factory=list)
    filters: list[SearchFilters] = field(default_factory=list)
    delays: Mapping[str, float] = field(default_factory=dict)
    currency: str = "USD"
    meter: CallMeter = field(default_factory=CallMeter)
    reading: Reading = field(default_factory=Reading)

    async def search(self, query: str, top_k: int, filters: SearchFilters, *, most_pages: int) -> list[Listing]:
        self.asked.append((query, top_k, most_pages))
        self.filters.append(filters)
        await asyncio.sleep(self.delays.get(query, 0))
        self.before(query)
        self.meter.add(reading=self.reading)
        answer = self.answers.get(query, (listing(len(self.asked)),))
        if isinstance(answer, BaseException):
            raise answer
        return [*answer]


@dataclass
class FakeResults:
    """Keeps batches in lists."""

    outcomes: list[SearchOutcome] = field(default_factory=list)
    listings: list[FoundListing] = field(default_factory=list)
    sellers: list[list[SeenSeller]] = field(default_factory=list)
    finished: int = 0
    error: Exception | None = None

    def save_searches(
        self,
        run_id: int,
        outcomes: Sequence[SearchOutcome],
        listings: Sequence[FoundListing],
        sellers: Sequence[SeenSeller],
    ) -> None:
        if self.error is not None:
            raise self.error
        self.outcomes += outcomes
        self.listings += listings
        self.sellers.append([*sellers])

    def finish(self, run_id: int) -> None:
        self.finished += 1

    @property
    def names(self) -> set[str]:
        return {normalize_seller_name(seen.seller.name) for batch in self.sellers for seen in batch}

    @property
    def states(self) -> dict[str, str]:
        return {outcome.asin: outcome.state for outcome in self.outcomes}


@dataclass
class Bench:
    """A search with everything around it."""

    ebay: FakeEbay = field(default_factory=FakeEbay)
    results: FakeResults = field(default_factory=FakeResults)
    settings: SellersSettings = field(default_factory=SellersSettings)
    stop: StopSwitch = field(default_factory=StopSwitch)
    progress: SearchProgress = field(default_factory=lambda: SearchProgress(1))
    errors: list[RunError] = field(default_factory=list)
    controlled: list[str] = field(default_factory=list)
    control_search: ControlSearch | None = None

    async def run(self, products: Sequence[WorkItem], searched: set[str] | None = None) -> None:
        async def control(query: str) -> list[Listing]:
            self.controlled.append(query)
            return [listing(1)]

        await SellerSearch(
            self.settings, 1, self.ebay, self.results, self.control_search or ControlSearch(control),
            max_in_flight=MAX_IN_FLIGHT, progress=self.progress, stop=self.stop,
            failures=FailureLog(self.errors.append),
        ).run(products, searched or set())  # fmt: skip
