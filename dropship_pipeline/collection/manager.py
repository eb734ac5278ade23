"""Both workers in one process: the plain-Python road to the same collection that the Dagster job runs."""

import asyncio
from collections.abc import Sequence

from dropship_pipeline.collection.request import CollectionRequest
from dropship_pipeline.collection.worker import PlatformWorker, ProductStore
from dropship_pipeline.marketplaces.base import ProductCollector
from dropship_pipeline.models import Platform


class ProductCollectionManager:
    """Collects from both marketplaces at once and stores what it finds.

    Args:
        amazon_collector: asks Amazon.
        ebay_collector: asks eBay.
        image_manager: stores the products of both.
        storage_window: how many products each worker may store at once.
        pause_s: seconds between two queries of a worker.
    """

    def __init__(
        self,
        amazon_collector: ProductCollector,
        ebay_collector: ProductCollector,
        image_manager: ProductStore,
        *,
        storage_window: int = 1,
        pause_s: float = 0.0,
    ) -> None:
        self._amazon_collector = amazon_collector
        self._ebay_collector = ebay_collector
        self._image_manager = image_manager
        self._storage_window = storage_window
        self._pause_s = pause_s

    async def collect_and_store_products(
        self, job_id: str, queries: Sequence[str], top_amz: int, top_ebay: int
    ) -> tuple[int, int]:
        """Run one worker a marketplace, both at once, and return (amazon_count, ebay_count) of stored products.

        Raises:
            RequestInvalid: an argument is out of range; nothing was asked or stored.
            RunFatal: one worker met something that ends the run.
        """
        request = CollectionRequest.checked(
            job_id=job_id,
            queries=queries,
            top_amz=top_amz,
            top_ebay=top_ebay,
            storage_window=self._storage_window,
            pause_s=self._pause_s,
        )
        workers = [
            asyncio.create_task(self._worker("amazon", self._amazon_collector).run(job_id, request.queries, top_amz)),
            asyncio.create_task(self._worker("ebay", self._ebay_collector).run(job_id, request.queries, top_ebay)),
        ]
        try:
            amazon, ebay = await asyncio.gather(*workers)
        finally:
            for worker in workers:  # what ends one worker ends the run: nothing goes on being paid for
                worker.cancel()
        return amazon.count, ebay.count

    def _worker(self, platform: Platform, collector: ProductCollector) -> PlatformWorker:
        return PlatformWorker(
            platform,
            collector,
            self._image_manager,
            storage_window=self._storage_window,
            pause_s=self._pause_s,
        )
