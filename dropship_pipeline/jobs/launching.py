"""From settings to a run and from a run's record back: its configuration, its columns, its settings."""

from collections.abc import Mapping
from typing import Any, TypedDict

from dropship_pipeline.jobs.registry import job_named, job_of
from dropship_pipeline.jobs.settings import JobSettings

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
