"""What the ops are handed: the stores, and workers that are ready to run.

Both are cheap to set up and without side effects: Dagster sets every resource up once more in each process. The S3 and
HTTP clients are imported where they are first used, which saves half a second wherever definitions are only loaded.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from dagster import ConfigurableResource, InitResourceContext

from dropship_pipeline.collection.request import CollectionRequest
from dropship_pipeline.collection.run_control import StopSwitch
from dropship_pipeline.collection.seller_request import SellerRequest
from dropship_pipeline.collection.sellers.best_seller_list import BestSellerSource
from dropship_pipeline.collection.sellers.search import ListingSource
from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.models import CallMeter, Platform
from dropship_pipeline.orchestration.step.watching import watched
from dropship_pipeline.orchestration.tags import ORG_TAG
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.frames import FrameStore

if TYPE_CHECKING:
    from dropship_pipeline.storage.objects import ObjectStore


class Storage:
    """Postgres and S3 of this process, connected when first used.

    Args:
        org: whose data; None for the org of the settings.
    """

    def __init__(self, org: str | None = None) -> None:
        self._org = org

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once a process; their org is the one that this storage is for.

        Raises:
            SettingsError: a setting does not fit.
        """
        settings = load_settings()
        return settings.model_copy(update={"org": self._org}) if self._org else settings

    @property
    def org(self) -> str:
        """Whose data."""
        return self.settings.org

    @cached_property
    def database(self) -> Database:
        """The project's database."""
        return Database.from_settings(self.settings)

    @cached_property
    def objects(self) -> "ObjectStore":
        """The object store."""
        from dropship_pipeline.storage.objects import object_store  # noqa: PLC0415  (see the module)

        return object_store(self.settings)

    @cached_property
    def records(self) -> RunRecords:
        """The run records of the org."""
        return RunRecords(self.database, self.org)

    @cached_property
    def frames(self) -> FrameStore:
        """The frames of the org."""
        return FrameStore(self.database, self.org)

    def close(self) -> None:
        """Close what was opened."""
        for name in ("database", "objects"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()


class StorageResource(ConfigurableResource["Storage"]):
    """Hands the ops a `Storage` and closes it after them. It has no fields, so no secret can be stored in one.

    What launched a run says in a tag whose run it is: one Dagster instance works for every org. A process that has no
    run (a sensor), or one whose run says nothing, works for the org of the settings.
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
        self, storage: Storage, request: CollectionRequest, run_id: int, platform: Platform
    ) -> AsyncIterator[PlatformWorker]:
        """A worker for one platform, its HTTP clients open while the block runs."""
        from dropship_pipeline.collection.assembly import open_worker  # noqa: PLC0415  (see the module)

        async with open_worker(
            storage.settings, storage.database, storage.objects, request, run_id=run_id, platform=platform
        ) as worker:
            yield worker

    @asynccontextmanager
    async def open_best_sellers(
        self, storage: Storage, request: SellerRequest, meter: CallMeter, stop: StopSwitch
    ) -> AsyncIterator[BestSellerSource]:
        """Amazon's best-seller lists, the HTTP client open while the block runs."""
        from dropship_pipeline.collection.assembly import open_best_sellers  # noqa: PLC0415  (see the module)

        async with open_best_sellers(
            storage.settings, storage.database, storage.objects, request, meter=meter, stop=stop
        ) as source:
            yield source

    @asynccontextmanager
    async def open_ebay(
        self, storage: Storage, request: SellerRequest, meter: CallMeter, stop: StopSwitch
    ) -> AsyncIterator[ListingSource]:
        """The search of eBay, its HTTP client open while the block runs."""
        from dropship_pipeline.collection.assembly import open_ebay  # noqa: PLC0415  (see the module)

        async with open_ebay(
            storage.settings, storage.database, storage.objects, request, meter=meter, stop=stop
        ) as source:
            yield source
