"""Columns that nothing ever filled: no answer of a marketplace names an id of a seller, and a forecast is not kept."""

from alembic import op
import sqlalchemy as sa

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("sellers", "ebay_seller_id")
    op.drop_column("collection_runs", "credits_forecast")


def downgrade() -> None:
    op.add_column("collection_runs", sa.Column("credits_forecast", sa.Integer(), nullable=True))
    op.add_column("sellers", sa.Column("ebay_seller_id", sa.Text(), nullable=True))
