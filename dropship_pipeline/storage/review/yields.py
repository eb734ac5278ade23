"""What finished searches yielded, run by run: accepted matches by category of the best seller. Only reads."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import JUDGED_ITEMS

# A product that several lists name counts for the first of them, so that the parts of a search add up.
_YIELDS = text(
    f"""
    WITH searches AS (
        SELECT job_id, max(id) AS run_id, max(started_at) AS started_at FROM collection_runs
        WHERE org_id = :org_id AND job_name = :job_name AND started_at IS NOT NULL
        GROUP BY job_id HAVING bool_or(status IN ('completed', 'degraded')) ORDER BY max(id) DESC LIMIT :searches
    ), matched AS (
        -- By product first, as the key of listings has them in order: no sort of all of them.
        SELECT item.job_id, item.asin, count(DISTINCT item.seller_id) AS sellers
        FROM searches JOIN {JUDGED_ITEMS} item ON item.job_id = searches.job_id AND item.org_id = :org_id
        WHERE item.band = 'accept' AND item.seller_id IS NOT NULL
        GROUP BY item.job_id, item.asin
    )
    SELECT searches.run_id, searches.started_at, coalesce(product.categories #>> '{{0,category}}', '') AS category,
        CAST(sum(matched.sellers) AS bigint) AS matches
    FROM searches JOIN matched USING (job_id)
        JOIN job_products product ON product.job_id = matched.job_id AND product.asin = matched.asin
    GROUP BY searches.run_id, searches.started_at, category ORDER BY searches.run_id, matches DESC, category
    """  # noqa: S608  (constants only)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryYield:
    """What one category came to in one search.

    Args:
        run_id: the newest run of the search.
        category: the first best-seller list that named the products; empty where none did.
        matches: pairs of a seller and a product with an accepted listing.
    """

    run_id: int
    started_at: datetime
    category: str
    matches: int


def category_yields(database: Database, org_id: str, *, searches: int) -> list[CategoryYield]:
    """The yields of the latest `searches` finished searches that accepted anything, the oldest first.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    values = {"org_id": org_id, "job_name": SELLERS.name, "searches": searches}
    with database.begin() as connection:
        return [CategoryYield(**row) for row in connection.execute(_YIELDS, values).mappings()]
