"""The resources of the ops: the stores, and workers that are ready to run.

Each shows in Dagster what it stands on; the environment settings alone decide it, so no field holds a secret. Both are
cheap to set up and without side effects: Dagster sets every resource up once more in each process. HTTP clients are
imported where they are first used, which saves half a second wherever definitions are only loaded.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field

from dropship_pipeline.collection.run_control import StopSwitch
from dropship_pipeline.collection.sellers.best_seller_list import BestSellerSource
from dropship_pipeline.collection.sellers.seams import ListingSource
from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.errors import RequestInvalid, SettingsError
from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.jobs.settings import ProductsSettings, SellersSettings
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Platform, Provider
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.step.watching import watched
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database.connection import driver_url
from dropship_pipeline.storage.database.libpq import where
from dropship_pipeline.storage.runs.values import RunRecord

if TYPE_CHECKING:
    from dropship_pipeline.collection.assembly import PaidCalls

NOTHING_YET = "none yet: run `dropship up`, or set "
UNREADABLE = "the settings do not fit: `dropship doctor` says why"


class StorageResource(ConfigurableResource["Storage"]):
    """Postgres and S3, as the environment settings name them.

    The fields show where that is and hold no secret. They decide nothing: a process reads the settings when it begins.

    A tag of the run names its org: one Dagster instance works for every org. A process without a run (a sensor), or
    with a run without that tag, works for the org of the settings.
    """

    org: str = Field(default=UNREADABLE, description="Whose data, where a run has no tag dropship/org (DROPSHIP_ORG).")
    database: str = Field(default=UNREADABLE, description="Where the rows are (DROPSHIP_DATABASE_URL, no password).")
    objects: str = Field(default=UNREADABLE, description="Where images and raw answers are (DROPSHIP_S3_BUCKET).")

    @classmethod
    def of_environment(cls) -> Self:
        """With the fields that show the settings of this process."""
        try:
            settings = load_settings()
            return cls(org=settings.org, database=_database(settings), objects=_objects(settings))
        except SettingsError:
            return cls()

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
    """Makes workers that ask the marketplaces, or the sandbox where no key is set.

    The fields show who is asked and hold no key. They decide nothing.
    """

    amazon: str = Field(default=UNREADABLE, description="Who answers for Amazon (RAINFOREST_API_KEY).")
    ebay: str = Field(default=UNREADABLE, description="Who answers for eBay (SCRAPERAPI_KEY).")

    @classmethod
    def of_environment(cls) -> Self:
        """With the fields that show the settings of this process."""
        try:
            settings = load_settings()
        except SettingsError:
            return cls()
        return cls(amazon=_provider(settings, "rainforest"), ebay=_provider(settings, "scraperapi"))

    def open_worker(
        self, storage: Storage, settings: ProductsSettings, run: RunRecord, platform: Platform
    ) -> AbstractAsyncContextManager[PlatformWorker]:
        """A worker for one platform, its HTTP clients open while the block runs."""
        return _paid_calls(storage, run, CallMeter()).worker(settings, platform)

    def open_best_sellers(
        self, storage: Storage, settings: SellersSettings, run: RunRecord, meter: CallMeter, stop: StopSwitch
    ) -> AbstractAsyncContextManager[BestSellerSource]:
        """Amazon's best-seller lists, the HTTP client open while the block runs."""
        return _paid_calls(storage, run, meter, stop=stop, budget=settings.max_credits).best_sellers()

    def open_ebay(
        self, storage: Storage, settings: SellersSettings, run: RunRecord, meter: CallMeter, stop: StopSwitch
    ) -> AbstractAsyncContextManager[ListingSource]:
        """The search of eBay, its HTTP client open while the block runs."""
        return _paid_calls(storage, run, meter, stop=stop, budget=settings.max_credits).ebay()


def _paid_calls(
    storage: Storage, run: RunRecord, meter: CallMeter, *, stop: StopSwitch | None = None, budget: int | None = None
) -> "PaidCalls":
    from dropship_pipeline.collection.assembly import PaidCalls  # noqa: PLC0415  (see the module)

    return PaidCalls(storage.settings, storage.database, storage.objects, run, meter, stop=stop, budget=budget)


def refuse_other_values(run_config: Mapping[str, Any], *, on_other_machines: bool = False) -> None:
    """Refuse a run whose configuration names another store or marketplace: it would be ignored.

    Dagster writes what it shows into the configuration of each run that the launchpad starts. So this also refuses the
    repetition of a run on the sandbox that would now cost credits. What was shown before there was anything is no wish.

    Args:
        run_config: of the run.
        on_other_machines: whether steps run where the same stores may have other addresses; these are not compared.

    Raises:
        RequestInvalid: names the field and what the settings say.
    """
    known = {"marketplaces": MarketplaceResource.of_environment(), "storage": StorageResource.of_environment()}
    for resource, values in known.items():
        if resource == "storage" and on_other_machines:
            continue
        for name, value in (run_config.get("resources", {}).get(resource, {}).get("config") or {}).items():
            shown = getattr(values, name)
            if value not in (shown, UNREADABLE) and not str(value).startswith(NOTHING_YET):
                raise RequestInvalid(
                    f"resources.{resource}.{name} is {value!r}, but the environment settings decide it, and they say "
                    f"{shown!r}: take `resources` out of the run's configuration, or change the settings"
                )


def _database(settings: Settings) -> str:
    if settings.database_url is None:
        return f"{NOTHING_YET}DROPSHIP_DATABASE_URL"
    return where(driver_url(settings.database_url.get_secret_value()))


def _objects(settings: Settings) -> str:
    if settings.database_url is None:  # the local stack has both or none
        return f"{NOTHING_YET}DROPSHIP_S3_BUCKET"
    return f"bucket {settings.s3_bucket} at {_host(settings.s3_endpoint_url) if settings.s3_endpoint_url else 'AWS'}"


def _provider(settings: Settings, provider: Provider) -> str:
    if settings.sandbox:
        return "the sandbox marketplace of this machine, no credits"
    try:
        settings.api_key(provider)
    except SettingsError:
        return f"{NOTHING_YET}its API key"
    return f"{_host(settings.base_url(provider))}, costs credits"


def _host(url: str) -> str:
    """Where a URL leads, without what may be a secret in it."""
    return urlsplit(url).netloc.rpartition("@")[2]
