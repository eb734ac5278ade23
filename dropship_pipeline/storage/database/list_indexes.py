"""What the lists of sellers and products are read by: an index for each order, and the queue behind a stored count."""

from sqlalchemy import BigInteger, Column, Index, Table, Text, func, literal_column

from dropship_pipeline.storage.database.tables import metadata, products, sellers

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
# A marketplace may write a title that is longer than an entry of a B-tree can be.
product_title = func.left(products.c.title, literal_column("200"), type_=Text())
product_price = func.coalesce(products.c.price_cents, literal_column("0"))

Index("ix_sellers_org_id_products_id", sellers.c.org_id, sellers.c.products, sellers.c.id)
Index("ix_sellers_org_id_feedback_id", sellers.c.org_id, seller_feedback, sellers.c.id)
Index("ix_sellers_org_id_first_seen_at_id", sellers.c.org_id, sellers.c.first_seen_at, sellers.c.id)
Index("ix_sellers_org_id_last_seen_at_id", sellers.c.org_id, sellers.c.last_seen_at, sellers.c.id)
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

Index(
    "ix_products_org_id_last_seen_at",
    products.c.org_id, products.c.last_seen_at, products.c.platform, products.c.product_id,
)  # fmt: skip
Index("ix_products_org_id_title", products.c.org_id, product_title, products.c.platform, products.c.product_id)
Index("ix_products_org_id_price", products.c.org_id, product_price, products.c.platform, products.c.product_id)
# Whose image is that?
Index("ix_products_org_id_image_sha256", products.c.org_id, products.c.image_sha256)
