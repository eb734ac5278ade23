"""Tables of sellers and their evidence, with an index for each order of the list of sellers."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.storage.database.tables.columns import count_column, metadata, org_column, time_column

sellers = Table(
    "sellers",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("seller_name", Text, nullable=False),
    Column("seller_name_normalized", Text, nullable=False),
    Column("feedback_percent", Float),
    Column("feedback_count", Integer),
    Column("first_seen_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False),
    # The job that saw the seller first: it is new in that job and in no other.
    Column("first_job_id", Text, nullable=False),
    count_column("collection_count"),
    # Of the seller's rows in collection_items; see storage/sellers/counts.py. Distinct ASINs of those that are accepted
    # or not judged yet; then all rows by what was judged of them.
    count_column("products"),
    count_column("accepted"),
    count_column("in_review"),
    count_column("rejected"),
    count_column("not_judged"),
    # 0 to 100, of the seller's scorecard; see storage/review/scores.py.
    count_column("likelihood"),
    # [{"asin", "title", "run_id"}]: the best-selling products that led to the seller, newest first, bounded.
    Column("source_products", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    time_column("created_at", default=True),
    # When a search wrote it last.
    time_column("updated_at", default=True),
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

# Which runs saw which seller, and with how many listings.
seller_runs = Table(
    "seller_runs",
    metadata,
    Column("seller_id", BigInteger, ForeignKey("sellers.id", ondelete="CASCADE"), primary_key=True),
    Column("run_id", BigInteger, ForeignKey("collection_runs.id", ondelete="CASCADE"), primary_key=True, index=True),
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
    # The row of api_calls whose answer it stands in; null in rows of releases that did not note it.
    Column("call_fingerprint", String(64)),
    # Is it the product? Null in rows that were not judged yet.
    Column("match_probability", Float),
    Column("match_band", Text),
    # [{"name": …, "effect": …, "sentence": …}], what speaks against it first.
    Column("match_reasons", JSONB(none_as_null=True)),
    Column("matcher_version", Text),
    # Is its picture Amazon's? Null where nobody has looked; then the columns above say what title and price say.
    Column("photo_band", Text),
    Column("photo_distance", SmallInteger),
    CheckConstraint("photo_band IN ('same','similar','other','unknown')", name="photo_band"),
    CheckConstraint("match_band IN ('accept','review','reject')", name="match_band"),
    Index("ix_collection_items_seller_id_asin", "seller_id", "asin"),
)

# Sellers whose `products` may have changed since it was counted; filled by triggers on collection_items. Without key
# or index on purpose: two writers that note the same seller must not wait for each other.
stale_sellers = Table(
    "stale_sellers",
    metadata,
    Column("org_id", Text, nullable=False),
    Column("seller_id", BigInteger, nullable=False),
)

# In what order sellers without known feedback come: as those with none. Written as in the index, or it is not used.
seller_feedback = func.coalesce(sellers.c.feedback_count, literal_column("0"))

Index("ix_sellers_org_id_products_id", sellers.c.org_id, sellers.c.products, sellers.c.id)
Index("ix_sellers_org_id_feedback_id", sellers.c.org_id, seller_feedback, sellers.c.id)
Index("ix_sellers_org_id_first_seen_at_id", sellers.c.org_id, sellers.c.first_seen_at, sellers.c.id)
Index("ix_sellers_org_id_last_seen_at_id", sellers.c.org_id, sellers.c.last_seen_at, sellers.c.id)
Index("ix_sellers_org_id_likelihood_id", sellers.c.org_id, sellers.c.likelihood, sellers.c.id)
Index("ix_sellers_org_id_collection_count_id", sellers.c.org_id, sellers.c.collection_count, sellers.c.id)
# Which are new?
Index("ix_sellers_org_id_first_job_id", sellers.c.org_id, sellers.c.first_job_id)
# Any part of a name; where pg_trgm is not to be had, the migration leaves it out and names are looked through.
Index(
    "ix_sellers_seller_name_normalized_trgm",
    sellers.c.seller_name_normalized,
    postgresql_using="gin",
    postgresql_ops={"seller_name_normalized": "gin_trgm_ops"},
)
