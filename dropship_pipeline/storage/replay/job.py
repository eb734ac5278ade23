"""Which job is replayed: what is recorded of it, and why it cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.models import FINAL_STATES
from dropship_pipeline.storage.database.connection import Database, storable
from dropship_pipeline.storage.database.tables import collection_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedJob:
    """A job of `collect_sellers`, as its newest run stands.

    Args:
        last_run_id: number of its newest run.
        config: the settings of that run.
        sandbox: whether it asked the sandbox marketplace.
    """

    job_id: str
    last_run_id: int
    config: Mapping[str, Any]
    sandbox: bool


def replayed_job(database: Database, org_id: str, job_id: str) -> ReplayedJob:
    """The job of this id.

    Raises:
        RequestInvalid: the org has none, it is of another kind, or a run of it has not ended.
        StorageUnavailable: Postgres does not answer.
    """
    runs = collection_runs.c
    query = (
        select(runs.id, runs.job_name, runs.config, runs.sandbox, runs.status)
        .where(runs.org_id == org_id, runs.job_id == storable(job_id))
        .order_by(runs.id.desc())
    )
    with database.begin() as connection:
        found = connection.execute(query).all()
    if not found:
        raise RequestInvalid(f"There is no job {job_id[:100]!r}: `dropship runs --json` names the job id of each run")
    newest = found[0]
    if newest.job_name != SELLERS.name:
        raise RequestInvalid(
            f"Job {job_id} is one of {newest.job_name}; only jobs of {SELLERS.name} can be judged again"
        )
    unfinished = [run.id for run in found if run.status not in FINAL_STATES]
    if unfinished:
        raise RequestInvalid(f"Run {unfinished[0]} of job {job_id} has not ended: wait for its end, or stop it first")
    return ReplayedJob(job_id=job_id, last_run_id=newest.id, config=newest.config, sandbox=newest.sandbox)
