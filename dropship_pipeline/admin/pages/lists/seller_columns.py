"""The columns of the list of sellers, of which a person chooses those to be shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from dropship_pipeline.admin.pages.lists.page import Cell
from dropship_pipeline.admin.pages.lists.values import PERCENT
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.markup import Column
from dropship_pipeline.storage.review.marks import Marks
from dropship_pipeline.storage.review.scores import Score
from dropship_pipeline.storage.sellers.listing import SellerRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a seller of the list."""

    seller: SellerRow
    score: Score | None
    marks: Marks


def _margin(known: Known) -> str:
    margin = known.score.facts.median_margin if known.score else None
    return wording.NOTHING if margin is None else wording.change(margin)


def _photos(known: Known) -> str:
    facts = known.score.facts if known.score else None
    if facts is None or not facts.photos_compared:
        return wording.NOTHING
    return f"{round(facts.amazon_photos / facts.photos_compared * PERCENT)} % of {facts.photos_compared:,}"


def _categories(known: Known) -> str:
    return wording.number(known.score.facts.categories) if known.score else wording.NOTHING


def _marks(known: Known) -> str:
    words = [*(["Starred"] if known.marks.starred else []), *(["Hidden"] if known.marks.hidden else [])]
    return ", ".join([*words, *known.marks.tags]) or wording.NOTHING


NAME = Column("Seller", "wide", "name")
# By the name under which the address knows each.
COLUMNS: Mapping[str, Cell[Known]] = {
    "score": (Column("Score", "number", "likelihood"), lambda one: wording.number(one.seller.likelihood)),
    "margin": (Column("Median margin", "number"), _margin),
    "photos": (Column("Photo share", "number"), _photos),
    "feedback": (
        Column("Feedback", "number", "feedback"),
        lambda one: wording.feedback(one.seller.feedback_percent, one.seller.feedback_count),
    ),
    "products": (Column("Products", "number", "products"), lambda one: wording.number(one.seller.products)),
    "categories": (Column("Categories", "number"), _categories),
    "accepted": (Column("Accepted", "number"), lambda one: wording.number(one.seller.accepted)),
    "in_review": (Column("In review", "number"), lambda one: wording.number(one.seller.in_review)),
    "rejected": (Column("Rejected", "number"), lambda one: wording.number(one.seller.rejected)),
    "first_seen": (Column("First seen", "text", "first_seen"), lambda one: wording.day(one.seller.first_seen_at)),
    "last_seen": (Column("Last seen", "text", "last_seen"), lambda one: wording.day(one.seller.last_seen_at)),
    "runs": (Column("Collections", "number", "runs"), lambda one: wording.number(one.seller.collection_count)),
    "marks": (Column("Marks", "text"), _marks),
}
USUAL = ("score", "margin", "feedback", "products", "accepted", "in_review", "last_seen", "runs")
