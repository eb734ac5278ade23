"""Follows a run until it ends: a live progress bar on a terminal, plain lines anywhere else."""

import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from dropship_pipeline.cli.terminal import console, printable, say
from dropship_pipeline.storage.runs.reports import RunReport

POLL_S = 0.5


def follow(read: Callable[[], RunReport]) -> RunReport:
    """Show how far a run is until it is settled."""
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[credits]} credits"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console(),
        transient=True,
    )
    progress.add_task("", total=None, credits=0)
    (task,) = progress.tasks
    live = sys.stdout.isatty()
    told = ""
    with progress if live else nullcontext():
        while not _update(progress, task, run := read()).ended:
            if not live and (milestone := _milestone(task)) != told:
                told = milestone
                say(_line(task))
            time.sleep(POLL_S)
    return run


def _update(progress: Progress, task: Task, run: RunReport) -> RunReport:
    name = _phase(run)
    total = run.phase_total or None
    if task.description != name:  # another phase has another pace
        progress.reset(task.id, total=total, description=name)
    progress.update(task.id, total=total, completed=run.phase_progress, credits=run.credits_used)
    return run


def _phase(run: RunReport) -> str:
    phase = printable(run.phase or run.job_name)
    return phase if run.status == "running" else f"{phase} ({run.status})"


def _milestone(task: Task) -> str:
    """What has to change before another line is worth printing: the phase or a whole percent."""
    return f"{task.description} {int(task.percentage)}"


def _line(task: Task) -> str:
    parts = [f"{task.description}: {int(task.completed)}", f"{task.fields['credits']} credits"]
    if task.total:
        parts[0] += f" of {int(task.total)} ({int(task.percentage)} %)"
    if task.time_remaining is not None and not task.finished:
        parts.append(f"about {timedelta(seconds=int(task.time_remaining))} left")
    return ", ".join(parts)
