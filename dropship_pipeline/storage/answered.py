"""What a job has been answered already: what going on with it does not ask, and so does not pay for. Only reads."""

from dataclasses import dataclass

from sqlalchemy import func, select

from dropship_pipeline.models import Platform
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls, job_products, list_outcomes, query_outcomes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What is known of a job.

    Args:
        searches: queries or products whose search ended well (found or none), by platform; others are asked again.
        products: that its best-seller lists have named so far.
        list_pages: pages of best-seller lists, and lists of lists, that are kept.
        failed_lists: best-seller lists that could not be read.
    """

    searches: dict[Platform, int]
    products: int = 0
    list_pages: int = 0
    failed_lists: int = 0


def answered(database: Database, org_id: str, job_id: str) -> Answered:
    """Read what a job of an org has been answered. Raises StorageUnavailable."""
    outcome, call, listed = query_outcomes.c, api_calls.c, list_outcomes.c
    ended_well = (
        select(outcome.platform, func.count())
        .where(outcome.org_id == org_id, outcome.job_id == job_id, outcome.state.in_(("found", "none")))
        .group_by(outcome.platform)
    )
    products = select(func.count()).where(job_products.c.org_id == org_id, job_products.c.job_id == job_id)
    pages = select(func.count()).where(
        call.org_id == org_id, call.job_id == job_id, call.provider == "rainforest", call.state == "settled"
    )
    failed = select(func.count()).where(listed.org_id == org_id, listed.job_id == job_id, listed.state == "failed")
    with database.begin() as connection:
        return Answered(
            searches={row[0]: row[1] for row in connection.execute(ended_well)},
            products=connection.execute(products).scalar_one(),
            list_pages=connection.execute(pages).scalar_one(),
            failed_lists=connection.execute(failed).scalar_one(),
        )
