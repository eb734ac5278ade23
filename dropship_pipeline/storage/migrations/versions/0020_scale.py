"""Indexes for what Today asks while a million rows of listings, calls and marks are kept."""

from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None

_INDEXES = {"seller_marks": "changed_at", "api_calls": "settled_at"}


def upgrade() -> None:
    for table, column in _INDEXES.items():
        op.create_index(f"ix_{table}_org_id_{column}", table, ["org_id", column])


def downgrade() -> None:
    for table, column in _INDEXES.items():
        op.drop_index(f"ix_{table}_org_id_{column}", table)
