"""Names that programs know: `sellers.source_products` as objects, two times, and the view `collection_item_details`.

A source that was a listing of the seller's own is no product that led to it, and stays in `products`.
"""

from alembic import op
import sqlalchemy as sa

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_AS_OBJECTS = """
UPDATE sellers s SET source_products = known.products
FROM (
    SELECT s.id, coalesce(
        jsonb_agg(
            jsonb_build_object('asin', substr(listed.source, 8), 'title', found.title, 'run_id', found.run_id)
            ORDER BY listed.place
        ) FILTER (WHERE listed.source LIKE 'amazon:%'), '[]') AS products
    FROM sellers s
    CROSS JOIN LATERAL jsonb_array_elements_text(s.source_products) WITH ORDINALITY AS listed(source, place)
    LEFT JOIN LATERAL (
        SELECT i.run_id, p.title
        FROM collection_items i
        LEFT JOIN job_products p ON p.job_id = i.job_id AND p.asin = i.asin AND p.org_id = i.org_id
        WHERE i.seller_id = s.id AND i.asin = substr(listed.source, 8)
        ORDER BY i.seen_at DESC LIMIT 1
    ) AS found ON true
    GROUP BY s.id
) AS known
WHERE known.id = s.id
"""
_AS_TEXTS = """
UPDATE sellers s SET source_products = known.products
FROM (
    SELECT s.id, jsonb_agg('amazon:' || (listed.product ->> 'asin') ORDER BY listed.place) AS products
    FROM sellers s
    CROSS JOIN LATERAL jsonb_array_elements(s.source_products) WITH ORDINALITY AS listed(product, place)
    GROUP BY s.id
) AS known
WHERE known.id = s.id
"""
_VIEW = """
CREATE VIEW collection_item_details AS
SELECT i.org_id, i.run_id, i.job_id, i.seller_id, s.seller_name,
       i.asin AS amazon_asin, p.title AS product_title, i.amazon_price_cents,
       p.categories -> 0 ->> 'category' AS amazon_category,
       i.item_id AS ebay_item_id, i.title AS ebay_listing_title, i.ebay_price_cents, i.currency,
       i.url AS ebay_listing_url, i.seen_at AS created_at
FROM collection_items i
LEFT JOIN job_products p ON p.job_id = i.job_id AND p.asin = i.asin AND p.org_id = i.org_id
LEFT JOIN sellers s ON s.id = i.seller_id
"""


def upgrade() -> None:
    op.execute(_AS_OBJECTS)
    for name in ("created_at", "updated_at"):
        column = sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
        op.add_column("sellers", column)
    op.execute("UPDATE sellers SET created_at = first_seen_at, updated_at = last_seen_at")
    op.execute(_VIEW)


def downgrade() -> None:
    op.execute("DROP VIEW collection_item_details")
    op.drop_column("sellers", "updated_at")
    op.drop_column("sellers", "created_at")
    op.execute(_AS_TEXTS)
