"""Reads a run configuration from a file and checks it as its job does."""

from pathlib import Path
from typing import Any

import yaml

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import JOBS
from dropship_pipeline.jobs.settings import JobSettings


def read_config(path: Path) -> JobSettings:
    """Read and check a run configuration (YAML, as `dagster job execute -c` takes it).

    Raises:
        RequestInvalid: the file cannot be read or does not fit; names the setting.
    """
    document = _read(path)
    ops = document.get("ops") if isinstance(document, dict) else None
    named = [job for job in JOBS.values() if isinstance(ops, dict) and job.op in ops]
    if len(named) != 1 or not isinstance(ops, dict):
        raise RequestInvalid(f"{path} configures neither {' nor '.join(JOBS)}; see examples/")
    values = (ops[named[0].op] or {}).get("config") or {}
    try:
        return named[0].settings.checked(values)
    except RequestInvalid as error:
        raise RequestInvalid(f"{path} does not fit: {error}") from None


def _read(path: Path) -> Any:  # noqa: ANN401  (whatever a YAML document holds)
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestInvalid(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise RequestInvalid(f"{path} is not a YAML document") from None
