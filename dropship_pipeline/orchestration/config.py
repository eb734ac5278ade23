"""What can be set in the launchpad and in the CLI's config file."""

from collections.abc import Mapping

from dagster import Config
from pydantic import Field

from dropship_pipeline.collection.request import (
    MAX_QUERIES,
    MAX_QUERY_CHARS,
    MAX_STORAGE_WINDOW,
    MAX_TOP_K,
    CollectionRequest,
)
from dropship_pipeline.collection.run_config import products_request, sellers_request
from dropship_pipeline.collection.seller_request import MAX_PAGES, MAX_PRODUCTS, SellerRequest


class CollectAndStoreConfig(Config):
    """Run configuration of `collection_config`; values are checked before anything is paid for."""

    queries: list[str] = Field(
        default=["desk lamp", "yoga mat"],
        description=f"Search terms, asked in this order: at most {MAX_QUERIES} of up to {MAX_QUERY_CHARS} characters.",
    )
    top_amz: int = Field(default=5, description=f"Amazon products per query, 0 to {MAX_TOP_K}.")
    top_ebay: int = Field(default=5, description=f"eBay products per query, 0 to {MAX_TOP_K}.")
    job_id: str | None = Field(
        default=None,
        description="Runs with the same job id resume each other and pay for nothing twice. "
        "Empty: the id of the first Dagster run, so that a re-execution resumes.",
    )
    storage_window: int = Field(
        default=1,
        description="Products that a worker stores at once. 1: nothing in a worker happens at the same time. "
        f"At most {MAX_STORAGE_WINDOW}.",
    )
    throttle_seconds: float = Field(default=0.0, description="Pause between two queries of a worker, in seconds.")
    wait_seconds: int = Field(
        default=900,
        description="How long to wait for another collection run of the same org to end, in seconds; "
        "0 refuses at once.",
    )

    def request(self, default_job_id: str) -> CollectionRequest:
        """The checked request.

        Raises:
            RequestInvalid: names the field, what is wrong with it and what is allowed.
        """
        return products_request(self.model_dump(), default_job_id)


class CollectSellersConfig(Config):
    """Run configuration of `best_sellers`; values are checked before anything is paid for."""

    categories: list[str] = Field(
        default=[],
        description="Best-seller lists by id, name or address; empty for all of the marketplace's top level.",
    )
    pages_per_category: int = Field(default=2, description=f"Pages of 50 products, 1 to {MAX_PAGES}.")
    max_products: int = Field(default=100, description=f"Distinct products to search for, 0 to {MAX_PRODUCTS}.")
    price_low: float = Field(default=0.80, description="Lower end of the price band, as a factor of the Amazon price.")
    price_high: float = Field(default=1.20, description="Upper end of the price band.")
    max_credits: int | None = Field(
        default=None, description="Budget of the job in credits, over all its runs; empty for none."
    )
    shorter_search: bool = Field(
        default=False, description="Try a title that finds nothing again with fewer words; costs one more call."
    )
    job_id: str | None = Field(
        default=None,
        description="Runs with the same job id resume each other and pay for nothing twice. "
        "Empty: the id of the first Dagster run, so that a re-execution resumes.",
    )
    wait_seconds: int = Field(
        default=900,
        description="How long to wait for another collection run of the same org to end, in seconds; "
        "0 refuses at once.",
    )

    def request(self, default_job_id: str) -> SellerRequest:
        """The checked request.

        Raises:
            RequestInvalid: names the field, what is wrong with it and what is allowed.
        """
        return sellers_request(self.model_dump(), default_job_id)


# With what each job is configured.
JOB_CONFIGS: Mapping[str, type[CollectAndStoreConfig] | type[CollectSellersConfig]] = {
    "collect_and_store": CollectAndStoreConfig,
    "collect_sellers": CollectSellersConfig,
}
