"""Sellers as a document for other programs, by normalized name."""

from collections.abc import Iterator

from sqlalchemy import select

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import sellers
from dropship_pipeline.storage.exports.documents import Format, document
from dropship_pipeline.storage.sellers.counts import refresh_products
from dropship_pipeline.storage.sellers.filters import EVERY_SELLER, SellerFilters

_query = select(
    sellers.c.seller_name,
    sellers.c.seller_name_normalized,
    sellers.c.feedback_percent,
    sellers.c.feedback_count,
    sellers.c.products,
    sellers.c.accepted,
    sellers.c.in_review,
    sellers.c.rejected,
    sellers.c.not_judged,
    sellers.c.likelihood,
    sellers.c.collection_count,
    sellers.c.first_seen_at,
    sellers.c.last_seen_at,
    sellers.c.source_products,
).order_by(sellers.c.seller_name_normalized)
COLUMNS = tuple(_query.selected_columns.keys())


def export_sellers(
    database: Database, org_id: str, form: Format, filters: SellerFilters = EVERY_SELLER
) -> Iterator[bytes]:
    """The org's sellers that pass the filters, as pieces of one document. Raises StorageUnavailable."""
    refresh_products(database, org_id)
    query = _query.where(sellers.c.org_id == org_id, *filters.conditions(org_id))
    yield from document(database, query, form, name="sellers")
