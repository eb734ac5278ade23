"""The resources of the ops: the stores, and workers that are ready to run.

Both are cheap to set up and without side effects: Dagster sets every resource up once more in each process. HTTP
clients are imported where they are first used, which saves half a second wherever definitions are only loaded.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from dagster import ConfigurableResource, InitResourceContext

from dropship_pipeline.collection.run_control import StopSwitch
from dropship_pipeline.collection.sellers.best_seller_list import BestSellerSource
from dropship_pipeline.collection.sellers.seams import ListingSource
from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.jobs.settings import ProductsSettings, SellersSettings
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Platform
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.step.watching import watched
from dropship_pipeline.storage.runs.values import RunRecord


class StorageResource(ConfigurableResource["Storage"]):
    """Hands the ops a `Storage` and closes it after them. It has no fields, so no secret can be stored in one.

    A tag of the run names its org: one Dagster instance works for every org. A process without a run (a sensor), or
    with a run without that tag, works for the org of the settings.
    """

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[Storage]:
        """Open on first use, close at the end of the step."""
        storage = Storage(context.run.tags.get(ORG_TAG) if context.run else None)
        try:
            with watched(context, storage):
                yield storage
        finally:
            storage.close()


class MarketplaceResource(ConfigurableResource["MarketplaceResource"]):
    """Makes workers that ask the real marketplaces (or the sandbox, where the settings say so)."""

    @asynccontextmanager
    async def open_worker(
        self, storage: Storage, settings: ProductsSettings, run: RunRecord, platform: Platform
    ) -> AsyncIterator[PlatformWorker]:
        """A worker for one platform, its HTTP clients open while the block runs."""
        from dropship_pipeline.collection.assembly import open_worker  # noqa: PLC0415  (see the module)

        async with open_worker(
            storage.settings,
            storage.database,
            storage.objects,
            settings,
            run.job_id,
            run_id=run.run_id,
            platform=platform,
        ) as worker:
            yield worker

    @asynccontextmanager
    async def open_best_sellers(
        self, storage: Storage, settings: SellersSettings, run: RunRecord, meter: CallMeter, stop: StopSwitch
    ) -> AsyncIterator[BestSellerSource]:
        """Amazon's best-seller lists, the HTTP client open while the block runs."""
        from dropship_pipeline.collection.assembly import open_best_sellers  # noqa: PLC0415  (see the module)

        async with open_best_sellers(
            storage.settings, storage.database, storage.objects, settings, run, meter=meter, stop=stop
        ) as source:
            yield source

    @asynccontextmanager
    async def open_ebay(
        self, storage: Storage, settings: SellersSettings, run: RunRecord, meter: CallMeter, stop: StopSwitch
    ) -> AsyncIterator[ListingSource]:
        """The search of eBay, its HTTP client open while the block runs."""
        from dropship_pipeline.collection.assembly import open_ebay  # noqa: PLC0415  (see the module)

        async with open_ebay(
            storage.settings, storage.database, storage.objects, settings, run, meter=meter, stop=stop
        ) as source:
            yield source
