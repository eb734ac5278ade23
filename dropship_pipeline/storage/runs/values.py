"""The rows of runs, errors and schedules as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dropship_pipeline.models import PLATFORM_PROVIDERS, Platform, Provider, RunState


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as its record stands: `run_id` is the record's own number, `job_id` names what resumes together."""

    run_id: int
    job_id: str
    status: RunState
    dagster_run_id: str | None
    config: Mapping[str, Any]
    error_message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSign:
    """The signs of life of a run, as its record and the platform locks have them.

    Args:
        silent_s: seconds since it was last heard of; None if it never was, because it waits in Dagster's queue.
        age_s: seconds since the record was made.
        works: whether a worker of its org holds a platform lock.
    """

    run_id: int
    org_id: str
    job_id: str
    status: RunState
    dagster_run_id: str | None
    heartbeat_at: datetime | None
    silent_s: float | None
    age_s: float
    works: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFigures:
    """What all runs of a job came to together: each figure is the sum over them, but for the distinct sellers.

    Args:
        runs: their numbers, newest first.
        credits_budget: of the newest run: what all of them may cost together; None without a limit.
        sellers: distinct sellers that they saw.
        new_sellers: of these, that no job had seen before.
        paid: credits by provider of each run, in the order of `runs`.
    """

    job_id: str
    job_name: str
    runs: Sequence[int]
    paid: Sequence[Mapping[Provider, int]]
    products_checked: int
    sellers: int
    new_sellers: int
    credits_used: int
    credits_budget: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """What a run came to, as its summary needs it; all but `job` is its own.

    Args:
        seconds: since it began.
        credits_by_provider: the same, by whom they were paid to.
        new_sellers: of these, that no job had seen before.
        job: what it and the other runs of its job came to.
        doubt: why it cannot be trusted.
    """

    seconds: int
    products: int
    credits: int
    credits_by_provider: Mapping[str, int]
    sellers: int
    new_sellers: int
    job: JobFigures
    doubt: str | None

    def credits_of(self, platform: Platform) -> int:
        """What was paid for answers of a platform."""
        return self.credits_by_provider.get(PLATFORM_PROVIDERS[platform], 0)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a job starts by itself.

    Args:
        day_of_month: 1 to 31; in a shorter month its last day.
        hour: 0 to 23, on the clocks of `timezone`.
        timezone: a name of the IANA database.
        config: what the job's op is configured with.
        created_at: when it was first set.
        updated_at: when it was set, turned on or turned off last; it says nothing of earlier moments.
    """

    id: int
    org_id: str
    name: str
    enabled: bool
    day_of_month: int
    hour: int
    timezone: str
    job_name: str
    config: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
