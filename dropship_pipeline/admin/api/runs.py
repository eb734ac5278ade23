"""Routes that start, stop, resume and list runs."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from dropship_pipeline.admin.api.parameters import PREFIX, Page, PageSize, Reader, RunId, Runner
from dropship_pipeline.admin.api.run_models import (
    Collection,
    NamedProducts,
    OutdatedCollections,
    Run,
    RunError,
    RunErrors,
    Runs,
    StartedRun,
    WholeRun,
)
from dropship_pipeline.admin.auth.access import Principal
from dropship_pipeline.admin.judging_again import JudgingAgain
from dropship_pipeline.admin.problems import declared
from dropship_pipeline.admin.runs import MAX_KEY_CHARS, Collections, Started
from dropship_pipeline.jobs.registry import JOBS, PRODUCTS, REPLAY, SELLERS, ProductsJob, ReplayJob, SellersJob
from dropship_pipeline.jobs.sentences import limits
from dropship_pipeline.jobs.settings import ReplaySettings, SellersSettings
from dropship_pipeline.models import RunState
from dropship_pipeline.storage.runs.errors import ErrorLog
from dropship_pipeline.storage.runs.readings import Readings
from dropship_pipeline.storage.runs.reports import Reports, RunReport

router = APIRouter(prefix=PREFIX, tags=["runs"], responses=declared())
_LOWEST_BUDGET, _HIGHEST_BUDGET = limits(SellersSettings.model_fields["max_credits"])


class _Start(BaseModel):
    model_config = ConfigDict(extra="forbid")

    queue: bool = Field(
        default=False, strict=True, description="Wait in line where another run is in the way, instead of a 409"
    )


class StartProducts(_Start):
    """Collect products of both marketplaces for search terms."""

    job: ProductsJob
    config: NamedProducts


class StartSellers(_Start):
    """Find who sells Amazon's best-selling products on eBay."""

    job: SellersJob
    config: SellersSettings


class StartReplay(_Start):
    """Judge a collection again from its kept answers, with today's code; no marketplace is asked, nothing is paid."""

    job: ReplayJob
    config: ReplaySettings


class StartCategories(_Start):
    """Find who sells the best sellers of these categories on eBay, with the defaults of all other settings."""

    categories: list[str] | None = Field(
        default=None, description="Best-seller lists by id, name or address; none: all of the marketplace's top level"
    )

    @property
    def config(self) -> SellersSettings:
        """The settings of the run.

        Raises:
            RequestInvalid: a category does not fit.
        """
        return SellersSettings.checked({"categories": self.categories or []})


def _form(body: object) -> object:
    """Which of the bodies it is: that of the job that it names, and the short one if it names none."""
    return body.get("job", "categories") if isinstance(body, dict) else None


StartBody = Annotated[
    Annotated[StartProducts, Tag(PRODUCTS.name)]
    | Annotated[StartSellers, Tag(SELLERS.name)]
    | Annotated[StartReplay, Tag(REPLAY.name)]
    | Annotated[StartCategories, Tag("categories")],
    Discriminator(
        _form,
        custom_error_type="job",
        custom_error_message=f"write an object whose job is {' or '.join(JOBS)}, or one with categories alone",
    ),
]


class Resume(BaseModel):
    """How to go on."""

    model_config = ConfigDict(extra="forbid", strict=True)

    max_credits: int | None = Field(
        default=None,
        ge=_LOWEST_BUDGET,
        le=_HIGHEST_BUDGET,
        description="A new budget of the job, over all its runs; empty keeps it",
    )


@router.post("/start", status_code=202, responses=declared(409))
async def start_run(
    request: Request,
    who: Runner,
    body: StartBody | None = None,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=MAX_KEY_CHARS,
            pattern="^[!-~]+$",
            description="The same key with the same body starts one run, however often it is sent",
        ),
    ] = None,
) -> StartedRun:
    """Start a run: of the job that the body names; without a body, or with categories alone, of `collect_sellers`."""
    asked = body or StartCategories()
    started = await _collections(request, who).start(asked.config, queue=asked.queue, idempotency_key=idempotency_key)
    return _answer(started)


@router.post("/stop/{run_id}", status_code=202, responses=declared(409))
async def stop_run(request: Request, who: Runner, run_id: RunId) -> WholeRun:
    """Ask a run to stop: calls in flight are finished, and what was found is kept."""
    collections = _collections(request, who)
    await collections.stop(run_id)
    return await _whole(request, who, await collections.run(run_id))


@router.post("/resume/{run_id}", status_code=202, responses=declared(409))
async def resume_run(request: Request, who: Runner, run_id: RunId, body: Resume | None = None) -> StartedRun:
    """Go on with a run that stopped, failed or was degraded; what was paid for is not paid for again."""
    return _answer(await _collections(request, who).resume(run_id, body.max_credits if body else None))


@router.get("/status/{run_id}")
async def run_status(request: Request, who: Reader, run_id: RunId) -> WholeRun:
    """One run, as it stands."""
    return await _whole(request, who, await _collections(request, who).run(run_id))


@router.get("/runs")
async def list_runs(
    request: Request, who: Reader, page: Page = 1, page_size: PageSize = 20, state: RunState | None = None
) -> Runs:
    """Runs, newest first."""
    runs = Reports(request.app.state.services.database, who.org)
    found = await asyncio.to_thread(runs.page, page, page_size, state)
    read = await asyncio.to_thread(_readings(request, who).of_jobs, list({run.job_id for run in found.runs}))
    prices = request.app.state.services.settings.credit_prices
    listed = [Run.of(run, read.get(run.job_id, ()), prices) for run in found.runs]
    jobs = [Collection.of(job, prices) for job, _ in found.by_job]
    return Runs(runs=listed, collections=jobs, page=page, page_size=page_size, total=found.total)


@router.get("/outdated")
async def list_outdated(request: Request, who: Reader) -> OutdatedCollections:
    """Collections that other versions read or judged: a replay (`POST start`) judges them with today's, for nothing."""
    return OutdatedCollections.model_validate(await JudgingAgain(request.app.state.services, who.org).outdated())


@router.get("/runs/{run_id}/errors")
async def run_errors(
    request: Request, who: Reader, run_id: RunId, page: Page = 1, page_size: PageSize = 20
) -> RunErrors:
    """What went wrong in a run, newest first."""
    await _collections(request, who).run(run_id)
    stored = ErrorLog(request.app.state.services.database, who.org)
    found = await asyncio.to_thread(stored.page, run_id, page_size, (page - 1) * page_size)
    total = await asyncio.to_thread(stored.count, run_id)
    return RunErrors(
        run_id=run_id,
        errors=[RunError.model_validate(error) for error in found],
        page=page,
        page_size=page_size,
        total=total,
    )


async def _whole(request: Request, who: Principal, run: RunReport) -> WholeRun:
    reports = Reports(request.app.state.services.database, who.org)
    readings, jobs = await asyncio.gather(
        asyncio.to_thread(_readings(request, who).of_job, run.job_id), asyncio.to_thread(reports.jobs, [run.job_id])
    )
    prices = request.app.state.services.settings.credit_prices
    return WholeRun.in_job(run, readings, jobs[run.job_id], prices)


def _readings(request: Request, who: Principal) -> Readings:
    return Readings(request.app.state.services.database, who.org)


def _collections(request: Request, who: Principal) -> Collections:
    return Collections(request.app.state.services, who.org)


def _answer(started: Started) -> StartedRun:
    return StartedRun(run_id=started.run_id, dagster_run_id=started.dagster_run_id)
