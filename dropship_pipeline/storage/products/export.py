"""Products as a document for other programs, by marketplace and id."""

from collections.abc import Iterator

from sqlalchemy import select

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import products
from dropship_pipeline.storage.exports.documents import Format, document
from dropship_pipeline.storage.products.filters import EVERY_PRODUCT, ProductFilters

_query = select(
    products.c.platform,
    products.c.product_id,
    products.c.title,
    products.c.price_cents,
    products.c.currency,
    products.c.price_raw,
    products.c.shipping_cents,
    products.c.condition,
    products.c.seller_name,
    products.c.category,
    products.c.query,
    products.c.rank,
    products.c.rating,
    products.c.ratings_total,
    products.c.url,
    products.c.image_url,
    products.c.image_sha256,
    products.c.first_seen_at,
    products.c.last_seen_at,
    products.c.last_job_id,
).order_by(products.c.platform, products.c.product_id)
COLUMNS = tuple(_query.selected_columns.keys())


def export_products(
    database: Database, org_id: str, form: Format, filters: ProductFilters = EVERY_PRODUCT
) -> Iterator[bytes]:
    """The org's products that pass the filters, as pieces of one document. Raises StorageUnavailable."""
    query = _query.where(products.c.org_id == org_id, *filters.conditions(org_id))
    yield from document(database, query, form, name="products")
