"""The models of runs and their errors in the API."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from dropship_pipeline.admin.api.answers import Amount, Answer
from dropship_pipeline.collection.costs import Prices, Spending
from dropship_pipeline.jobs.sentences import sentence_error
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.models import Platform, Provider, RunState
from dropship_pipeline.storage.runs.readings import Asked, JobReading
from dropship_pipeline.storage.runs.reports import RunReport
from dropship_pipeline.storage.runs.values import JobFigures


def _with_queries(settings: ProductsSettings) -> ProductsSettings:
    if "queries" not in settings.model_fields_set:
        raise sentence_error("queries is missing: name the search terms; [] asks for nothing")
    return settings


# The launchpad proposes example queries; a program that forgets to name its own must not pay for them.
NamedProducts = Annotated[
    ProductsSettings, AfterValidator(_with_queries), Field(description="`queries` must be named; [] asks for nothing")
]


_COST = "What the credits cost; null unless all that were used have a price, in one currency"
CreditsByProvider = Annotated[Mapping[Provider, int], Field(description="The same by who was paid")]
Cost = Annotated[Amount | None, Field(description=_COST)]
CostPerNewSeller = Annotated[Amount | None, Field(description="The same for each new seller; null without one")]


class StartedRun(BaseModel):
    """A run that has been asked for."""

    run_id: int = Field(description="Number of the run, for every other route")
    dagster_run_id: str = Field(description="Dagster's id of it")


class RunReading(BaseModel):
    """How well the answers of one platform could be read, over all runs of the job."""

    platform: Platform
    asked: Asked = Field(description="What was asked for: searches, or best-seller lists")
    number: int = Field(description="How many of them have ended")
    in_part: int = Field(description="Of these, that lost more than a fifth of the rows or prices of a page")
    without_seller: int = Field(description="Of these, that have a page on which no listing names its seller")
    rows: int = Field(description="Rows of their pages")
    skipped: Mapping[str, int] = Field(description="Of these, rows that no product was made of, by reason")
    without_price: int = Field(description="Of these, rows without a price where each should show one")
    notices: Mapping[str, int] = Field(description="What stood between the rows, by kind")
    sentence: str | None = Field(description="What was not read, in words; null where everything was")

    @classmethod
    def of(cls, reading: JobReading) -> Self:
        """A sum of readings as an answer."""
        found = asdict(reading) | asdict(reading.reading) | {"sentence": reading.sentence}
        return cls(**{name: found[name] for name in cls.model_fields})


class Collection(BaseModel):
    """What the runs of one job id came to together: sums over them, but for the distinct sellers."""

    job_id: str
    job: str
    runs: list[int] = Field(description="Numbers of its runs, newest first")
    products_checked: int
    sellers: int = Field(description="Distinct sellers that its runs saw")
    new_sellers: int = Field(description="Of these, sellers that no collection had seen before")
    credits_used: int
    credits_by_provider: CreditsByProvider
    credits_budget: int | None = Field(description="What all its runs may cost together")
    cost: Cost
    cost_per_new_seller: CostPerNewSeller

    @classmethod
    def of(cls, job: JobFigures, prices: Prices) -> Self:
        """Figures of a job as an answer; credits cost what `prices` say."""
        spent = Spending.of_job(job, prices)
        return cls(
            **{name: getattr(job, name) for name in cls.model_fields.keys() & JobFigures.__dataclass_fields__.keys()},
            job=job.job_name,
            credits_by_provider=spent.credits,
            cost=Amount.of(spent.whole),
            cost_per_new_seller=Amount.of(spent.per(job.new_sellers)),
        )


class Run(BaseModel):
    """A collection run. Its figures are its own: what it asked, found and paid."""

    run_id: int
    job_id: str = Field(description="Runs of one job id resume each other")
    job: str
    dagster_run_id: str | None
    continued_by: int | None = Field(description="A later run that goes on with its job, and is to be resumed instead")
    state: RunState
    phase: str | None = Field(description="What it is doing, or did last")
    phase_progress: int = Field(description="Items of the phase that are done")
    phase_total: int = Field(description="Items of the phase")
    products_checked: int = Field(description="Products that the answers held which it asked for")
    sellers_found: int = Field(description="Sellers that it saw")
    new_sellers: int = Field(description="Of these, sellers that no collection had seen before")
    credits_used: int = Field(description="What it paid")
    credits_by_provider: CreditsByProvider
    credits_budget: int | None = Field(description="What all runs of its job may cost together")
    cost: Cost
    cost_per_new_seller: CostPerNewSeller
    parser_version: str | None = Field(description="Which parsers read its answers; null for other jobs")
    matcher_version: str | None = Field(description="Which matcher judged its listings; null for other jobs")
    replay: Mapping[str, Any] | None = Field(description="What a run of replay_collection came to, and changed")
    scheduled_by: str | None = Field(description="`<schedule>:<month>` where a schedule started it")
    sandbox: bool = Field(description="Whether the sandbox stood in for the marketplaces")
    config: Mapping[str, Any]
    error_message: str | None = Field(description="Why it ended otherwise than it should")
    created_at: AwareDatetime
    updated_at: AwareDatetime = Field(description="When its record changed last")
    started_at: AwareDatetime | None
    heartbeat_at: AwareDatetime | None = Field(description="When it was last heard of")
    completed_at: AwareDatetime | None
    duration_seconds: float | None
    readings: list[RunReading] = Field(description="How well the answers of its job could be read")

    @classmethod
    def of(cls, run: RunReport, readings: Iterable[JobReading], prices: Prices) -> Self:
        """A run's record as an answer, with what its job read; credits cost what `prices` say."""
        names = cls.model_fields.keys() & RunReport.__dataclass_fields__.keys()
        spent = Spending.of_run(run, prices)
        return cls(
            **{name: getattr(run, name) for name in names},
            cost=Amount.of(spent.whole),
            cost_per_new_seller=Amount.of(spent.per(run.new_sellers)),
            job=run.job_name,
            state=run.status,
            duration_seconds=None if run.duration is None else round(run.duration.total_seconds(), 1),
            readings=[RunReading.of(reading) for reading in readings],
        )


class WholeRun(Run):
    """A run, and what its job came to over all its runs."""

    collection: Collection

    @classmethod
    def in_job(cls, run: RunReport, readings: Iterable[JobReading], job: JobFigures, prices: Prices) -> Self:
        """A run's record as an answer, with its job's figures; credits cost what `prices` say."""
        return cls(**dict(Run.of(run, readings, prices)), collection=Collection.of(job, prices))


class Runs(BaseModel):
    """A page of runs, newest first."""

    runs: list[Run]
    collections: list[Collection] = Field(description="What the jobs of these runs came to, over all their runs")
    page: int
    page_size: int
    total: int = Field(description="How many runs there are, over all pages")


class OutdatedCollections(Answer):
    """Collections that other versions than today's read or judged."""

    job_ids: list[str] = Field(description="Those that can be judged again for nothing, newest first")
    waiting: int = Field(description="Further ones of which a run, or a replay, waits or works")
    not_kept: int = Field(description="Further ones that cannot be: no answer to a search of theirs is kept any more")
    judged_by: list[str] = Field(description="The versions that judged those of `job_ids`")
    sentence: str | None = Field(description="All of it in words; null where there is nothing to judge again")


class RunError(Answer):
    """One thing that went wrong in a run."""

    occurred_at: AwareDatetime
    platform: Platform
    kind: str = Field(description="`collect` or `store`")
    reason: str = Field(description="The word under which it is counted")
    query: str | None
    product_id: str | None
    message: str
    response_status: int | None = Field(description="HTTP status of the marketplace's answer")


class RunErrors(BaseModel):
    """A page of a run's errors, newest first."""

    run_id: int
    errors: list[RunError]
    page: int
    page_size: int
    total: int
