"""Runs `dagster job execute` in the foreground, as a person would type it."""

import json
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from dropship_pipeline.localstack.home import JOB_EXECUTE, StackHome
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.libpq import shell_environment

SIGNAL_EXIT = 128


def execute(job_name: str, config: Mapping[str, Any], settings: Settings) -> int:
    """Run a job as a process in the foreground, its output as ours.

    Returns:
        Its exit code; 128 + the number of the signal that ended it.
    """
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".yaml") as file:
        json.dump(config, file, ensure_ascii=False)  # JSON is YAML
        file.flush()
        return _wait((*JOB_EXECUTE, job_name, "-c", file.name), _environment(settings))


def _environment(settings: Settings) -> dict[str, str]:
    """Ours, and the local stack's Dagster instance where there is one and no other is named."""
    home = StackHome(settings.home)
    beside_stack = (home.dagster_home / "dagster.yaml").exists()
    return {**(home.dagster_environment() if beside_stack else {}), **shell_environment()}


def _wait(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Start and wait. Ctrl-C reaches the child too, which then ends its run; this process only waits for it."""
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
