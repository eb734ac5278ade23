"""Runs both workers in one process: the collection of the Dagster job from plain Python."""

import asyncio
from collections.abc import Mapping, Sequence

from dropship_pipeline.collection.log import logger
from dropship_pipeline.collection.worker import PlatformWorker, ProductStore
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.marketplaces.base import IProductCollector
from dropship_pipeline.models import PLATFORMS, Platform

SETTINGS = ProductsSettings.model_fields


class ProductCollectionManager:
    """Collects from both marketplaces at once and stores what it finds.

    Args:
        collectors: who asks which marketplace, by `amazon` and `ebay`.
        image_storage_manager: stores the products of both.
        storage_window: how many products each worker may store at once.
        throttle_seconds: seconds between two queries of a worker.

    Raises:
        RequestInvalid: a collector is missing, or there is one for another platform.
    """

    def __init__(
        self,
        collectors: Mapping[str, IProductCollector],
        image_storage_manager: ProductStore,
        *,
        storage_window: int = SETTINGS["storage_window"].default,
        throttle_seconds: float = SETTINGS["throttle_seconds"].default,
    ) -> None:
        if set(collectors) != set(PLATFORMS):
            raise RequestInvalid(f"collectors has the keys {sorted(collectors)}; it must have amazon and ebay")
        self._collectors = collectors
        self._store = image_storage_manager
        self._how = {"storage_window": storage_window, "throttle_seconds": throttle_seconds}

    async def collect_and_store_products(
        self, job_id: str, queries: Sequence[str], top_amz: int, top_ebay: int
    ) -> tuple[int, int]:
        """Run one worker a marketplace, both at once, and return (amazon_count, ebay_count) of stored products.

        Args:
            job_id: any printable text; handed to whoever stores the products.
            queries: asked in this order, equal ones as often as they are given.
            top_amz: at most so many Amazon products a query.
            top_ebay: at most so many eBay products a query.

        Raises:
            RequestInvalid: an argument is out of range; nothing was asked or stored.
            RunFatal: one worker met something that ends the run.
        """
        if not job_id.strip() or not job_id.isprintable():
            raise RequestInvalid(f"job_id is {job_id[:40]!r}: write printable text")
        settings = ProductsSettings.checked(
            {"queries": list(queries), "top_amz": top_amz, "top_ebay": top_ebay, **self._how}
        )
        workers = [asyncio.create_task(self._work(platform, settings, job_id)) for platform in PLATFORMS]
        try:
            amazon, ebay = await asyncio.gather(*workers)
        finally:
            for worker in workers:  # what ends one worker ends the run: nothing goes on being paid for
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        logger.info("Collection %s completed: amazon %s and ebay %s products stored", job_id, amazon, ebay)
        return amazon, ebay

    async def _work(self, platform: Platform, settings: ProductsSettings, job_id: str) -> int:
        worker = PlatformWorker(platform, self._collectors[platform], self._store, settings)
        return (await worker.run(job_id)).count
