"""From the run configuration of a job to the checked request, and from a run's record back to the configuration.

The record holds the checked request. Where a field has another name in Dagster's run configuration, it is said here
and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dropship_pipeline.collection.request import CollectionRequest
from dropship_pipeline.collection.seller_request import SellerRequest
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.runs.reports import RunReport

# Of each job, the op that is configured.
OPS: Mapping[str, str] = {"collect_and_store": "collection_config", "collect_sellers": "best_sellers"}


@dataclass(frozen=True, slots=True)
class _Job:
    """How a job's configuration differs from its request.

    Args:
        renamed: fields of the request that are called otherwise in the configuration.
        numbers: fields that the request keeps as decimal text and the configuration takes as numbers.
        has_budget: whether it knows `max_credits`.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    has_budget: bool = False


_JOBS = {
    "collect_and_store": _Job(renamed={"pause_s": "throttle_seconds"}),
    "collect_sellers": _Job(numbers=frozenset({"price_low", "price_high"}), has_budget=True),
}


def run_config(run: RunReport, max_credits: int | None = None) -> dict[str, Any]:
    """The run configuration under which `run` goes on: its own, with its job id.

    Args:
        run: the run as recorded.
        max_credits: a new budget of the job; None keeps the one that it had.

    Raises:
        RequestInvalid: the run's job cannot be resumed, or not with a budget.
    """
    job = _JOBS.get(run.job_name)
    if job is None or not run.config:
        raise RequestInvalid(
            f"Run {run.run_id} ({run.job_name}) holds no configuration to go on with; launch a new run"
        )
    if max_credits is not None and not job.has_budget:
        raise RequestInvalid(f"{run.job_name} has no budget: leave out --max-credits")
    values = {
        job.renamed.get(name, name): float(value) if name in job.numbers else value
        for name, value in run.config.items()
        if value is not None
    }
    values["job_id"] = run.job_id
    if max_credits is not None:
        values["max_credits"] = max_credits
    return configuration(run.job_name, values)


def configuration(job_name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The run configuration that Dagster takes for a job with these settings."""
    return {"ops": {OPS[job_name]: {"config": dict(values)}}}


def products_request(config: Mapping[str, Any], default_job_id: str) -> CollectionRequest:
    """The checked request of `collect_and_store` that a configuration of it asks for.

    Raises:
        RequestInvalid: names the field, what is wrong with it and what is allowed.
    """
    return CollectionRequest.checked(
        job_id=config["job_id"] or default_job_id,
        queries=config["queries"],
        top_amz=config["top_amz"],
        top_ebay=config["top_ebay"],
        storage_window=config["storage_window"],
        pause_s=config["throttle_seconds"],
    )


def sellers_request(config: Mapping[str, Any], default_job_id: str) -> SellerRequest:
    """The checked request of `collect_sellers` that a configuration of it asks for.

    Raises:
        RequestInvalid: names the field, what is wrong with it and what is allowed.
    """
    return SellerRequest.checked(
        job_id=config["job_id"] or default_job_id,
        categories=config["categories"],
        pages_per_category=config["pages_per_category"],
        max_products=config["max_products"],
        price_low=str(config["price_low"]),
        price_high=str(config["price_high"]),
        max_credits=config["max_credits"],
        shorter_search=config["shorter_search"],
    )
