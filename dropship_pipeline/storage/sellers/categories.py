"""Reads the best-seller categories of an org's latest seller search, which forms offer."""

from sqlalchemy import column, func, select, true

from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_runs, job_products

MAX_NAMES = 500


def category_names(database: Database, org_id: str) -> list[str]:
    """Best-seller categories that the latest search with products met, by name, at most `MAX_NAMES`.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    runs = collection_runs.c
    latest = (
        select(runs.job_id)
        .where(runs.org_id == org_id, runs.job_name == SELLERS.name)
        .where(select(job_products.c.asin).where(job_products.c.job_id == runs.job_id).exists())
        .order_by(runs.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    lists = func.jsonb_array_elements(job_products.c.categories).table_valued(column("value"))
    name = lists.c.value.op("->>")("category")
    query = (
        select(name)
        .select_from(job_products.join(lists, true()))
        .where(job_products.c.org_id == org_id, job_products.c.job_id == latest, name.is_not(None))
        .distinct()
        .order_by(name)
        .limit(MAX_NAMES)
    )
    with database.begin() as connection:
        return list(connection.execute(query).scalars())
