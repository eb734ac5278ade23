"""What a schedule's row holds, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a job starts by itself.

    Args:
        day_of_month: 1 to 31; in a shorter month its last day.
        hour: 0 to 23, on the clocks of `timezone`.
        timezone: a name of the IANA database.
        config: what the job's op is configured with.
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
    updated_at: datetime
