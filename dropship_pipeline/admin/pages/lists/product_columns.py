"""The columns of the list of products, of which a person chooses those to be shown."""

from collections.abc import Mapping

from dropship_pipeline.admin.pages.lists.page import Cell
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.markup import Column, Markup, tag
from dropship_pipeline.storage.products.listing import ProductRow


def _rating(row: ProductRow) -> str:
    if row.rating is None:
        return wording.NOTHING
    return f"{row.rating:.1f}" + (f" ({row.ratings_total:,})" if row.ratings_total is not None else "")


def _run(row: ProductRow) -> str | Markup:
    if row.last_run_id is None:
        return wording.NOTHING
    return tag("a", str(row.last_run_id), class_="link", href=f"/history/{row.last_run_id}")


IMAGE, TITLE = Column("Image", "image"), Column("Product", "wide", "title")
# By the name under which the address knows each.
COLUMNS: Mapping[str, Cell[ProductRow]] = {
    "price": (
        Column("Price", "number", "price"), lambda row: wording.money(row.price_cents, row.currency, row.price_raw)
    ),
    "moved": (Column("Moved", "number", "moved"), lambda row: wording.moved(row.previous_price_cents, row.price_cents)),
    "platform": (Column("Platform"), lambda row: wording.PLATFORMS[row.platform]),
    "query": (Column("Query or category", "words"), lambda row: row.query or row.category or wording.NOTHING),
    "runs": (Column("Collections", "number", "runs"), lambda row: wording.number(row.collection_count)),
    "first_seen": (Column("First seen", "text", "first_seen"), lambda row: wording.day(row.first_seen_at)),
    "last_seen": (Column("Last seen", "text", "last_seen"), lambda row: wording.day(row.last_seen_at)),
    "run": (Column("Last run", "number"), _run),
    "rating": (Column("Rating", "number"), _rating),
    "condition": (Column("Condition", "words"), lambda row: row.condition or wording.NOTHING),
    "shipping": (Column("Shipping", "number"), lambda row: wording.money(row.shipping_cents, row.currency)),
    "seller": (Column("Seller", "words"), lambda row: row.seller_name or wording.NOTHING),
}  # fmt: skip
USUAL = ("price", "moved", "platform", "query", "runs", "first_seen", "last_seen")
