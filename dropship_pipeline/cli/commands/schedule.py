"""`dropship schedule set`, `show`, `on`, `off`: the job that starts by itself once a month."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from dropship_pipeline.cli.checks import require_known_categories
from dropship_pipeline.cli.config_file import read_config
from dropship_pipeline.cli.stores import Stores, open_stores
from dropship_pipeline.cli.terminal import plain_errors, say
from dropship_pipeline.collection.monthly import cannot_start, decide, month_job_id, next_times, zone
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import DEFAULT_JOB, CollectingJob, job_of
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.runs.schedules import Schedules
from dropship_pipeline.storage.runs.values import Schedule

_DEFAULTS = {"day_of_month": 1, "hour": 6, "timezone": "UTC", "job_name": DEFAULT_JOB.name, "config": {}}
_NONE = "there is no schedule; `dropship schedule set` makes one"


def set_schedule(
    *,
    day: Annotated[int | None, typer.Option(min=1, max=31, help="Day of the month, or its last.")] = None,
    hour: Annotated[int | None, typer.Option(min=0, max=23, help="Hour on the timezone's clocks.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Such as UTC or Europe/Berlin.")] = None,
    job: Annotated[CollectingJob | None, typer.Option(help="Which job to start.")] = None,
    config: Annotated[Path | None, typer.Option("-c", "--config", help="Run configuration (YAML).")] = None,
) -> None:
    """Change the schedule and turn it on; what is not named stays as it is."""
    with plain_errors(), open_stores() as stores:
        schedules = Schedules(stores.database, stores.settings.org)
        if timezone is not None:
            zone(timezone)
        changed = {"day_of_month": day, "hour": hour, "timezone": timezone, **_job_and_config(stores, job, config)}
        given = {name: value for name, value in changed.items() if value is not None}
        _tell(stores, schedules.save({**_whole(schedules.find(), given), "enabled": True}))


def _job_and_config(stores: Stores, job: CollectingJob | None, path: Path | None) -> dict[str, Any]:
    if path is None:
        return {"job_name": job}
    settings = read_config(path)
    configured = job_of(settings).name
    if job not in (None, configured):
        raise RequestInvalid(f"{path} configures {configured}, not {job}")
    if settings.job_id:
        raise RequestInvalid(f"{path} names a job_id: leave it out, a schedule gives each month its own")
    require_known_categories(stores, settings)
    return {"job_name": configured, "config": settings.model_dump(mode="json", exclude_unset=True)}


def _whole(known: Schedule | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every column: as given, else as known, else the default. One job's configuration is not kept for another."""
    if known is None:
        return {**_DEFAULTS, **given}
    kept = {name: getattr(known, name) for name in _DEFAULTS}
    if given.get("job_name", known.job_name) != known.job_name:
        kept["config"] = {}
    return {**kept, **given}


def show() -> None:
    """Show the schedule, its next times and its last result."""
    with plain_errors(), open_stores() as stores:
        schedule = Schedules(stores.database, stores.settings.org).find()
        if schedule is None:
            say(f"Org {stores.settings.org}: {_NONE}")
        else:
            _tell(stores, schedule)


def on() -> None:
    """Turn the schedule on."""
    _switch(enabled=True)


def off() -> None:
    """Turn the schedule off; a run that has begun goes on."""
    _switch(enabled=False)


def _switch(*, enabled: bool) -> None:
    with plain_errors(), open_stores() as stores:
        schedule = Schedules(stores.database, stores.settings.org).switch(enabled=enabled)
        if schedule is None:
            raise RequestInvalid(f"Org {stores.settings.org}: {_NONE}")
        _tell(stores, schedule)


def _tell(stores: Stores, schedule: Schedule) -> None:
    state = "on" if schedule.enabled else "off"
    say(f"{'state':<12} {state}")
    say(f"{'job':<12} {schedule.job_name}")
    say(f"{'when':<12} day {schedule.day_of_month} of the month, {schedule.hour:02}:00 {schedule.timezone}")
    say(f"{'config':<12} {json.dumps(schedule.config, ensure_ascii=False)}")
    run = stores.reports.started_by(schedule)
    problem = cannot_start(schedule)
    if problem:
        say(f"{'problem':<12} {problem}; `dropship schedule set` corrects it")
    say(f"{'last run':<12} {'none yet' if run is None else f'{run.run_id}, job id {run.job_id}: {run.status}'}")
    if problem or not schedule.enabled:
        return
    now = utc_now()
    for moment in next_times(schedule, now):
        say(f"{'next':<12} {moment:%Y-%m-%d %H:%M} {schedule.timezone}")
    started = run is not None and run.job_id == month_job_id(schedule, now)
    if not started and decide(schedule, [], now).run_key:
        say("Its last time has passed without a run: it starts when Dagster's daemon looks next, within a minute")
