"""Checks whose a job id is: what a job pays for and finds is kept under its id, so one id stands for one job."""

from sqlalchemy import Connection, or_, select

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.locks import lock_transaction
from dropship_pipeline.storage.database.tables import collection_runs


def require_own(connection: Connection, org_id: str, job_id: str, job_name: str, *, sandbox: bool) -> None:
    """Check that a job id is free or this job's own; until the transaction ends no other can take it.

    Args:
        connection: in a transaction.
        org_id: who wants to use it.
        job_id: the id.
        job_name: for which kind of job.
        sandbox: whether on sandbox data, which must not be mixed with live data.

    Raises:
        RequestInvalid: it is that of another org or kind of job, or one of sandbox data and one of live data.
    """
    # Two orgs must not make the first run of one job at the same time.
    lock_transaction(connection, f"dropship:job:{job_id}")
    runs = collection_runs.c
    another = or_(runs.org_id != org_id, runs.job_name != job_name, runs.sandbox != sandbox)
    if connection.execute(select(runs.id).where(runs.job_id == job_id, another).limit(1)).first() is not None:
        raise RequestInvalid(
            f"job_id {job_id!r} stands for another job (of another kind, or of sandbox instead of live data): "
            "choose another one, or leave it empty"
        )
