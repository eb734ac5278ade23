"""How well answers could be read: of each search, and of each best-seller list."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("query_outcomes", sa.Column("reading", postgresql.JSONB(astext_type=sa.Text())))
    op.create_table(
        "list_outcomes",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reading", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state IN ('found','none','failed')", name=op.f("ck_list_outcomes_state")),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name=op.f("fk_list_outcomes_org_id")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["collection_runs.id"], name=op.f("fk_list_outcomes_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "list", name=op.f("pk_list_outcomes")),
    )
    op.create_index(op.f("ix_list_outcomes_run_id"), "list_outcomes", ["run_id"])


def downgrade() -> None:
    op.drop_table("list_outcomes")
    op.drop_column("query_outcomes", "reading")
