"""Scorecards of sellers, and the likelihood that their list is sorted by."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_COUNTS = ("products", "in_review", "categories", "seen_in", "of_runs", "prices_moved")


def upgrade() -> None:
    op.create_table(
        "seller_scores",
        sa.Column("seller_id", sa.BigInteger(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in _COUNTS),
        sa.Column("median_margin", sa.Float(), nullable=True),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.ForeignKeyConstraint(["seller_id"], ["sellers.id"], name="fk_seller_scores_seller_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name="fk_seller_scores_org_id"),
        sa.PrimaryKeyConstraint("seller_id", name="pk_seller_scores"),
    )
    op.create_index("ix_seller_scores_org_id", "seller_scores", ["org_id"])
    op.add_column("sellers", sa.Column("likelihood", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_sellers_org_id_likelihood_id", "sellers", ["org_id", "likelihood", "id"])


def downgrade() -> None:
    op.drop_index("ix_sellers_org_id_likelihood_id", "sellers")
    op.drop_column("sellers", "likelihood")
    op.drop_table("seller_scores")
