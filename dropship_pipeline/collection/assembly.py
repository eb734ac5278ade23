"""Puts a worker together from the environment: HTTP client, ledger, collector and image store of one platform."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from dropship_pipeline.collection.run_control import StopSwitch
from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.jobs.settings import ProductsSettings, SellersSettings
from dropship_pipeline.marketplaces.amazon.best_sellers import BestSellers
from dropship_pipeline.marketplaces.amazon.rainforest import RainforestCollector
from dropship_pipeline.marketplaces.base import CallLedger
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
from dropship_pipeline.storage.runs.values import RunRecord
from dropship_pipeline.storage.waiting import StoreWait

Collector = RainforestCollector | ScraperApiEbayCollector


@asynccontextmanager
async def open_worker(
    environment: Settings,
    database: Database,
    objects: ObjectStore,
    settings: ProductsSettings,
    job_id: str,
    *,
    run_id: int,
    platform: Platform,
) -> AsyncIterator[PlatformWorker]:
    """A worker that is ready to run; its HTTP connections close with the block.

    Args:
        environment: keys, base URLs, quotas, image hosts.
        database: for the ledger, the products and the errors; stays open.
        objects: for images and raw answers; stays open.
        settings: window and pause.
        job_id: on whose ledger calls are made.
        run_id: the run that errors are recorded for.
        platform: whose worker it is.

    Raises:
        SettingsError: the provider's key or another setting is missing or wrong.
        StorageUnavailable: the object store does not take what would be bought.
    """
    # A step must not buy an answer only to find that it cannot be kept.
    wait = StoreWait(environment.s3_wait_seconds)
    await _check_kept(objects, wait, PLATFORM_PROVIDERS[platform], job_id)
    await wait.call(objects.check_writable, f"images/probe-{secrets.token_hex(8)}")
    records = RunRecords(database, environment.org)
    ledger = JobLedger(database, objects, org_id=environment.org, job_id=job_id, run_id=run_id, wait=wait)
    meter = CallMeter()
    async with AsyncExitStack() as stack:
        collector = await _open_collector(stack, environment, ledger, meter, platform)
        rows = ProductCatalogue(database, environment.org)
        images = await stack.enter_async_context(ImageStorageManager.from_settings(environment, rows, objects, wait))
        yield PlatformWorker(
            platform,
            _Expecting(collector, images, platform),
            images,
            settings,
            meter=meter,
            record_error=lambda error: records.errors.record(run_id, job_id, error),
        )


@asynccontextmanager
async def open_best_sellers(
    environment: Settings,
    database: Database,
    objects: ObjectStore,
    settings: SellersSettings,
    run: RunRecord,
    *,
    meter: CallMeter,
    stop: StopSwitch,
) -> AsyncIterator[BestSellers]:
    """Amazon's best-seller lists on the job's ledger and budget; connections close with the block.

    Raises:
        SettingsError: the provider's key or another setting is missing or wrong.
        StorageUnavailable: the object store does not take what would be bought.
    """
    async with _seller_client(environment, database, objects, settings, run, "rainforest", meter, stop) as client:
        yield BestSellers(client, environment.amazon_domain)


@asynccontextmanager
async def open_ebay(
    environment: Settings,
    database: Database,
    objects: ObjectStore,
    settings: SellersSettings,
    run: RunRecord,
    *,
    meter: CallMeter,
    stop: StopSwitch,
) -> AsyncIterator[ScraperApiEbayCollector]:
    """The search of eBay on the job's ledger and budget; connections close with the block.

    Raises:
        SettingsError: the provider's key or another setting is missing or wrong.
        StorageUnavailable: the object store does not take what would be bought.
    """
    async with _seller_client(environment, database, objects, settings, run, "scraperapi", meter, stop) as client:
        yield ScraperApiEbayCollector(client, mode=environment.scraperapi_ebay_mode, tld=environment.ebay_tld)


@asynccontextmanager
async def _seller_client(
    environment: Settings,
    database: Database,
    objects: ObjectStore,
    settings: SellersSettings,
    run: RunRecord,
    provider: Provider,
    meter: CallMeter,
    stop: StopSwitch,
) -> AsyncIterator[PaidClient]:
    """A client on the ledger and budget of a seller job, once it is proved that answers can be kept."""
    wait = StoreWait(environment.s3_wait_seconds)
    await _check_kept(objects, wait, provider, run.job_id)
    ledger = JobLedger(
        database, objects, org_id=environment.org, job_id=run.job_id, run_id=run.run_id, budget=settings.max_credits,
        wait=wait,
    )  # fmt: skip
    async with _client(environment, provider, ledger, meter, stop) as client:
        yield client


def _client(
    environment: Settings, provider: Provider, ledger: CallLedger, meter: CallMeter, stop: StopSwitch | None = None
) -> PaidClient:
    quota = environment.quota(provider)
    return PaidClient(
        provider,
        environment.base_url(provider),
        environment.api_key(provider),
        ledger=ledger,
        meter=meter,
        pace=Pace(quota.requests_per_minute, quota.max_in_flight, stop_reason=lambda: stop.reason if stop else None),
    )


async def _check_kept(objects: ObjectStore, wait: StoreWait, provider: Provider, job_id: str) -> None:
    """Prove that an answer would be kept, where answers are kept, before the first is paid for."""
    await wait.call(objects.check_writable, f"raw/{provider}/{job_id}/probe-{secrets.token_hex(8)}")


async def _open_collector(
    stack: AsyncExitStack, environment: Settings, ledger: CallLedger, meter: CallMeter, platform: Platform
) -> Collector:
    client = await stack.enter_async_context(_client(environment, PLATFORM_PROVIDERS[platform], ledger, meter))
    if platform == "amazon":
        return RainforestCollector(client, environment.amazon_domain)
    return ScraperApiEbayCollector(client, mode=environment.scraperapi_ebay_mode, tld=environment.ebay_tld)


class _Expecting:
    """A collector that tells the image store which products follow.

    Args:
        collector: asks the marketplace.
        images: then looks up in one query what it knows of all of it.
        platform: whose products these are.
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
