"""The jobs' settings as the launchpad and the run configuration of `dagster job execute` show them."""

from typing import Any

from dagster import Config
from pydantic import ValidationError

from dropship_pipeline.jobs.settings import ProductsSettings, ReplaySettings, SellersSettings, explained
from dropship_pipeline.orchestration.step.failure import StepFailed


class _Launchpad(Config):
    """Makes of settings that do not fit one sentence, before anything is opened or paid."""

    def __init__(self, **values: Any) -> None:  # noqa: ANN401  (as they were written)
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise StepFailed(explained(error)) from None


class CollectAndStoreConfig(_Launchpad, ProductsSettings):
    """Run configuration of `collection_config`."""


class CollectSellersConfig(_Launchpad, SellersSettings):
    """Run configuration of `best_sellers`."""


class ReplayCollectionConfig(_Launchpad, ReplaySettings):
    """Run configuration of `replay`."""
