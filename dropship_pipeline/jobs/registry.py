"""The jobs that can be launched, each by the name that Dagster, the records and the API know it by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.settings import JobSettings, ProductsSettings, ReplaySettings, SellersSettings

ProductsJob = Literal["collect_and_store"]
SellersJob = Literal["collect_sellers"]
ReplayJob = Literal["replay_collection"]
# Of those that collect, which a form or a schedule can start.
CollectingJob = Literal[ProductsJob, SellersJob]
JobName = Literal[ProductsJob, SellersJob, ReplayJob]


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    Args:
        name: in Dagster, in the records and in the API.
        op: which of its ops is configured.
        title: what it does, in two words.
        description: the same in a sentence.
        settings: with what it is configured.
    """

    name: JobName
    op: str
    title: str
    description: str
    settings: type[JobSettings]

    @property
    def has_budget(self) -> bool:
        """Whether a run can be told how many credits its job may cost."""
        return "max_credits" in self.settings.model_fields


PRODUCTS = Job(
    "collect_and_store",
    "collection_config",
    "Collect products",
    "Search terms on Amazon and eBay; stores products and images.",
    ProductsSettings,
)
SELLERS = Job(
    "collect_sellers",
    "best_sellers",
    "Find sellers",
    "From Amazon's best sellers to the eBay sellers behind them.",
    SellersSettings,
)
REPLAY = Job(
    "replay_collection",
    "replay",
    "Judge again",
    "Reads and judges the kept answers of a seller search with today's code; costs nothing.",
    ReplaySettings,
)
# Those that ask marketplaces.
COLLECTING: Sequence[Job] = (PRODUCTS, SELLERS)
JOBS: Mapping[str, Job] = {job.name: job for job in (*COLLECTING, REPLAY)}
# What a form or a schedule proposes.
DEFAULT_JOB = SELLERS


def job_named(name: str) -> Job:
    """The job of this name.

    Raises:
        RequestInvalid: there is none.
    """
    if name not in JOBS:
        raise RequestInvalid(f"job is {name[:40]!r}: choose one of {', '.join(JOBS)}")
    return JOBS[name]


def job_of(settings: JobSettings) -> Job:
    """The job that takes these settings."""
    return next(job for job in JOBS.values() if isinstance(settings, job.settings))
