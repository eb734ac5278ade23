"""How many rows an org has, by what they are: for the catalog in Dagster."""

from collections.abc import Mapping

from sqlalchemy import func, select

from dropship_pipeline.models import PLATFORMS
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items, job_products, products, sellers


def row_counts(database: Database, org: str) -> Mapping[str, int]:
    """Rows of the org by asset, over all its jobs. Raises StorageUnavailable."""
    found = select(products.c.platform, func.count()).where(products.c.org_id == org).group_by(products.c.platform)
    with database.begin() as connection:
        of_platform = {row[0]: row[1] for row in connection.execute(found)}
        counted = {
            asset: connection.execute(select(func.count()).select_from(table).where(table.c.org_id == org)).scalar_one()
            for asset, table in (
                ("ebay_sellers", sellers),
                ("best_selling_products", job_products),
                ("product_sellers", collection_items),
            )
        }
    return {**{f"{platform}_products": of_platform.get(platform, 0) for platform in PLATFORMS}, **counted}
