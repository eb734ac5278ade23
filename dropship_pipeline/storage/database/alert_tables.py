"""The outbox of alerts: what is to be told to the webhook, and how often that was tried."""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Integer, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.storage.database.tables import metadata, org_column, time_column

alerts = Table(
    "alerts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("run_id", BigInteger, ForeignKey("collection_runs.id", ondelete="CASCADE"), nullable=False),
    Column("event", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    time_column("created_at", default=True),
    time_column("next_attempt_at", default=True),
    time_column("sent_at"),
    # One message an event, however often the run is looked at.
    UniqueConstraint("run_id", "event"),
)
