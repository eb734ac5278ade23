"""What the lists of sellers and products are read by: stored counts, the query of a product, an index for each order."""

from typing import Any

from alembic import op
import sqlalchemy as sa

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# A row changes a seller's number only where its seller or product does, so of an update only that is noted.
_NOTE = """
CREATE FUNCTION note_stale_sellers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO stale_sellers (org_id, seller_id)
        SELECT DISTINCT org_id, seller_id FROM new_items WHERE seller_id IS NOT NULL;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO stale_sellers (org_id, seller_id)
        SELECT DISTINCT org_id, seller_id FROM old_items WHERE seller_id IS NOT NULL;
    ELSE
        INSERT INTO stale_sellers (org_id, seller_id)
        SELECT DISTINCT org_id, seller_id FROM (
            (SELECT org_id, seller_id, asin FROM old_items EXCEPT SELECT org_id, seller_id, asin FROM new_items)
            UNION ALL
            (SELECT org_id, seller_id, asin FROM new_items EXCEPT SELECT org_id, seller_id, asin FROM old_items)
        ) AS changed WHERE seller_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$
"""
_TRIGGERS = {
    "INSERT": "NEW TABLE AS new_items",
    "UPDATE": "OLD TABLE AS old_items NEW TABLE AS new_items",
    "DELETE": "OLD TABLE AS old_items",
}
_COUNT = """
UPDATE sellers s SET products = counted.products
FROM (SELECT seller_id, count(DISTINCT asin) AS products FROM collection_items GROUP BY seller_id) AS counted
WHERE s.id = counted.seller_id
"""
# Shipped with PostgreSQL's contrib modules, which not every installation has; whoever owns the database may create it.
_TRIGRAMS = """
DO $$
DECLARE home text;
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') THEN
        BEGIN
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
        EXCEPTION WHEN insufficient_privilege OR feature_not_supported THEN
            RAISE NOTICE 'pg_trgm may not be created here: searches of names look through all of them';
        END;
    END IF;
    SELECT n.nspname INTO home FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_trgm';
    IF home IS NOT NULL THEN
        EXECUTE format('CREATE INDEX ix_sellers_seller_name_normalized_trgm ON sellers '
                       'USING gin (seller_name_normalized %I.gin_trgm_ops)', home);
    END IF;
END $$
"""
_ORDERS: dict[str, dict[str, list[Any]]] = {
    "sellers": {
        "products_id": ["products", "id"],
        "feedback_id": [sa.text("coalesce(feedback_count, 0)"), "id"],
        "first_seen_at_id": ["first_seen_at", "id"],
        "last_seen_at_id": ["last_seen_at", "id"],
        "collection_count_id": ["collection_count", "id"],
        "first_job_id": ["first_job_id"],
    },
    "products": {
        "last_seen_at": ["last_seen_at", "platform", "product_id"],
        "title": [sa.text('"left"(title, 200)'), "platform", "product_id"],
        "price": [sa.text("coalesce(price_cents, 0::bigint)"), "platform", "product_id"],
        "image_sha256": ["image_sha256"],
    },
}


def upgrade() -> None:
    op.create_table(
        "stale_sellers",
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
    )
    op.add_column("products", sa.Column("query", sa.Text()))
    op.add_column("sellers", sa.Column("products", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_collection_items_seller_id_asin", "collection_items", ["seller_id", "asin"])
    op.drop_index(op.f("ix_collection_items_seller_id"), table_name="collection_items")
    # No row may come between the count and the triggers.
    op.execute("LOCK TABLE collection_items IN SHARE ROW EXCLUSIVE MODE")
    op.execute(_NOTE)
    for event, rows in _TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER note_stale_sellers_{event.lower()} AFTER {event} ON collection_items "
            f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION note_stale_sellers()"
        )
    op.execute(_COUNT)
    for table, orders in _ORDERS.items():
        for name, columns in orders.items():
            op.create_index(f"ix_{table}_org_id_{name}", table, ["org_id", *columns])
    op.execute(_TRIGRAMS)


def downgrade() -> None:
    op.execute("DROP INDEX IF EXISTS ix_sellers_seller_name_normalized_trgm")
    for table, orders in _ORDERS.items():
        for name in orders:
            op.drop_index(f"ix_{table}_org_id_{name}", table_name=table)
    for event in _TRIGGERS:
        op.execute(f"DROP TRIGGER note_stale_sellers_{event.lower()} ON collection_items")
    op.execute("DROP FUNCTION note_stale_sellers()")
    op.create_index(op.f("ix_collection_items_seller_id"), "collection_items", ["seller_id"])
    op.drop_index("ix_collection_items_seller_id_asin", table_name="collection_items")
    op.drop_column("sellers", "products")
    op.drop_column("products", "query")
    op.drop_table("stale_sellers")
