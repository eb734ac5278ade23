"""What pictures have been read, what each listing's picture is to Amazon's, and the share of a seller's that are."""

from alembic import op
import sqlalchemy as sa

revision = "0018"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("phash", sa.BigInteger(), nullable=True),
        sa.Column("frames", sa.LargeBinary(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_photos"),
    )
    op.add_column("collection_items", sa.Column("photo_band", sa.Text()))
    op.add_column("collection_items", sa.Column("photo_distance", sa.SmallInteger()))
    op.create_check_constraint(
        op.f("ck_collection_items_photo_band"),
        "collection_items",
        "photo_band IN ('same','similar','other','unknown')",
    )
    for name in ("amazon_photos", "photos_compared"):
        op.add_column("seller_scores", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.add_column("seller_scores", sa.Column("usual_photo_share", sa.Float()))


def downgrade() -> None:
    for name in ("usual_photo_share", "photos_compared", "amazon_photos"):
        op.drop_column("seller_scores", name)
    op.drop_constraint(op.f("ck_collection_items_photo_band"), "collection_items")
    for name in ("photo_distance", "photo_band"):
        op.drop_column("collection_items", name)
    op.drop_table("photos")
