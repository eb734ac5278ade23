"""What may be asked of each job, strictly: a body of the API to a checked request and the job's run configuration."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from dropship_pipeline.collection.request import (
    MAX_PAUSE_S,
    MAX_QUERIES,
    MAX_QUERY_CHARS,
    MAX_STORAGE_WINDOW,
    MAX_TOP_K,
    CollectionRequest,
)
from dropship_pipeline.collection.run_config import configuration, products_request, sellers_request
from dropship_pipeline.collection.seller_request import (
    MAX_CATEGORIES,
    MAX_CATEGORY_CHARS,
    MAX_CREDITS,
    MAX_FACTOR,
    MAX_PAGES,
    MAX_PRODUCTS,
    SellerRequest,
)
from dropship_pipeline.errors import RequestInvalid

JobName = Literal["collect_and_store", "collect_sellers"]
MAX_WAIT_S = 24 * 3600

JobId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Query = Annotated[str, StringConstraints(min_length=1, max_length=MAX_QUERY_CHARS)]
Category = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CATEGORY_CHARS)]
Factor = Annotated[float, Field(ge=0, le=float(MAX_FACTOR), allow_inf_nan=False)]


class _JobConfig(BaseModel):
    # Strict: a number in quotes, or a switch written as a number, is rather a mistake than a wish.
    model_config = ConfigDict(extra="forbid", strict=True)

    job_id: JobId | None = Field(
        default=None,
        description="Runs with the same job id resume each other and pay for nothing twice. Empty: a new job",
    )
    wait_seconds: int = Field(
        default=900, ge=0, le=MAX_WAIT_S, description="How long to wait for another run of the org to end, in seconds"
    )


class CollectAndStore(_JobConfig):
    """Configuration of `collect_and_store`: products of both marketplaces for search terms."""

    queries: list[Query] = Field(min_length=1, max_length=MAX_QUERIES, description="Search terms, asked in this order")
    top_amz: int = Field(default=5, ge=0, le=MAX_TOP_K, description="Amazon products per query")
    top_ebay: int = Field(default=5, ge=0, le=MAX_TOP_K, description="eBay products per query")
    storage_window: int = Field(
        default=1, ge=1, le=MAX_STORAGE_WINDOW, description="Products that a worker stores at once"
    )
    throttle_seconds: float = Field(
        default=0, ge=0, le=MAX_PAUSE_S, allow_inf_nan=False, description="Pause between two queries, in seconds"
    )

    def request(self, job_id: str) -> CollectionRequest:
        """The checked request.

        Raises:
            RequestInvalid: names the field, what is wrong with it and what is allowed.
        """
        return products_request(self.model_dump(), job_id)


class CollectSellers(_JobConfig):
    """Configuration of `collect_sellers`: who sells Amazon's best-selling products on eBay."""

    categories: list[Category] = Field(
        default=[],
        max_length=MAX_CATEGORIES,
        description="Best-seller lists by id, name or address; empty for all of the marketplace's top level",
    )
    pages_per_category: int = Field(default=2, ge=1, le=MAX_PAGES, description="Pages of 50 products")
    max_products: int = Field(default=100, ge=0, le=MAX_PRODUCTS, description="Distinct products to search for")
    price_low: Factor = Field(default=0.80, description="Lower end of the price band, as a factor of the Amazon price")
    price_high: Factor = Field(default=1.20, description="Upper end of the price band")
    max_credits: int | None = Field(
        default=None, ge=0, le=MAX_CREDITS, description="Budget of the job in credits, over all its runs"
    )
    shorter_search: bool = Field(
        default=False, description="Try a title that finds nothing again with fewer words; costs one more call"
    )

    def request(self, job_id: str) -> SellerRequest:
        """The checked request.

        Raises:
            RequestInvalid: names the field, what is wrong with it and what is allowed.
        """
        return sellers_request(self.model_dump(), job_id)


JobConfig = CollectAndStore | CollectSellers
_JOBS: dict[str, type[CollectAndStore] | type[CollectSellers]] = {
    "collect_and_store": CollectAndStore,
    "collect_sellers": CollectSellers,
}


def checked_config(job: str, config: object) -> JobConfig:
    """The configuration of a job, every field of it checked.

    Args:
        job: its name.
        config: an object as it came from outside, or a configuration that has been read already.

    Raises:
        RequestInvalid: names each field, and what is wrong with it.
    """
    if job not in _JOBS:
        raise RequestInvalid(f"job is {job[:40]!r}: choose one of {', '.join(_JOBS)}")
    values = config.model_dump() if isinstance(config, BaseModel) else config
    try:
        checked: JobConfig = TypeAdapter(_JOBS[job]).validate_python(values)
    except ValidationError as error:
        raise RequestInvalid("; ".join(_said(problem) for problem in error.errors(include_input=False))) from None
    checked.request("checked")
    return checked


def run_configuration(job: str, config: JobConfig) -> dict[str, Any]:
    """The run configuration that Dagster takes."""
    return configuration(job, config.model_dump(exclude_none=True))


def _said(problem: Any) -> str:  # noqa: ANN401  (pydantic's own dict)
    return f"config.{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
