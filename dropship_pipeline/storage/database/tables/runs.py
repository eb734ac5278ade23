"""Tables of runs: records, paid calls, outcomes, errors, schedules, launches and alerts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.storage.database.tables.columns import count_column, metadata, org_column, time_column

collection_runs = Table(
    "collection_runs",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("job_id", Text, nullable=False, index=True),
    Column("job_name", Text, nullable=False),
    Column("dagster_run_id", Text, unique=True),
    Column("status", Text, nullable=False, server_default="pending"),
    Column("phase", Text),
    count_column("phase_progress"),
    count_column("phase_total"),
    count_column("products_checked"),
    count_column("sellers_found"),
    count_column("new_sellers"),
    Column("credits_budget", Integer),
    # What this run paid; written where calls are booked and sellers are kept, in the same transaction.
    count_column("credits_used"),
    Column("credits_by_provider", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("config", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("progress", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("error_message", Text),
    Column("error_details", JSONB),
    # Which parsers and which matcher read and judged its answers last; null where nothing was.
    Column("parser_version", Text),
    Column("matcher_version", Text),
    # What a run of replay_collection came to, and what it changed.
    Column("replay", JSONB(none_as_null=True)),
    Column("scheduled_by", Text),
    Column("is_scheduled", Boolean, nullable=False, server_default=text("false")),
    Column("sandbox", Boolean, nullable=False, server_default=text("false")),
    time_column("heartbeat_at"),
    time_column("started_at"),
    time_column("completed_at"),
    time_column("created_at", default=True),
    time_column("updated_at", default=True),
    CheckConstraint(
        "status IN ('pending','running','stopping','completed','degraded','failed','stopped')", name="status"
    ),
    Index("ix_collection_runs_org_id_created_at", "org_id", "created_at"),
    # One collecting run per org, by whatever road it was launched.
    Index(
        "uq_collection_runs_active",
        "org_id",
        unique=True,
        postgresql_where=text("status IN ('running','stopping')"),
    ),
)

# The call ledger.
api_calls = Table(
    "api_calls",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("fingerprint", String(64), primary_key=True),
    org_column(),
    # The run that made it, or made it last; no foreign key, because a ledger outlives the records of runs.
    Column("run_id", BigInteger),
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
    # What was spent since?
    Index("ix_api_calls_org_id_settled_at", "org_id", "settled_at"),
)

query_outcomes = Table(
    "query_outcomes",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("query", Text, primary_key=True),
    org_column(),
    Column("run_id", BigInteger, ForeignKey("collection_runs.id"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    count_column("returned"),
    count_column("stored"),
    count_column("without_image"),
    count_column("skipped_rows"),
    # How well the answers could be read, as `models.Reading`; null in rows of releases that did not note it.
    Column("reading", JSONB),
    count_column("collect_errors"),
    count_column("store_errors"),
    Column("errors_by_kind", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    count_column("credits"),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state IN ('found','none','failed','skipped')", name="state"),
)

# The same of the best-seller lists of a `collect_sellers` job, whose products are searched for afterwards.
list_outcomes = Table(
    "list_outcomes",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("list", Text, primary_key=True),
    org_column(),
    Column("run_id", BigInteger, ForeignKey("collection_runs.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("reading", JSONB, nullable=False),
    CheckConstraint("state IN ('found','none','failed')", name="state"),
)

collection_errors = Table(
    "collection_errors",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("run_id", BigInteger, ForeignKey("collection_runs.id", ondelete="CASCADE"), index=True),
    Column("job_id", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("query", Text),
    Column("product_id", Text),
    Column("message", Text, nullable=False),
    Column("response_status", Integer),
    time_column("occurred_at", default=True),
    CheckConstraint("kind IN ('collect','store')", name="kind"),
)

# When the sensor starts a job by itself: once a month, at `hour` of `day_of_month` in `timezone`.
collection_schedules = Table(
    "collection_schedules",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("name", Text, nullable=False, server_default="monthly"),
    Column("enabled", Boolean, nullable=False, server_default=text("false")),
    # In a month that is shorter: its last day.
    Column("day_of_month", Integer, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("timezone", Text, nullable=False, server_default="UTC"),
    Column("job_name", Text, nullable=False),
    # What the job's op is configured with, without a job id.
    Column("config", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    time_column("created_at", default=True),
    time_column("updated_at", default=True),
    UniqueConstraint("org_id", "name"),
    CheckConstraint("day_of_month BETWEEN 1 AND 31", name="day_of_month"),
    CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
    CheckConstraint("job_name IN ('collect_and_store','collect_sellers')", name="job_name"),
)

# What `Idempotency-Key` promises: the same key starts one run, whoever repeats the request.
launch_keys = Table(
    "launch_keys",
    metadata,
    org_column(),
    Column("key", Text, nullable=False),
    Column("request_hash", String(64), nullable=False),
    Column("dagster_run_id", Text),
    Column("run_id", BigInteger),
    time_column("created_at", default=True),
    PrimaryKeyConstraint("org_id", "key"),
)

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
