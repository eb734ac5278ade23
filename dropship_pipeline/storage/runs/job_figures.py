"""Adds up the runs of jobs: what a collection came to, over all the runs that resumed each other. Only reads."""

from collections.abc import Collection

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from dropship_pipeline.storage.database.tables import collection_runs, seller_jobs, sellers
from dropship_pipeline.storage.runs.values import JobFigures

_run = collection_runs.c


def job_figures(connection: Connection, org_id: str, job_ids: Collection[str]) -> dict[str, JobFigures]:
    """The figures of these jobs of an org, by job id; one without runs is left out."""
    newest_first = aggregate_order_by(_run.id, _run.id.desc())
    sums = (
        select(
            _run.job_id,
            func.max(_run.job_name).label("job_name"),
            func.array_agg(newest_first).label("runs"),
            func.array_agg(aggregate_order_by(_run.credits_by_provider, _run.id.desc())).label("paid"),
            func.sum(_run.products_checked).label("products_checked"),
            func.sum(_run.new_sellers).label("new_sellers"),
            func.sum(_run.credits_used).label("credits_used"),
            func.array_agg(aggregate_order_by(_run.credits_budget, _run.id.desc())).label("budgets"),
        )
        .where(_run.org_id == org_id, _run.job_id.in_(job_ids))
        .group_by(_run.job_id)
    )
    seen = (
        select(seller_jobs.c.job_id, func.count())
        .select_from(seller_jobs.join(sellers))
        .where(sellers.c.org_id == org_id, seller_jobs.c.job_id.in_(job_ids))
        .group_by(seller_jobs.c.job_id)
    )
    distinct = {row[0]: row[1] for row in connection.execute(seen)}
    return {
        row.job_id: JobFigures(
            job_id=row.job_id,
            job_name=row.job_name,
            runs=tuple(row.runs),
            paid=tuple(row.paid),
            products_checked=row.products_checked,
            sellers=distinct.get(row.job_id, 0),
            new_sellers=row.new_sellers,
            credits_used=row.credits_used,
            credits_budget=row.budgets[0],
        )
        for row in connection.execute(sums)
    }
