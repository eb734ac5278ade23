"""The table of the call ledger."""

from sqlalchemy import Boolean, CheckConstraint, Column, Integer, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.storage.database.tables.columns import count_column, metadata, org_column, time_column

api_calls = Table(
    "api_calls",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    org_column(),
    Column("request", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("credits_reserved", Integer, nullable=False),
    Column("credits", Integer),
    Column("credits_estimated", Boolean, nullable=False, server_default=text("false")),
    Column("http_status", Integer),
    Column("raw_key", Text),
    count_column("attempts"),
    Column("error", Text),
    time_column("reserved_at", default=True),
    time_column("settled_at"),
    CheckConstraint("state IN ('reserved','settled','failed')", name="state"),
)
