"""Tables of products and their images, with an index for each order of the list of products."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
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

# A marketplace may write a title that is longer than an entry of a B-tree can be.
product_title = func.left(products.c.title, literal_column("200"), type_=Text())
product_price = func.coalesce(products.c.price_cents, literal_column("0"))

Index(
    "ix_products_org_id_last_seen_at",
    products.c.org_id, products.c.last_seen_at, products.c.platform, products.c.product_id,
)  # fmt: skip
Index("ix_products_org_id_title", products.c.org_id, product_title, products.c.platform, products.c.product_id)
Index("ix_products_org_id_price", products.c.org_id, product_price, products.c.platform, products.c.product_id)
# Whose image is that?
Index("ix_products_org_id_image_sha256", products.c.org_id, products.c.image_sha256)
