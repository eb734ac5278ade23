"""The project's tables in SQLAlchemy Core. Migrations create them; a test proves that both say the same.

Money is in cents (hundredths), times are timezone-aware UTC, and every table that holds a user's data has `org_id`.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def time_column(name: str, *, default: bool = False) -> "Column[Any]":
    """A timestamp with timezone; with `default`, that of the insertion."""
    return Column(name, DateTime(timezone=True), nullable=not default, server_default=func.now() if default else None)


def org_column(*, primary_key: bool = False) -> "Column[Any]":
    """Whose data the row is."""
    return Column("org_id", Text, ForeignKey("orgs.id"), primary_key=primary_key, nullable=False)


def _count(name: str) -> "Column[Any]":
    return Column(name, Integer, nullable=False, server_default="0")


orgs = Table("orgs", metadata, Column("id", Text, primary_key=True), time_column("created_at", default=True))

collection_runs = Table(
    "collection_runs",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("job_id", Text, nullable=False),
    Column("job_name", Text, nullable=False),
    Column("dagster_run_id", Text, unique=True),
    Column("status", Text, nullable=False, server_default="pending"),
    Column("phase", Text),
    _count("phase_progress"),
    _count("phase_total"),
    _count("products_checked"),
    _count("sellers_found"),
    _count("new_sellers"),
    Column("credits_forecast", Integer),
    Column("credits_budget", Integer),
    _count("credits_used"),
    Column("config", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("progress", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    Column("error_message", Text),
    Column("error_details", JSONB),
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
    _count("attempts"),
    Column("error", Text),
    time_column("reserved_at", default=True),
    time_column("settled_at"),
    CheckConstraint("state IN ('reserved','settled','failed')", name="state"),
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
    _count("returned"),
    _count("stored"),
    _count("without_image"),
    _count("skipped_rows"),
    _count("collect_errors"),
    _count("store_errors"),
    Column("errors_by_kind", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    _count("credits"),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state IN ('found','none','failed','skipped')", name="state"),
)

images = Table(
    "images",
    metadata,
    Column("url", Text, primary_key=True),
    Column("sha256", String(64), nullable=False, index=True),
    Column("key", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("fetched_at", DateTime(timezone=True), nullable=False),
)

products = Table(
    "products",
    metadata,
    org_column(primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("price_cents", BigInteger),
    Column("currency", String(3)),
    Column("price_raw", Text),
    Column("url", Text, nullable=False),
    Column("image_url", Text),
    Column("image_key", Text),
    Column("image_sha256", String(64)),
    Column("category", Text),
    Column("rank", Integer),
    Column("rating", Float),
    Column("ratings_total", Integer),
    Column("condition", Text),
    Column("shipping_cents", BigInteger),
    Column("seller_name", Text),
    Column("first_seen_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    Column("last_job_id", Text, nullable=False),
    # The query that last found it.
    Column("query", Text),
    CheckConstraint("platform IN ('amazon','ebay')", name="platform"),
    CheckConstraint("price_cents >= 0", name="price_cents"),
    CheckConstraint("(price_cents IS NULL) = (currency IS NULL)", name="currency"),
    Index("ix_products_last_job_id", "last_job_id"),
)

sellers = Table(
    "sellers",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("seller_name", Text, nullable=False),
    Column("seller_name_normalized", Text, nullable=False),
    Column("ebay_seller_id", Text),
    Column("feedback_percent", Float),
    Column("feedback_count", Integer),
    Column("first_seen_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    # The job that saw the seller first: it is new in that job and in no other.
    Column("first_job_id", Text, nullable=False),
    _count("collection_count"),
    # Distinct ASINs of the seller's rows in collection_items; see storage/seller_counts.py.
    _count("products"),
    Column("source_products", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    UniqueConstraint("org_id", "seller_name_normalized"),
)

# Which jobs saw which seller: makes `collection_count` exact however often a step is retried or a job is resumed.
seller_jobs = Table(
    "seller_jobs",
    metadata,
    Column("seller_id", BigInteger, ForeignKey("sellers.id", ondelete="CASCADE"), primary_key=True),
    Column("job_id", Text, primary_key=True, index=True),
    Column("listings", Integer, nullable=False),
)

# The worklist of a `collect_sellers` job: each best-selling product once, whatever categories list it.
job_products = Table(
    "job_products",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("asin", Text, primary_key=True),
    org_column(),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("price_cents", BigInteger),
    Column("currency", String(3)),
    Column("url", Text, nullable=False),
    Column("image_url", Text),
    Column("rating", Float),
    Column("ratings_total", Integer),
    # [{"category": …, "rank": …}], one entry a list that names the product, in the order of the lists.
    Column("categories", JSONB, nullable=False),
)

collection_items = Table(
    "collection_items",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("asin", Text, primary_key=True),
    Column("item_id", Text, primary_key=True),
    # Written by the ten thousand: the run's own rows prove org and run, so they are not looked up for each.
    Column("org_id", Text, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("seller_id", BigInteger, ForeignKey("sellers.id", ondelete="CASCADE")),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("image_url", Text),
    Column("amazon_price_cents", BigInteger),
    Column("ebay_price_cents", BigInteger),
    Column("currency", String(3)),
    Column("condition", Text),
    Column("shipping_cents", BigInteger),
    # Filters that could not be checked on the listing for want of data: of price, condition, shipping.
    Column("unverified", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    time_column("seen_at", default=True),
    Index("ix_collection_items_seller_id_asin", "seller_id", "asin"),
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
