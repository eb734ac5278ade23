"""Puts a worker together from the settings: HTTP client, ledger, collector and image store of one platform."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from dropship_pipeline.collection.request import CollectionRequest
from dropship_pipeline.collection.run_control import StopSwitch
from dropship_pipeline.collection.seller_request import SellerRequest
from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.marketplaces.amazon.best_sellers import BestSellers
from dropship_pipeline.marketplaces.amazon.rainforest import RainforestCollector
from dropship_pipeline.marketplaces.base import CallLedger, ProductCollector
from dropship_pipeline.marketplaces.ebay.scraperapi import ScraperApiEbayCollector
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.client import PaidClient
from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline.models import Platform, Product, Provider
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.images.store import ImageStorageManager
from dropship_pipeline.storage.ledger import JobLedger
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.products.rows import ProductCatalogue
from dropship_pipeline.storage.runs.records import RunRecords


@asynccontextmanager
async def open_worker(
    settings: Settings,
    database: Database,
    objects: ObjectStore,
    request: CollectionRequest,
    *,
    run_id: int,
    platform: Platform,
) -> AsyncIterator[PlatformWorker]:
    """A worker that is ready to run; its HTTP connections close with the block.

    Args:
        settings: keys, base URLs, quotas, image hosts.
        database: for the ledger, the products and the errors; stays open.
        objects: for images and raw answers; stays open.
        request: job id, window and pause.
        run_id: the run that errors are recorded for.
        platform: whose worker it is.

    Raises:
        SettingsError: the provider's key or another setting is missing or wrong.
        StorageUnavailable: the object store does not take what would be bought.
    """
    # A retried step must not buy an answer only to find again that it cannot be kept.
    await asyncio.to_thread(objects.check_writable, f"probe/{request.job_id}-{platform}")
    records = RunRecords(database, settings.org)
    ledger = JobLedger(database, objects, org_id=settings.org, job_id=request.job_id)
    meter = CallMeter()
    async with AsyncExitStack() as stack:
        collector = await _open_collector(stack, settings, ledger, meter, platform)
        rows = ProductCatalogue(database, settings.org)
        images = await stack.enter_async_context(ImageStorageManager.from_settings(settings, rows, objects))
        yield PlatformWorker(
            platform,
            _Expecting(collector, images, platform),
            images,
            storage_window=request.storage_window,
            pause_s=request.pause_s,
            meter=meter,
            record_error=lambda error: records.errors.record(run_id, request.job_id, error),
        )


@asynccontextmanager
async def open_best_sellers(
    settings: Settings,
    database: Database,
    objects: ObjectStore,
    request: SellerRequest,
    *,
    meter: CallMeter,
    stop: StopSwitch,
) -> AsyncIterator[BestSellers]:
    """Amazon's best-seller lists on the job's ledger and budget; connections close with the block.

    Raises:
        SettingsError: the provider's key or another setting is missing or wrong.
        StorageUnavailable: the object store does not take what would be bought.
    """
    async with _seller_client(settings, database, objects, request, "rainforest", meter, stop) as client:
        yield BestSellers(client, settings.amazon_domain)


@asynccontextmanager
async def open_ebay(
    settings: Settings,
    database: Database,
    objects: ObjectStore,
    request: SellerRequest,
    *,
    meter: CallMeter,
    stop: StopSwitch,
) -> AsyncIterator[ScraperApiEbayCollector]:
    """The search of eBay on the job's ledger and budget; connections close with the block.

    Raises:
        SettingsError: the provider's key or another setting is missing or wrong.
        StorageUnavailable: the object store does not take what would be bought.
    """
    async with _seller_client(settings, database, objects, request, "scraperapi", meter, stop) as client:
        yield ScraperApiEbayCollector(client, mode=settings.scraperapi_ebay_mode, tld=settings.ebay_tld)


@asynccontextmanager
async def _seller_client(
    settings: Settings,
    database: Database,
    objects: ObjectStore,
    request: SellerRequest,
    provider: Provider,
    meter: CallMeter,
    stop: StopSwitch,
) -> AsyncIterator[PaidClient]:
    """A client on the ledger and budget of a seller job, once it is proved that answers can be kept."""
    await asyncio.to_thread(objects.check_writable, f"probe/{request.job_id}-{provider}")
    ledger = JobLedger(database, objects, org_id=settings.org, job_id=request.job_id, budget=request.max_credits)
    async with _client(settings, provider, ledger, meter, stop) as client:
        yield client


def _client(
    settings: Settings, provider: Provider, ledger: CallLedger, meter: CallMeter, stop: StopSwitch | None = None
) -> PaidClient:
    quota = settings.quota(provider)
    return PaidClient(
        provider,
        settings.base_url(provider),
        settings.api_key(provider),
        ledger=ledger,
        meter=meter,
        pace=Pace(quota.requests_per_minute, quota.max_in_flight, stop_reason=lambda: stop.reason if stop else None),
    )


async def _open_collector(
    stack: AsyncExitStack, settings: Settings, ledger: CallLedger, meter: CallMeter, platform: Platform
) -> ProductCollector:
    provider: Provider = "rainforest" if platform == "amazon" else "scraperapi"
    client = await stack.enter_async_context(_client(settings, provider, ledger, meter))
    if platform == "amazon":
        return RainforestCollector(client, settings.amazon_domain)
    return ScraperApiEbayCollector(client, mode=settings.scraperapi_ebay_mode, tld=settings.ebay_tld)


class _Expecting:
    """A collector that tells the image store what it is about to be given.

    Args:
        collector: asks the marketplace.
        images: then looks up in one query what it knows of all of it.
        platform: whose products these are.
    """

    def __init__(self, collector: ProductCollector, images: ImageStorageManager, platform: Platform) -> None:
        self._collector = collector
        self._images = images
        self._platform = platform

    async def collect_products(self, query: str, top_k: int) -> list[Product]:
        """What the collector returns."""
        products = await self._collector.collect_products(query, top_k)
        await self._images.expect(products[:top_k], self._platform)
        return products
