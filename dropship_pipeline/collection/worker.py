"""One platform's worker: its queries in order, and the products of each in order.

One failure costs one query or one product, never the run; both `except Exception` of this module log, count and
record what they catch. A `RunFatal` passes through: after it nothing could succeed.

A product is opaque here: a `Product`, or any mapping or object. If its shape is wrong, it costs that product alone.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from msgspec.structs import replace

from dropship_pipeline.collection.failures import FailureLog, kind_of
from dropship_pipeline.collection.log import logger
from dropship_pipeline.collection.seen_sellers import SeenSellers
from dropship_pipeline.errors import RunFatal
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.marketplaces.base import IProductCollector
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import (
    Listing,
    OutcomeState,
    Platform,
    Product,
    QueryOutcome,
    Reading,
    StoredImage,
    utc_now,
)
from dropship_pipeline.storage.products.any_shape import name_of, title_of
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline.telemetry.spans import Span, begin

# Queries that a worker asks ahead when it may do several things at once. One would leave the stores waiting for the
# marketplace; each further one is a call that a kill could repeat.
LOOK_AHEAD = 2


class ProductStore(Protocol):
    """Stores one product: its image, then its row."""

    async def store_product(self, product: Any, job_id: str, platform: Platform) -> StoredImage | None:  # noqa: ANN401
        """Return the stored image, None for a product without one.

        Args:
            product: as its collector returned it.
            job_id: the job that it is stored for.
            platform: where it is from.

        Raises:
            StoreError: this product could not be stored.
            RunFatal: nothing can be stored any more.
        """
        ...


@dataclass(slots=True)
class WorkerProgress:
    """How far a worker is; read by its heartbeat. `products` leaves out what an earlier run of the job was answered."""

    queries: int = 0
    products: int = 0
    stored: int = 0


@dataclass(frozen=True, slots=True)
class WorkerResult:
    """What one worker did. `count` is the number of products stored."""

    platform: Platform
    outcomes: list[QueryOutcome]
    sellers: SeenSellers

    @property
    def count(self) -> int:
        """Products stored, over all queries."""
        return sum(outcome.stored for outcome in self.outcomes)


@dataclass(slots=True)
class _Collected:
    """A query's products, or the kind of its error, with calls and times. Its span is still open.

    `known`: all of it was answered to an earlier run of the job already.
    """

    span: Span
    started_at: datetime
    products: Sequence[object] = ()
    error_kind: str | None = None
    credits: int = 0
    known: bool = False
    reading: Reading = field(default_factory=Reading)


@dataclass(slots=True)
class _Stored:
    """Running counts of one query's stored products."""

    stored: int = 0
    without_image: int = 0
    errors: Counter[str] = field(default_factory=Counter)


class PlatformWorker:
    """Collects and stores one platform's products.

    Args:
        settings: what to ask for and how. With a `storage_window` of 1 nothing in this worker happens at the same time
            as anything else in it; with n > 1 up to n products are stored at once, while the next two queries are
            being asked.
        meter: what the collector's calls came to; share it with the collector's transport.
        record_error: keeps an error for good; called in a thread.
    """

    def __init__(
        self,
        platform: Platform,
        collector: IProductCollector,
        store: ProductStore,
        settings: ProductsSettings,
        *,
        meter: CallMeter | None = None,
        record_error: Callable[[RunError], None] | None = None,
    ) -> None:
        self.platform = platform
        self.progress = WorkerProgress()
        self._collector = collector
        self._store = store
        self._queries = settings.queries
        self._top_k = settings.top_k(platform)
        self._window = settings.storage_window
        self._throttle_s = settings.throttle_seconds
        self._meter = meter or CallMeter()
        self._failures = FailureLog(record_error)

    async def run(self, job_id: str) -> WorkerResult:
        """Collect and store the products of each query, in order.

        Raises:
            RunFatal: nothing that follows could succeed; what is stored stays stored.
        """
        logger.info("[%s] Worker START job=%s", self.platform, job_id)
        result = WorkerResult(self.platform, [], SeenSellers())
        upcoming: deque[asyncio.Task[_Collected]] = deque()
        waiting = iter(self._queries)
        try:
            for number, query in enumerate(self._queries):
                self._look_ahead(upcoming, waiting, first=number == 0)
                collected = await upcoming.popleft()
                if self._window > 1:
                    self._look_ahead(upcoming, waiting, first=False)
                outcome = await self._store_query(job_id, query, collected)
                result.outcomes.append(outcome)
                for product in collected.products:
                    if isinstance(product, Listing):
                        result.sellers.add(product)
        finally:
            for task in upcoming:
                task.cancel()
            await asyncio.gather(*upcoming, return_exceptions=True)
        logger.info("[%s] Worker END job=%s, count=%s", self.platform, job_id, result.count)
        return result

    def _look_ahead(self, upcoming: "deque[asyncio.Task[_Collected]]", waiting: Iterator[str], *, first: bool) -> None:
        """Begin to ask the next queries: one, or with a window above 1 as many as keep the stores busy.

        With a pause between queries, one at a time: two pauses at once would be none.
        """
        ahead = LOOK_AHEAD if self._window > 1 and not self._throttle_s else 1
        for query in islice(waiting, ahead - len(upcoming)):
            upcoming.append(asyncio.create_task(self._collect(query, first=first)))

    async def _collect(self, query: str, *, first: bool) -> _Collected:
        if self._throttle_s and not first:
            await asyncio.sleep(self._throttle_s)
        collected = _Collected(begin("query", platform=self.platform, details={"query": query}), utc_now())
        if self._top_k == 0:
            return collected
        with collected.span.inside(), self._meter.measured() as part:
            await self._ask(query, collected)
        collected.credits, collected.reading, collected.known = part.credits, part.reading, part.only_earlier
        return collected

    async def _ask(self, query: str, collected: _Collected) -> None:
        try:
            with begin("collect", platform=self.platform):
                collected.products = list(await self._collector.collect_products(query, self._top_k))[: self._top_k]
        except RunFatal:
            raise
        except Exception as error:
            logger.exception("[%s] Collect failed for query='%s': %s", self.platform, query, error)
            collected.error_kind = kind_of(error)
            await self._failures.keep(self.platform, "collect", query, error)

    async def _store_query(self, job_id: str, query: str, collected: _Collected) -> QueryOutcome:
        counts = _Stored()
        self.progress.products += 0 if collected.known else len(collected.products)
        with collected.span as span:
            await self._store_products(job_id, query, collected.products, counts)
            span.note(state=_state(collected, self._top_k), stored=counts.stored, credits=collected.credits)
        self.progress.queries += 1
        errors = Counter(counts.errors)
        if collected.error_kind:
            errors[collected.error_kind] += 1
        return QueryOutcome(
            platform=self.platform,
            query=query,
            state=_state(collected, self._top_k),
            returned=len(collected.products),
            stored=counts.stored,
            without_image=counts.without_image,
            reading=collected.reading,
            collect_errors=1 if collected.error_kind else 0,
            store_errors=counts.errors.total(),
            errors_by_kind=errors,
            credits=collected.credits,
            started_at=collected.started_at,
            ended_at=utc_now(),
        )

    async def _store_products(self, job_id: str, query: str, products: Sequence[object], counts: _Stored) -> None:
        if self._window == 1:
            for product in products:
                await self._store_one(job_id, query, product, counts)
            return
        gate = asyncio.Semaphore(self._window)

        async def gated(product: object) -> None:
            async with gate:
                await self._store_one(job_id, query, product, counts)

        tasks = [asyncio.create_task(gated(product)) for product in products]
        try:
            for task in tasks:
                await task
        finally:
            for task in tasks:
                task.cancel()

    async def _store_one(self, job_id: str, query: str, product: object, counts: _Stored) -> None:
        name = None
        try:
            name = name_of(product)
            found = replace(product, query=query) if isinstance(product, Product) else product
            details = {"title": title_of(product)}
            with begin("product", platform=self.platform, product_id=name or "", details=details):
                image = await self._store.store_product(found, job_id, self.platform)
        except RunFatal:
            raise
        except Exception as error:
            logger.exception("[%s] Store failed (id=%s) for query='%s': %s", self.platform, name, query, error)
            counts.errors[kind_of(error)] += 1
            await self._failures.keep(self.platform, "store", query, error, name)
            return
        counts.stored += 1
        counts.without_image += image is None
        self.progress.stored += 1


def _state(collected: _Collected, top_k: int) -> OutcomeState:
    if collected.error_kind:
        return "failed"
    if top_k == 0:
        return "skipped"
    return "found" if collected.products else "none"
