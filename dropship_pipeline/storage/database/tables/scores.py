"""The table of scorecards: what is known of each seller in numbers, and the parts of its likelihood."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, Table
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.storage.database.tables.columns import count_column, metadata, org_column, time_column

seller_scores = Table(
    "seller_scores",
    metadata,
    Column("seller_id", BigInteger, ForeignKey("sellers.id", ondelete="CASCADE"), primary_key=True),
    org_column(),
    count_column("products"),
    count_column("in_review"),
    count_column("categories"),
    count_column("seen_in"),
    count_column("of_runs"),
    count_column("prices_moved"),
    Column("median_margin", Float),
    count_column("amazon_photos"),
    count_column("photos_compared"),
    Column("usual_photo_share", Float),
    # They add up to `sellers.likelihood`, which stands there because the list is sorted by it.
    Column("parts", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    time_column("computed_at", default=True),
    Index("ix_seller_scores_org_id", "org_id"),
)
