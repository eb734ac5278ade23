"""Reads a run configuration from a file and checks it as its job does."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from dropship_pipeline.collection.request import CollectionRequest
from dropship_pipeline.collection.run_config import OPS
from dropship_pipeline.collection.seller_request import SellerRequest
from dropship_pipeline.errors import RequestInvalid


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """What a file configures: the job, what its op is configured with, and the checked request."""

    job_name: str
    values: Mapping[str, Any]
    request: CollectionRequest | SellerRequest


def read_config(path: Path) -> ConfigFile:
    """Read and check a run configuration (YAML, as `dagster job execute -c` takes it).

    Raises:
        RequestInvalid: the file cannot be read or does not fit; names the field.
    """
    # Dagster takes a second to import, and most commands do not need it.
    from dagster import DagsterError  # noqa: PLC0415

    from dropship_pipeline.orchestration.config import JOB_CONFIGS  # noqa: PLC0415

    document = _read(path)
    ops = document.get("ops") if isinstance(document, dict) else None
    named = [job for job, op in OPS.items() if isinstance(ops, dict) and op in ops]
    if len(named) != 1 or not isinstance(ops, dict):
        raise RequestInvalid(f"{path} configures neither collect_and_store nor collect_sellers; see examples/")
    values = (ops[OPS[named[0]]] or {}).get("config") or {}
    try:
        return ConfigFile(named[0], values, JOB_CONFIGS[named[0]](**values).request("checked"))
    except ValidationError as error:
        problems = "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False))
        raise RequestInvalid(f"{path} does not fit: {problems}") from None
    except DagsterError as error:
        raise RequestInvalid(f"{path} does not fit: {error}") from None


def _read(path: Path) -> Any:  # noqa: ANN401  (whatever a YAML document holds)
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestInvalid(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise RequestInvalid(f"{path} is not a YAML document") from None
