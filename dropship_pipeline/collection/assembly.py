"""Puts a worker together from the environment: HTTP client, ledger, collector and image store of one platform."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dropship_pipeline.collection.run_control import StopSwitch
from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.marketplaces.amazon.best_sellers import BestSellers
from dropship_pipeline.marketplaces.amazon.rainforest import RainforestCollector
from dropship_pipeline.marketplaces.ebay.scraperapi import ScraperApiEbayCollector
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.client import PaidClient
from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline.models import PLATFORM_PROVIDERS, Platform, Product, Provider
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.images.store import ImageStorageManager
from dropship_pipeline.storage.ledger import JobLedger
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.products.rows import ProductCatalogue
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunError, RunRecord
from dropship_pipeline.storage.waiting import StoreWait

Collector = RainforestCollector | ScraperApiEbayCollector


class PaidCalls:
    """Opens what asks the marketplaces for one step; HTTP connections close with each block.

    Each of its blocks raises SettingsError where the provider's key or another setting is missing or wrong, and
    StorageUnavailable where the object store does not take what would be bought.

    Args:
        environment: keys, base URLs, quotas, image hosts.
        database: for the ledger, the products and the errors; stays open.
        objects: for images and raw answers; stays open.
        run: on whose job's ledger calls are made, and for whom errors are recorded.
        stop: ends what waits for its turn.
        budget: credits that the runs of the job may cost together; None without a limit.
    """

    def __init__(
        self,
        environment: Settings,
        database: Database,
        objects: ObjectStore,
        run: RunRecord,
        meter: CallMeter,
        *,
        stop: StopSwitch | None = None,
        budget: int | None = None,
    ) -> None:
        self._environment = environment
        self._database = database
        self._objects = objects
        self._run = run
        self._meter = meter
        self._stop = stop
        self._budget = budget
        self._wait = StoreWait(environment.s3_wait_seconds)

    @asynccontextmanager
    async def worker(self, settings: ProductsSettings, platform: Platform) -> AsyncIterator[PlatformWorker]:
        """A platform's worker that is ready to run."""
        async with self._client(PLATFORM_PROVIDERS[platform]) as client:
            await self._wait.call(self._objects.check_writable, f"images/{_probe()}")
            rows = ProductCatalogue(self._database, self._environment.org)
            async with ImageStorageManager.from_settings(self._environment, rows, self._objects, self._wait) as images:
                collector = _Expecting(self._collector(client, platform), images, platform)
                yield PlatformWorker(
                    platform, collector, images, settings, meter=self._meter, record_error=self._record_error
                )

    @asynccontextmanager
    async def best_sellers(self) -> AsyncIterator[BestSellers]:
        """Amazon's best-seller lists."""
        async with self._client("rainforest") as client:
            yield BestSellers(client, self._environment.amazon_domain)

    @asynccontextmanager
    async def ebay(self) -> AsyncIterator[ScraperApiEbayCollector]:
        """The search of eBay."""
        async with self._client("scraperapi") as client:
            yield self._ebay(client)

    @asynccontextmanager
    async def _client(self, provider: Provider) -> AsyncIterator[PaidClient]:
        # A step must not buy an answer only to find that it cannot be kept; so a byte is kept there first.
        await self._wait.call(self._objects.check_writable, f"raw/{provider}/{self._run.job_id}/{_probe()}")
        ledger = JobLedger(
            self._database, self._objects, org_id=self._environment.org, job_id=self._run.job_id,
            run_id=self._run.run_id, budget=self._budget, wait=self._wait,
        )  # fmt: skip
        quota, stop = self._environment.quota(provider), self._stop
        pace = Pace(quota.requests_per_minute, quota.max_in_flight, stop_reason=lambda: stop.reason if stop else None)
        async with PaidClient(
            provider,
            self._environment.base_url(provider),
            self._environment.api_key(provider),
            ledger=ledger,
            meter=self._meter,
            pace=pace,
        ) as client:
            yield client

    def _collector(self, client: PaidClient, platform: Platform) -> Collector:
        if platform == "amazon":
            return RainforestCollector(client, self._environment.amazon_domain)
        return self._ebay(client)

    def _ebay(self, client: PaidClient) -> ScraperApiEbayCollector:
        environment = self._environment
        return ScraperApiEbayCollector(client, mode=environment.scraperapi_ebay_mode, tld=environment.ebay_tld)

    def _record_error(self, error: RunError) -> None:
        RunRecords(self._database, self._environment.org).errors.record(self._run.run_id, self._run.job_id, error)


def _probe() -> str:
    return f"probe-{secrets.token_hex(8)}"


class _Expecting:
    """A collector that tells the image store which products follow.

    Args:
        images: then looks up in one query what it knows of all of it.
    """

    def __init__(self, collector: Collector, images: ImageStorageManager, platform: Platform) -> None:
        self._collector = collector
        self._images = images
        self._platform = platform

    async def collect_products(self, query: str, top_k: int) -> list[Product]:
        """What the collector returns."""
        products = await self._collector.collect_products(query, top_k)
        await self._images.expect(products[:top_k], self._platform)
        return products
