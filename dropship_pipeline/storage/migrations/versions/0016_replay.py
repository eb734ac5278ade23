"""Which parsers and which matcher stand behind a run, and what a replay changed."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("collection_runs", sa.Column("parser_version", sa.Text()))
    op.add_column("collection_runs", sa.Column("matcher_version", sa.Text()))
    op.add_column("collection_runs", sa.Column("replay", postgresql.JSONB(astext_type=sa.Text())))


def downgrade() -> None:
    for name in ("replay", "matcher_version", "parser_version"):
        op.drop_column("collection_runs", name)
