"""A Dagster code location with one job and no dependencies: quick to load, its runs do nothing."""

import dagster as dg


class Wishes(dg.Config):
    """Run configuration with a required field."""

    count: int


@dg.op
def wish(config: Wishes) -> int:
    """Does nothing."""
    return config.count


@dg.job
def small_job() -> None:
    """One op."""
    wish()


defs = dg.Definitions(jobs=[small_job])
