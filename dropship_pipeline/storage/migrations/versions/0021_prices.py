"""What each job saw of a product's price, how many jobs stored it, and by how much its price moved.

Of the past only the price that each product has is known: it becomes that of the job that stored it last.
"""

from alembic import op
import sqlalchemy as sa

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_CHANGE = (
    "COALESCE((price_cents - previous_price_cents)::double precision"
    " / NULLIF(previous_price_cents, 0)::double precision, 0::double precision)"
)
_ORDERS = ("first_seen_at", "collection_count", "price_change")
_KNOWN = """
INSERT INTO product_prices (org_id, platform, product_id, job_id, price_cents, currency, seen_at)
SELECT org_id, platform, product_id, last_job_id, price_cents, currency, last_seen_at FROM products
"""


def upgrade() -> None:
    op.create_table(
        "product_prices",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("org_id", "platform", "product_id", "job_id")),
        sa.Column("price_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "platform", "product_id", "job_id", name="pk_product_prices"),
    )
    op.add_column("products", sa.Column("collection_count", sa.Integer(), server_default="1", nullable=False))
    op.add_column("products", sa.Column("previous_price_cents", sa.BigInteger(), nullable=True))
    op.add_column(
        "products", sa.Column("price_change", sa.Float(), sa.Computed(_CHANGE, persisted=True), nullable=False)
    )
    for order in _ORDERS:
        op.create_index(f"ix_products_org_id_{order}", "products", ["org_id", order, "platform", "product_id"])
    op.execute(_KNOWN)
    op.create_index("ix_product_prices_org_id_job_id", "product_prices", ["org_id", "job_id"])


def downgrade() -> None:
    for order in _ORDERS:
        op.drop_index(f"ix_products_org_id_{order}", "products")
    for name in ("price_change", "previous_price_cents", "collection_count"):
        op.drop_column("products", name)
    op.drop_table("product_prices")
