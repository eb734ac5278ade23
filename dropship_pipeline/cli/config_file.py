"""Reads a run configuration from a file and checks it as its job does."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import COLLECTING
from dropship_pipeline.jobs.settings import JobSettings

# What a run configuration of Dagster may hold beside its ops.
_OF_A_RUN = ("ops", "execution", "loggers", "resources")


def read_config(path: Path) -> JobSettings:
    """Read and check a run configuration (YAML, as `dagster job execute -c` takes it).

    Raises:
        RequestInvalid: the file cannot be read or does not fit; names the setting.
    """
    document = _read(path)
    ops = document.get("ops") if isinstance(document, dict) else None
    named = [job for job in COLLECTING if isinstance(ops, dict) and job.op in ops]
    if len(named) != 1 or not isinstance(document, dict) or not isinstance(ops, dict):
        raise RequestInvalid(f"{path} configures neither {' nor '.join(job.name for job in COLLECTING)}; see examples/")
    _require_known(path, document, _OF_A_RUN)
    op = ops[named[0].op]
    if op is not None and not isinstance(op, dict):
        raise RequestInvalid(f"{path}: {named[0].op} is {str(op)[:40]!r}; write `config:` and the settings below it")
    _require_known(f"{path}: {named[0].op}", op or {}, ("config",))
    try:
        return named[0].settings.checked((op or {}).get("config") or {})
    except RequestInvalid as error:
        raise RequestInvalid(f"{path} does not fit: {error}") from None


def _require_known(where: object, given: Mapping[object, object], known: Sequence[str]) -> None:
    """Refuse what would be passed over in silence, and the settings below it with it."""
    for name in given:
        if name not in known:
            near = get_close_matches(str(name), known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            raise RequestInvalid(f"{where}: {str(name)[:40]} is not known here; {hint}")


def _read(path: Path) -> Any:  # noqa: ANN401  (whatever a YAML document holds)
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestInvalid(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise RequestInvalid(f"{path} is not a YAML document") from None
