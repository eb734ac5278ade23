"""`dropship run`, `dropship replay`: run a job in the foreground; the exit code says how the run ended."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import uuid4

import typer

from dropship_pipeline.cli import relaunch
from dropship_pipeline.cli.config_file import read_config
from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import plain_errors, say
from dropship_pipeline.collection.resuming import not_resumable
from dropship_pipeline.jobs.launching import run_config
from dropship_pipeline.jobs.registry import SELLERS, job_of
from dropship_pipeline.jobs.settings import JobSettings, ReplaySettings
from dropship_pipeline.models import RunState
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.replay.job import replayed_job
from dropship_pipeline.storage.runs.reports import RunReport

# A degraded run has its results, and a reason not to trust them whole. 2 is Typer's, for a command that is misspelled.
EXIT_CODES: Mapping[RunState, int] = {"completed": 0, "failed": 1, "degraded": 3, "stopped": 4}


def run(config: Annotated[Path, typer.Option("-c", "--config", help="Run configuration (YAML).")]) -> None:
    """Run a job in the foreground; the exit code tells how it ended: 0 completed, 3 degraded, 4 stopped, 1 failed."""
    with plain_errors():
        _execute(read_config(config))


def replay(
    job_id: Annotated[str, typer.Argument(metavar="JOB_ID", help="Job id of a run of collect_sellers.")],
) -> None:
    """Judge a seller search again from its kept answers, with today's code; nothing is asked or paid."""
    with plain_errors():
        with open_stores() as stores:
            replayed_job(stores.database, stores.settings.org, job_id)
        settings = ReplaySettings.checked({"replayed_job_id": job_id})
        _execute(settings)


def _execute(settings: JobSettings) -> NoReturn:
    """Run the job and leave with the code that says how it ended."""
    code, state = execute(settings)
    raise typer.Exit(code if state is None else EXIT_CODES.get(state, code))


def execute(settings: JobSettings) -> tuple[int, RunState | None]:
    """Run the job in the foreground, and say how it ended and what to type next.

    Returns:
        Dagster's exit code, and the state of the run; None if it never began.
    """
    # So that its record is found afterwards.
    settings = settings.model_copy(update={"job_id": settings.job_id or str(uuid4())})
    environment, before = _runs_of(settings.job_id)
    code = relaunch.execute(job_of(settings).name, run_config(settings), environment)
    _, after = _runs_of(settings.job_id)
    ended = next((run for number, run in after.items() if number not in before), None)
    if ended is None:
        return code, None
    say(_last_word(ended, sandbox=environment.sandbox))
    return code, ended.status


def _runs_of(job_id: str | None) -> tuple[Settings, Mapping[int, RunReport]]:
    """The settings, and the latest runs of a job by their numbers, newest first."""
    with open_stores() as stores:
        found = stores.reports.find_runs(job_id or "")
        return stores.settings, {report.run_id: report for report in found if report.job_id == job_id}


def _last_word(run: RunReport, *, sandbox: bool) -> str:
    ended = f"Run {run.run_id}: {run.status}."
    if run.status != "completed" and not_resumable(run, sandbox=sandbox) is None:
        budget = "" if run.credits_budget is None else " [--max-credits N]"
        return f"{ended} What it found is kept; go on with: dropship resume {run.run_id}{budget}"
    look = "sellers" if run.job_name == SELLERS.name else f"status {run.run_id}"
    return f"{ended} See: dropship {look}"
