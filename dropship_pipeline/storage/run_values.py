"""What a run's record holds, as values: the record, its figures, its errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dropship_pipeline.models import Platform, RunState


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as its record stands: `run_id` is the record's own number, `job_id` names what resumes together."""

    run_id: int
    job_id: str
    status: RunState
    dagster_run_id: str | None
    config: Mapping[str, Any]
    error_message: str | None


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What a run's summary needs of its record: whole seconds, credits of the job, why it cannot be trusted."""

    seconds: int
    credits: int
    doubt: str | None


@dataclass(frozen=True, slots=True)
class RunError:
    """One thing that went wrong in a run, as kept in collection_errors.

    Args:
        kind: `collect` or `store`.
        reason: the error's own kind, the word under which it is counted.
    """

    platform: Platform
    kind: str
    reason: str
    message: str
    query: str
    product_id: str | None = None
    response_status: int | None = None
