"""Tables of what people say: marks of sellers, labels of matches, the log of every change, and the views they keep."""

from sqlalchemy import (
    UUID,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    String,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from dropship_pipeline.storage.database.tables.columns import metadata, org_column, time_column


def _seller_column(*, primary_key: bool = False) -> "Column[int]":
    key = ForeignKey("sellers.id", ondelete="CASCADE")
    return Column("seller_id", BigInteger, key, primary_key=primary_key, nullable=False)


seller_marks = Table(
    "seller_marks",
    metadata,
    _seller_column(primary_key=True),
    org_column(),
    Column("starred", Boolean, nullable=False, server_default=false()),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    Column("tags", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("note", Text, nullable=False, server_default=""),
    Column("changed_by", Text, nullable=False),
    time_column("changed_at", default=True),
    # When did somebody mark a seller last? Every open page asks each second.
    Index("ix_seller_marks_org_id_changed_at", "org_id", "changed_at"),
)

# A row a match of which somebody has said whether it is one. It is kept whatever runs find later, or lose.
match_labels = Table(
    "match_labels",
    metadata,
    org_column(primary_key=True),
    # Of the listing.
    Column("platform", Text, primary_key=True),
    Column("asin", Text, primary_key=True),
    Column("item_id", Text, primary_key=True),
    # Null, as are the next two, where it was taken back.
    Column("is_match", Boolean),
    Column("labelled_by", Text),
    Column("labelled_at", DateTime(timezone=True)),
    # What the person saw: the runs that found it may be removed.
    Column("product_title", Text),
    Column("listing_title", Text, nullable=False),
    Column("amazon_price_cents", BigInteger),
    Column("ebay_price_cents", BigInteger),
    Column("currency", String(3)),
    time_column("changed_at", default=True),
    # When did somebody say something last?
    Index("ix_match_labels_org_id_changed_at", "org_id", "changed_at"),
)

# A row a seller and change, or a match of the seller's and change, then with `asin` and `item_id`. What one person did
# at once has one `change_id`, and is undone at once.
seller_mark_changes = Table(
    "seller_mark_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("change_id", UUID, nullable=False),
    org_column(),
    _seller_column(),
    Column("asin", Text),
    Column("item_id", Text),
    # The fields that changed, as they were and as they became.
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("changed_by", Text, nullable=False),
    time_column("changed_at", default=True),
    time_column("undone_at"),
    # The latest change that a person can undo.
    Index("ix_seller_mark_changes_org_id_changed_by_id", "org_id", "changed_by", "id"),
    Index("ix_seller_mark_changes_change_id", "change_id"),
    Index("ix_seller_mark_changes_seller_id_id", "seller_id", "id"),
)

Index("ix_seller_marks_tags", seller_marks.c.tags, postgresql_using="gin")

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    org_column(),
    Column("name", Text, nullable=False),
    # Path and query of a page of ours.
    Column("address", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    time_column("saved_at", default=True),
    Index("uq_saved_views_org_id_name", "org_id", "name", unique=True),
)
