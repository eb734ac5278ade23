"""Routes of the monthly schedule."""

import asyncio
from dataclasses import asdict
from datetime import UTC
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dropship_pipeline.admin.api.parameters import PREFIX, Reader, Runner
from dropship_pipeline.admin.api.run_models import NamedProducts, Run
from dropship_pipeline.admin.auth.access import Principal
from dropship_pipeline.admin.problems import declared
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.collection.monthly import cannot_start, next_times, zone
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import DEFAULT_JOB, CollectingJob, ProductsJob, SellersJob, job_of
from dropship_pipeline.jobs.settings import JobSettings, SellersSettings
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.runs.readings import Readings
from dropship_pipeline.storage.runs.reports import Reports
from dropship_pipeline.storage.runs.schedules import Schedules
from dropship_pipeline.storage.runs.values import Schedule

router = APIRouter(prefix=PREFIX, tags=["schedule"], responses=declared())
DEFAULTS: dict[str, Any] = {"day_of_month": 1, "hour": 6, "timezone": "UTC", "job": DEFAULT_JOB.name, "config": {}}
MAX_ZONE_CHARS = 64


class _When(BaseModel):
    model_config = ConfigDict(extra="forbid")

    enabled: bool = Field(strict=True, description="Whether it starts by itself")
    day_of_month: int = Field(ge=1, le=31, strict=True, description="Or the month's last day, in a shorter month")
    hour: int = Field(ge=0, le=23, strict=True, description="On the clocks of the timezone")
    timezone: Annotated[
        str, Field(min_length=1, max_length=MAX_ZONE_CHARS, description="Name of the IANA database, as Europe/Berlin")
    ]


class ScheduleProducts(_When):
    """Collect products every month."""

    job: ProductsJob
    config: NamedProducts = Field(description="With `queries`, and without a job_id: each month has its own")


class ScheduleSellers(_When):
    """Find sellers every month."""

    job: SellersJob
    config: SellersSettings = Field(description="Without a job_id: each month has its own")


class ScheduleState(BaseModel):
    """When a job starts by itself; what stands there before anything was set is only a proposal."""

    enabled: bool
    day_of_month: int
    hour: int
    timezone: str
    job: CollectingJob
    config: dict[str, Any]
    created_at: AwareDatetime | None = Field(description="When it was first set; null where none ever was")
    updated_at: AwareDatetime | None = Field(description="When it was set, turned on or turned off last")
    problem: str | None = Field(default=None, description="Why it cannot start as it stands; null where it can")
    next_times: list[AwareDatetime] = Field(description="When it is due next, in UTC; empty while it is off")
    last_run: Run | None = Field(description="The newest run that it started")


@router.get("/schedule")
async def show_schedule(request: Request, who: Reader) -> ScheduleState:
    """The schedule, its next times and its last run."""
    return await asyncio.to_thread(_state, request, who)


@router.put("/schedule")
async def set_schedule(
    request: Request,
    who: Runner,
    body: Annotated[ScheduleProducts | ScheduleSellers, Field(discriminator="job")],
) -> ScheduleState:
    """Set the schedule, every part of it; a run that has begun goes on."""
    values = checked_schedule(body.config, day_of_month=body.day_of_month, hour=body.hour, timezone=body.timezone)
    await Collections(request.app.state.services, who.org).require_categories(body.config)
    schedules = Schedules(request.app.state.services.database, who.org)
    await asyncio.to_thread(schedules.save, {**values, "enabled": body.enabled})
    return await asyncio.to_thread(_state, request, who)


def checked_schedule(settings: JobSettings, *, day_of_month: int, hour: int, timezone: str) -> dict[str, Any]:
    """The columns of a schedule, checked.

    Raises:
        RequestInvalid: names what does not fit.
    """
    if settings.job_id:
        raise RequestInvalid("job_id: leave it out, a schedule gives each month its own")
    zone(timezone)
    return {
        "day_of_month": day_of_month,
        "hour": hour,
        "timezone": timezone,
        "job_name": job_of(settings).name,
        "config": settings.model_dump(mode="json", exclude_none=True),
    }


def _state(request: Request, who: Principal) -> ScheduleState:
    database = request.app.state.services.database
    schedule = Schedules(database, who.org).find()
    if schedule is None:
        return ScheduleState(**DEFAULTS, enabled=False, created_at=None, updated_at=None, next_times=[], last_run=None)
    run = Reports(database, who.org).started_by(schedule)
    readings = [] if run is None else Readings(database, who.org).of_job(run.job_id)
    prices = request.app.state.services.settings.credit_prices
    last_run = None if run is None else Run.of(run, readings, prices)
    more = {"problem": cannot_start(schedule), "next_times": _next_times(schedule), "last_run": last_run}
    return ScheduleState.model_validate({**asdict(schedule), "job": schedule.job_name, **more})


def _next_times(schedule: Schedule) -> list[AwareDatetime]:
    if not schedule.enabled or cannot_start(schedule):
        return []
    return [moment.astimezone(UTC) for moment in next_times(schedule, utc_now())]
