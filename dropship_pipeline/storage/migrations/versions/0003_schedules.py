"""When a job starts by itself: one schedule an org, off until somebody turns it on."""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collection_schedules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("org_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="monthly", nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("day_of_month", sa.Integer(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("job_name", sa.Text(), nullable=False),
        sa.Column(
            "config", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "job_name IN ('collect_and_store','collect_sellers')", name=op.f("ck_collection_schedules_job_name")
        ),
        sa.CheckConstraint("day_of_month BETWEEN 1 AND 31", name=op.f("ck_collection_schedules_day_of_month")),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name=op.f("ck_collection_schedules_hour")),
        sa.ForeignKeyConstraint(["org_id"], ["orgs.id"], name=op.f("fk_collection_schedules_org_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection_schedules")),
        sa.UniqueConstraint("org_id", "name", name=op.f("uq_collection_schedules_org_id_name")),
    )
    op.execute(
        "INSERT INTO collection_schedules (org_id, day_of_month, hour, job_name) "
        "VALUES ('default', 1, 6, 'collect_sellers')"
    )


def downgrade() -> None:
    op.drop_table("collection_schedules")
