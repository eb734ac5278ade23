"""The models of runs and their errors in the API."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from dropship_pipeline.jobs.sentences import sentence_error
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.models import Platform, RunState
from dropship_pipeline.storage.runs.errors import ErrorReport
from dropship_pipeline.storage.runs.readings import Asked, JobReading
from dropship_pipeline.storage.runs.reports import RunReport


def _with_queries(settings: ProductsSettings) -> ProductsSettings:
    if "queries" not in settings.model_fields_set:
        raise sentence_error("queries is missing: name the search terms; [] asks for nothing")
    return settings


# The launchpad proposes example queries; a program that forgets to name its own must not pay for them.
NamedProducts = Annotated[
    ProductsSettings, AfterValidator(_with_queries), Field(description="`queries` must be named; [] asks for nothing")
]


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
        summed = reading.reading
        return cls(
            platform=reading.platform,
            asked=reading.asked,
            number=reading.number,
            in_part=reading.in_part,
            without_seller=reading.without_seller,
            rows=summed.rows,
            skipped=summed.skipped,
            without_price=summed.without_price,
            notices=summed.notices,
            sentence=reading.sentence,
        )


class Run(BaseModel):
    """A collection run. Credits are those of its job, over all the runs that resumed each other."""

    run_id: int
    job_id: str = Field(description="Runs of one job id resume each other")
    job: str
    dagster_run_id: str | None
    state: RunState
    phase: str | None = Field(description="What it is doing, or did last")
    phase_progress: int = Field(description="Items of the phase that are done")
    phase_total: int = Field(description="Items of the phase")
    products_checked: int
    sellers_found: int
    new_sellers: int
    credits_used: int
    credits_budget: int | None
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
    def of(cls, run: RunReport, readings: Iterable[JobReading]) -> Self:
        """A run's record as an answer, with what its job read."""
        names = cls.model_fields.keys() & RunReport.__dataclass_fields__.keys()
        return cls(
            **{name: getattr(run, name) for name in names},
            job=run.job_name,
            state=run.status,
            duration_seconds=None if run.duration is None else round(run.duration.total_seconds(), 1),
            readings=[RunReading.of(reading) for reading in readings],
        )


class Runs(BaseModel):
    """A page of runs, newest first."""

    runs: list[Run]
    page: int
    page_size: int
    total: int = Field(description="How many runs there are, over all pages")


class RunError(BaseModel):
    """One thing that went wrong in a run."""

    occurred_at: AwareDatetime
    platform: Platform
    kind: str = Field(description="`collect` or `store`")
    reason: str = Field(description="The word under which it is counted")
    query: str | None
    product_id: str | None
    message: str
    response_status: int | None = Field(description="HTTP status of the marketplace's answer")

    @classmethod
    def of(cls, error: ErrorReport) -> Self:
        """A recorded error as an answer."""
        return cls(**{name: getattr(error, name) for name in cls.model_fields})


class RunErrors(BaseModel):
    """A page of a run's errors, newest first."""

    run_id: int
    errors: list[RunError]
    page: int
    page_size: int
    total: int
