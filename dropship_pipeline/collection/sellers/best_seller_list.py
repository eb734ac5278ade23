"""Amazon's half of `collect_sellers`: the best-seller lists, each product once, kept list by list."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from dropship_pipeline.collection.failures import FailureLog
from dropship_pipeline.collection.log import logger
from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.errors import CollectionStoppedError, MarketplaceError, RunFatal
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.base import CategoryRef
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.paging import ResultPage
from dropship_pipeline.models import OutcomeState, Product
from dropship_pipeline.storage.sellers.values import Listed, ListOutcome, WorkItem
from dropship_pipeline.telemetry.spans import begin


class BestSellerSource(Protocol):
    """Asks Amazon for categories and their best sellers."""

    @property
    def meter(self) -> CallMeter:
        """Counts its calls, and takes how well they could be read."""
        ...

    async def resolve_categories(self, wanted: Sequence[str]) -> list[CategoryRef]:
        """Turn ids, names and addresses into lists to ask for; all top-level ones for none."""
        ...

    async def get_bestsellers(self, category: CategoryRef, page: int) -> ResultPage[Product]:
        """One page of 50 of a best-seller list."""
        ...


class Worklist(Protocol):
    """Where the products of a job are kept."""

    def worklist(self) -> list[WorkItem]:
        """What is kept, in order."""
        ...

    def save_worklist(self, items: Sequence[WorkItem]) -> None:
        """Keep new and changed products."""
        ...

    def save_list(self, run_id: int, outcome: ListOutcome) -> None:
        """Keep what became of a list."""
        ...


class BestSellerList:
    """Fetches the lists of a job one after the other.

    Args:
        settings: which lists, how many pages, how many products.
        kept: where the products are kept, list by list.
        stop: ends the work between two pages.
        failures: logs, counts and records what failed.
    """

    def __init__(
        self,
        settings: SellersSettings,
        source: BestSellerSource,
        kept: Worklist,
        *,
        progress: SearchProgress,
        stop: StopSwitch,
        failures: FailureLog,
    ) -> None:
        self._settings = settings
        self._source = source
        self._kept = kept
        self._progress = progress
        self._stop = stop
        self._failures = failures
        self._items: dict[str, WorkItem] = {}
        self.read = 0
        self.failed = 0

    async def run(self) -> int:
        """Fetch every list until `max_products` distinct products are known; return how many that is.

        Raises:
            CollectionStoppedError: a stop was asked for; what was fetched is kept.
            RunFatal: not one list could be read, or nothing that follows could succeed.
        """
        if self._settings.max_products == 0:
            return 0
        self._items = {item.asin: item for item in await asyncio.to_thread(self._kept.worklist)}
        try:
            categories = await self._source.resolve_categories(self._settings.categories)
        except MarketplaceError as error:
            await self._failures.keep("amazon", "collect", "categories", error)
            raise _nothing_read(error) from None
        self._progress.enter("amazon_fetch", len(categories))
        last_error: MarketplaceError | None = None
        for category in categories:
            last_error = await self._read(category) or last_error
            self._progress.advance()
            if len(self._items) >= self._settings.max_products:
                break
        if last_error is not None and not self.read:
            raise _nothing_read(last_error)
        return len(self._items)

    async def _read(self, category: CategoryRef) -> MarketplaceError | None:
        """Fetch a list and keep what became of it; return why it failed, where it did."""
        failure: MarketplaceError | None = None
        state: OutcomeState = "failed"
        with self._source.meter.measured() as part:
            try:
                state = "found" if await self._fetch(category) else "none"
                self.read += 1
            except MarketplaceError as error:
                failure = error
                self.failed += 1
                logger.exception("Collection %s API error: %s", self._progress.run_id, error)
                await self._failures.keep("amazon", "collect", category.label, error)
        outcome = ListOutcome(category.id or category.url or category.label, state, part.reading)
        await asyncio.to_thread(self._kept.save_list, self._progress.run_id, outcome)
        return failure

    async def _fetch(self, category: CategoryRef) -> int:
        """Fetch the pages of a list; return how many products they have."""
        listed = 0
        changed: dict[str, WorkItem] = {}
        try:
            for number in range(1, self._settings.pages_per_category + 1):
                if self._stop.reason:
                    raise CollectionStoppedError(self._stop.reason)
                with begin("query", platform="amazon", page=number), begin("collect", platform="amazon"):
                    page = await self._source.get_bestsellers(category, number)
                listed += len(page.products)
                for product in page.products:
                    self._note(product, changed)
                if page.last or len(self._items) >= self._settings.max_products:
                    break
        finally:
            await asyncio.to_thread(self._kept.save_worklist, list(changed.values()))
        return listed

    def _note(self, product: Product, changed: dict[str, WorkItem]) -> None:
        """Take a product into the worklist, or note that one more list names it."""
        item = self._items.get(product.product_id)
        if item is None:
            if len(self._items) >= self._settings.max_products:
                return
            item = _work_item(product, len(self._items) + 1)
        if product.category not in [known.category for known in item.lists]:
            item = replace(item, lists=(*item.lists, Listed(product.category, product.rank)))
        self._items[item.asin] = changed[item.asin] = item


def _nothing_read(error: MarketplaceError) -> RunFatal:
    return RunFatal(f"Not one best-seller list could be read: {error}", status=error.status)


def _work_item(product: Product, position: int) -> WorkItem:
    return WorkItem(
        asin=product.product_id,
        position=position,
        title=product.title,
        price=product.price,
        url=product.url,
        image_url=product.image_url,
        rating=product.rating,
        ratings_total=product.ratings_total,
    )
