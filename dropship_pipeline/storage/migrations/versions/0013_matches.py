"""Whether each listing is the product, the call that it came from, and what each seller's listings come to."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_COUNTS = ("accepted", "in_review", "rejected", "not_judged")
# A row changes a seller's numbers where its seller, product or judgement does; of an update only that is noted.
_NOTE = """
CREATE OR REPLACE FUNCTION note_stale_sellers() RETURNS trigger LANGUAGE plpgsql AS $$
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
            (SELECT {columns} FROM old_items EXCEPT SELECT {columns} FROM new_items)
            UNION ALL
            (SELECT {columns} FROM new_items EXCEPT SELECT {columns} FROM old_items)
        ) AS changed WHERE seller_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$
"""
_COUNT = """
UPDATE sellers s SET not_judged = counted.listings
FROM (SELECT seller_id, count(*) AS listings FROM collection_items GROUP BY seller_id) AS counted
WHERE s.id = counted.seller_id
"""


def upgrade() -> None:
    op.add_column("collection_items", sa.Column("call_fingerprint", sa.String(length=64)))
    op.add_column("collection_items", sa.Column("match_probability", sa.Float()))
    op.add_column("collection_items", sa.Column("match_band", sa.Text()))
    op.add_column("collection_items", sa.Column("match_reasons", postgresql.JSONB(astext_type=sa.Text())))
    op.add_column("collection_items", sa.Column("matcher_version", sa.Text()))
    op.create_check_constraint(
        op.f("ck_collection_items_match_band"), "collection_items", "match_band IN ('accept','review','reject')"
    )
    for name in _COUNTS:
        op.add_column("sellers", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    # No row may come between the count and what notes changes.
    op.execute("LOCK TABLE collection_items IN SHARE ROW EXCLUSIVE MODE")
    # With the key among them: EXCEPT compares sets, and two listings of one product may swap their bands.
    op.execute(_NOTE.format(columns="org_id, seller_id, job_id, asin, item_id, match_band"))
    op.execute(_COUNT)


def downgrade() -> None:
    op.execute(_NOTE.format(columns="org_id, seller_id, asin"))
    for name in _COUNTS:
        op.drop_column("sellers", name)
    op.drop_constraint(op.f("ck_collection_items_match_band"), "collection_items")
    for name in ("matcher_version", "match_reasons", "match_band", "match_probability", "call_fingerprint"):
        op.drop_column("collection_items", name)
