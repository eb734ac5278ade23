"""Whether a recorded run can be gone on with, and under which settings."""

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.launching import recorded_settings
from dropship_pipeline.jobs.registry import JOBS
from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.storage.runs.reports import RunReport


def resumed_settings(run: RunReport, max_credits: int | None = None) -> JobSettings:
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


def not_resumable(run: RunReport, *, sandbox: bool) -> str | None:
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


def _nothing_kept(run: RunReport) -> str:
    return f"Run {run.run_id} ({run.job_name}) holds no configuration to go on with; launch a new run"
