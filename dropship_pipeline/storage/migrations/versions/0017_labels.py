"""What people say of matches, and its changes in the log of marks, so that one undo takes back either."""

from alembic import op
import sqlalchemy as sa

revision = "0017"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_labels",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("org_id", "platform", "asin", "item_id")),
        sa.Column("is_match", sa.Boolean()),
        sa.Column("labelled_by", sa.Text()),
        sa.Column("labelled_at", sa.DateTime(timezone=True)),
        sa.Column("product_title", sa.Text()),
        sa.Column("listing_title", sa.Text(), nullable=False),
        sa.Column("amazon_price_cents", sa.BigInteger()),
        sa.Column("ebay_price_cents", sa.BigInteger()),
        sa.Column("currency", sa.String(length=3)),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name="fk_match_labels_org_id"),
        sa.PrimaryKeyConstraint("org_id", "platform", "asin", "item_id", name="pk_match_labels"),
    )
    op.create_index("ix_match_labels_org_id_changed_at", "match_labels", ["org_id", "changed_at"])
    op.add_column("seller_mark_changes", sa.Column("asin", sa.Text()))
    op.add_column("seller_mark_changes", sa.Column("item_id", sa.Text()))


def downgrade() -> None:
    # An older release would take a change of a label for one of marks.
    op.execute("DELETE FROM seller_mark_changes WHERE item_id IS NOT NULL")
    op.drop_column("seller_mark_changes", "item_id")
    op.drop_column("seller_mark_changes", "asin")
    op.drop_table("match_labels")
