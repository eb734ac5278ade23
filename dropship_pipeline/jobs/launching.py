"""From settings to a run and from a run's record back: its configuration, its columns, whether it can be resumed."""

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import JOBS, job_named, job_of
from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.models import RunState

# Tags of a Dagster run. Whose it is: it writes under this org, and the queue lets one run a value of it work at a time.
ORG_TAG = "dropship/org"
# What it is resumed by, and whether it asked the sandbox marketplace ("true"): known when the run has begun.
JOB_ID_TAG = "dropship/job_id"
SANDBOX_TAG = "dropship/sandbox"
# The schedule that started it, and its month.
SCHEDULE_TAG = "dropship/schedule"
# Finds the run of a launch whose answer was lost.
LAUNCH_TAG = "dropship/launch"
# Tag of an op that works on a platform.
PLATFORM_TAG = "dropship/platform"


class RecordColumns(TypedDict):
    """What a run's record says of what was asked for."""

    job_id: str
    job_name: str
    config: dict[str, Any]
    total: int
    budget: int | None


class RecordedRun(Protocol):
    """A run's record, as far as going on with it needs it."""

    @property
    def run_id(self) -> int:
        """Its number."""
        ...

    @property
    def job_id(self) -> str:
        """What it is resumed by."""
        ...

    @property
    def job_name(self) -> str:
        """Which job it ran."""
        ...

    @property
    def status(self) -> RunState:
        """Its state."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the record is settled."""
        ...

    @property
    def continued_by(self) -> int | None:
        """The newest later run of its job that has begun; None if there is none."""
        ...

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings, as `record_columns` wrote them."""
        ...

    @property
    def sandbox(self) -> bool:
        """Whether it asked the sandbox marketplace."""
        ...


def run_config(settings: JobSettings) -> dict[str, Any]:
    """The run configuration that Dagster takes for these settings."""
    return {"ops": {job_of(settings).op: {"config": settings.model_dump(mode="json", exclude_none=True)}}}


def record_columns(settings: JobSettings, job_id: str) -> RecordColumns:
    """The columns of the record of a run with these settings.

    Args:
        settings: what was asked for.
        job_id: what the run is resumed by; that of the settings where they name one.
    """
    known = settings.job_id or job_id
    config = settings.asked_once().model_dump(mode="json", exclude={"wait_seconds"})
    return {
        "job_id": known,
        "job_name": job_of(settings).name,
        "config": {**config, "job_id": known},
        "total": settings.total,
        "budget": config.get("max_credits"),
    }


def recorded_settings(job_name: str, config: Mapping[str, Any], **changes: object) -> JobSettings:
    """The settings in a record.

    Args:
        job_name: of the record.
        config: of the record; version 0.1 kept prices as text and called `throttle_seconds` otherwise.
        changes: what is to be different.

    Raises:
        RequestInvalid: the job is not known, or its settings no longer fit.
    """
    values = {"throttle_seconds" if name == "pause_s" else name: value for name, value in config.items()}
    for name in ("price_low", "price_high"):
        if name in values:
            values[name] = float(values[name])
    return job_named(job_name).settings.checked(values | changes)


def resumed_settings(run: RecordedRun, max_credits: int | None = None) -> JobSettings:
    """The settings under which a run goes on: its own, with its job id.

    Args:
        run: the run as recorded.
        max_credits: a new budget of the job; None keeps the one that it had.

    Raises:
        RequestInvalid: there is nothing to go on with, or not with a budget.
    """
    if run.job_name not in JOBS or not run.config:
        raise RequestInvalid(_nothing_kept(run))
    if max_credits is None:
        return recorded_settings(run.job_name, run.config, job_id=run.job_id)
    if not JOBS[run.job_name].has_budget:
        raise RequestInvalid(f"{run.job_name} has no budget: leave out max_credits")
    return recorded_settings(run.job_name, run.config, job_id=run.job_id, max_credits=max_credits)


def not_resumable(run: RecordedRun, *, sandbox: bool) -> str | None:
    """Why a run cannot be resumed; None if it can.

    Args:
        run: the run as recorded.
        sandbox: whether the environment settings name the sandbox marketplace.
    """
    if not run.ended:
        return (
            f"Run {run.run_id} is {run.status}: wait for its end, or stop it first; "
            "if it was killed, that is known after 20 seconds"
        )
    if run.continued_by is not None:
        newest = f"Run {run.continued_by}"
        return f"Run {run.run_id} was continued by {newest}: resume {newest} if anything is missing"
    if run.status == "completed":
        return f"Run {run.run_id} is completed, there is nothing to go on with: launch a new run"
    if run.sandbox != sandbox:
        before, now = ("the sandbox", "live marketplaces") if run.sandbox else ("live marketplaces", "the sandbox")
        return (
            f"Run {run.run_id} asked {before} and the settings name {now}: one job must not mix both, launch a new run"
        )
    return None if run.job_name in JOBS and run.config else _nothing_kept(run)


def _nothing_kept(run: RecordedRun) -> str:
    return f"Run {run.run_id} ({run.job_name}) holds no configuration to go on with; launch a new run"
