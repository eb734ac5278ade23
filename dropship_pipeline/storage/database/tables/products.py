"""Tables of products, their prices and images, with an index for each order of the list of products."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    func,
    literal_column,
)

from dropship_pipeline.storage.database.tables.columns import metadata, org_column

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

# What a photo evidence has read of pictures, whether their bytes are kept or not; one row an address, for all orgs.
photos = Table(
    "photos",
    metadata,
    Column("url", Text, primary_key=True),
    # Null of a picture that shows nothing, or was refused.
    Column("phash", BigInteger),
    # The frames of an Amazon picture, with which listings' hashes are compared; null where it was read as a listing's.
    Column("frames", LargeBinary),
    # The kind of error for which it could not be had.
    Column("refused", Text),
    # Of the way in which it was read.
    Column("version", SmallInteger, nullable=False),
    Column("fetched_at", DateTime(timezone=True), nullable=False),
)

_PRICE_CHANGE = (
    "COALESCE((price_cents - previous_price_cents)::double precision"
    " / NULLIF(previous_price_cents, 0)::double precision, 0::double precision)"
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
    # Jobs that stored it; see `product_prices`.
    Column("collection_count", Integer, nullable=False, server_default="1"),
    # In the same currency, what the job before the last one saw that knew a price; null where none did.
    Column("previous_price_cents", BigInteger),
    # By what share of it the price moved: 0 where it did not, or where that is not known.
    Column("price_change", Float, Computed(_PRICE_CHANGE, persisted=True), nullable=False),
    CheckConstraint("platform IN ('amazon','ebay')", name="platform"),
    CheckConstraint("price_cents >= 0", name="price_cents"),
    CheckConstraint("(price_cents IS NULL) = (currency IS NULL)", name="currency"),
    Index("ix_products_last_job_id", "last_job_id"),
)

# One row a product and job that stored it: its price as the job saw it last. The job, not the run: a run that goes on
# with a job meets the same answers again. Rows of products prove org and product, so they are not looked up for each.
product_prices = Table(
    "product_prices",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("product_id", Text, primary_key=True),
    Column("job_id", Text, primary_key=True),
    Column("price_cents", BigInteger),
    Column("currency", String(3)),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    # Which products did a job store?
    Index("ix_product_prices_org_id_job_id", "org_id", "job_id"),
)

# A marketplace may write a title that is longer than an entry of a B-tree can be.
product_title = func.left(products.c.title, literal_column("200"), type_=Text())
product_price = func.coalesce(products.c.price_cents, literal_column("0"))

_key = (products.c.platform, products.c.product_id)
Index("ix_products_org_id_last_seen_at", products.c.org_id, products.c.last_seen_at, *_key)
Index("ix_products_org_id_title", products.c.org_id, product_title, *_key)
Index("ix_products_org_id_price", products.c.org_id, product_price, *_key)
for _order in ("first_seen_at", "collection_count", "price_change"):
    Index(f"ix_products_org_id_{_order}", products.c.org_id, products.c[_order], *_key)
# Whose image is that?
Index("ix_products_org_id_image_sha256", products.c.org_id, products.c.image_sha256)
