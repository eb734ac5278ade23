"""From a run's record back to a run: the configuration of its job, and `dagster job execute` in the foreground.

The record holds the checked request. Where a field has another name in Dagster's run configuration, it is said here
and nowhere else.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.sandbox.stack.dagster import DEFINITIONS, dagster_environment
from dropship_pipeline.sandbox.stack.home import StackHome
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.reports import RunReport

SIGNAL_EXIT = 128


@dataclass(frozen=True, slots=True)
class _Job:
    """Where a job takes its configuration.

    Args:
        op: the op that has it.
        renamed: fields of the request that are called otherwise in the configuration.
        numbers: fields that the request keeps as decimal text and the configuration takes as numbers.
        has_budget: whether it knows `max_credits`.
    """

    op: str
    renamed: Mapping[str, str] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    has_budget: bool = False


_JOBS = {
    "collect_and_store": _Job("collection_config", renamed={"pause_s": "throttle_seconds"}),
    "collect_sellers": _Job("best_sellers", numbers=frozenset({"price_low", "price_high"}), has_budget=True),
}


def run_config(run: RunReport, max_credits: int | None = None) -> dict[str, Any]:
    """The run configuration under which `run` goes on: its own, with its job id.

    Args:
        run: the run as recorded.
        max_credits: a new budget of the job; None keeps the one that it had.

    Raises:
        RequestInvalid: the run's job cannot be resumed, or not with a budget.
    """
    job = _JOBS.get(run.job_name)
    if job is None or not run.config:
        raise RequestInvalid(f"Run {run.id} ({run.job_name}) holds no configuration to go on with; launch a new run")
    if max_credits is not None and not job.has_budget:
        raise RequestInvalid(f"{run.job_name} has no budget: leave out --max-credits")
    values = {
        job.renamed.get(name, name): float(value) if name in job.numbers else value
        for name, value in run.config.items()
        if value is not None
    }
    values["job_id"] = run.job_id
    if max_credits is not None:
        values["max_credits"] = max_credits
    return {"ops": {job.op: {"config": values}}}


def execute(job_name: str, config: Mapping[str, Any], settings: Settings) -> int:
    """Run a job as a process in the foreground, its output as ours.

    Returns:
        Its exit code; 128 + the number of the signal that ended it.
    """
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".yaml") as file:
        json.dump(config, file, ensure_ascii=False)  # JSON is YAML
        file.flush()
        command = (
            sys.executable,
            "-m",
            "dagster",
            "job",
            "execute",
            "-m",
            DEFINITIONS,
            "-j",
            job_name,
            "-c",
            file.name,
        )
        return _wait(command, _environment(settings))


def _environment(settings: Settings) -> dict[str, str]:
    """Ours, and the local stack's Dagster instance where there is one and no other is named."""
    home = StackHome(settings.home)
    beside_stack = (settings.dagster_home / "dagster.yaml").exists()
    return {**(dagster_environment(home) if beside_stack else {}), **os.environ}


def _wait(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start and wait. Ctrl-C reaches the child by itself, which then ends its run; we only have to outlive it."""
    child = subprocess.Popen(command, env=environment)  # noqa: S603  (our own interpreter, no shell)
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    try:
        code = child.wait()
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    return code if code >= 0 else SIGNAL_EXIT - code
