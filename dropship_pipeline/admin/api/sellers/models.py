"""The models of sellers and their evidence in the API. Money is in cents, times are in UTC."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from dropship_pipeline.admin.api.answers import Amount, Answer, amount
from dropship_pipeline.admin.image_paths import job_product_image, listing_image
from dropship_pipeline.matching.values import PhotoBand
from dropship_pipeline.models import Band, Effect, RunState
from dropship_pipeline.storage.review.marks import Marks
from dropship_pipeline.storage.review.scores import Score
from dropship_pipeline.storage.sellers.evidence import EvidenceItem, SellerDetail
from dropship_pipeline.storage.sellers.listing import SellerRow
from dropship_pipeline.storage.sellers.values import SourceProduct


class MarksOut(Answer):
    """What people say of a seller."""

    starred: bool
    hidden: bool
    tags: list[str]
    note: str
    changed_by: str | None = Field(description="Name of the token that changed them last")
    changed_at: datetime | None


class SourceProductOut(Answer):
    """A best-selling product that led to a seller."""

    asin: str
    title: str
    run_id: int = Field(description="The run whose search did so")


class PartOut(Answer):
    """A part of the likelihood."""

    name: str
    points: int
    most: int = Field(description="The points that it could give")
    reason: str


class ScoreOut(BaseModel):
    """What is known of a seller in numbers, and why it is as likely as it is."""

    products: int = Field(description="Distinct best sellers with an accepted listing")
    in_review: int = Field(description="Distinct best sellers with a listing to look at and none accepted")
    categories: int = Field(description="Distinct best-seller lists of the accepted products")
    median_margin: float | None = Field(description="What is left after fees, as a share of Amazon's price")
    seen_in: int = Field(description="Of the latest `of_runs` finished searches, those that met the seller")
    of_runs: int
    prices_moved: int = Field(description="Accepted listings that were met at different prices")
    amazon_photos: int = Field(description="Of `photos_compared`, those whose picture is Amazon's")
    photos_compared: int = Field(description="Accepted listings whose picture was compared with Amazon's")
    usual_photo_share: float | None = Field(description="The same share over all sellers; null where none is known")
    parts: list[PartOut] = Field(description="Their points add up to `likelihood`; largest first")
    version: int = Field(description="Of the sum")
    computed_at: datetime

    @classmethod
    def of(cls, score: Score) -> Self:
        """The scorecard as it is kept."""
        parts = [PartOut.model_validate(part) for part in score.parts]
        return cls(**asdict(score.facts), parts=parts, version=score.version, computed_at=score.computed_at)


class SellerOut(Answer):
    """A seller."""

    id: int
    seller_name: str
    feedback_percent: float | None
    feedback_count: int | None
    products: int = Field(description="Distinct best-selling products whose listings are accepted or not judged yet")
    accepted: int = Field(description="Listings that are the product; with the next three, all of the seller's")
    in_review: int = Field(description="Listings that a person should look at")
    rejected: int = Field(description="Listings of something else")
    not_judged: int = Field(description="Listings of a release that did not judge them")
    likelihood: int = Field(description="0 to 100 that it sells what Amazon ships: a lead, not a finding")
    collection_count: int = Field(description="Collections that saw the seller, each once however many runs it took")
    first_seen_at: datetime
    last_seen_at: datetime
    created_at: datetime
    updated_at: datetime = Field(description="When a search wrote it last")
    is_new: bool = Field(description="First seen by the latest finished run of collect_sellers")
    marks: MarksOut
    source_products: list[SourceProductOut]
    score: ScoreOut | None = Field(description="null where no search has ended since the seller was found")


class SellersOut(BaseModel):
    """A page of sellers."""

    sellers: list[SellerOut]
    page: int | None = Field(description="Which page this is; null where it was asked for by `cursor`")
    page_size: int
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last")
    total: int | None = Field(description="How many pass the filters; not counted for a page behind a `cursor`")
    total_is_exact: bool | None = Field(description="False where there are more than `total`")


class CategoryOut(Answer):
    """A best-seller list, and the product's rank in it."""

    name: str
    rank: int | None


class EvidenceProductOut(BaseModel):
    """The Amazon product."""

    asin: str
    title: str
    price: Amount | None
    url: str | None
    image: str | None = Field(description="Path on this server")
    rating: float | None
    ratings_total: int | None
    categories: list[CategoryOut]


class EvidenceListingOut(BaseModel):
    """The seller's eBay listing that came up for it."""

    item_id: str
    title: str
    price: Amount | None
    url: str | None
    image: str | None = Field(description="Path on this server")
    condition: str | None
    shipping: Amount | None
    position: int


class ReasonOut(Answer):
    """One finding about product and listing."""

    name: str = Field(description="What it is about, the same for agreement and conflict, such as `capacity`")
    effect: Effect = Field(description="`bars`: never accepted; `refutes`: rejected")
    sentence: str


class MatchOut(Answer):
    """Whether the listing is the product."""

    probability: float
    band: Band
    reasons: list[ReasonOut] = Field(description="What speaks against it first")
    version: str = Field(description="Of the matcher")


class LabelOut(Answer):
    """What a person says of a match."""

    is_match: bool
    by: str
    at: datetime


class EvidenceItemOut(BaseModel):
    """Product and listing side by side."""

    job_id: str
    run_id: int
    asin: str
    seen_at: datetime
    product: EvidenceProductOut | None
    listing: EvidenceListingOut
    unverified: list[str] = Field(description="Filters that could not be checked on the listing")
    photo_band: PhotoBand | None = Field(description="What its picture is to Amazon's; null where nobody has looked")
    photo_distance: int | None = Field(description="Signs of 44 that differ; null where nothing was compared")
    match: MatchOut | None = Field(description="What the matcher judged; null where it has not yet")
    label: LabelOut | None = Field(description="What a person says; null where nobody has said anything")
    band: Band | None = Field(description="What counts: what the person says, else what the matcher judged")
    call_fingerprint: str | None = Field(description="Of the paid call in whose answer it stands")

    @classmethod
    def of(cls, item: EvidenceItem) -> Self:
        """With paths to the pictures."""
        return cls.model_validate({**asdict(item), "product": _product(item), "listing": _listing(item)})


class SellerRunOut(Answer):
    """A run whose job saw the seller."""

    run_id: int
    job_id: str
    status: RunState
    listings: int
    created_at: datetime
    completed_at: datetime | None


class SellerProductOut(Answer):
    """A distinct product that led to the seller."""

    asin: str
    title: str | None
    listings: int
    last_seen_at: datetime


class SellerDetailOut(BaseModel):
    """A seller, the latest runs that saw it, the first of its products, and a page of the evidence."""

    seller: SellerOut
    runs: list[SellerRunOut]
    products: list[SellerProductOut]
    items: list[EvidenceItemOut]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next items; null on the last page")

    @classmethod
    def of(cls, detail: SellerDetail, seller: SellerOut, items: list[EvidenceItem], next_cursor: str | None) -> Self:
        """With the items of one page."""
        return cls(
            seller=seller,
            runs=[SellerRunOut.model_validate(run) for run in detail.runs],
            products=[SellerProductOut.model_validate(product) for product in detail.products],
            items=[EvidenceItemOut.of(item) for item in items],
            next_cursor=next_cursor,
        )


def seller_out(row: SellerRow, marks: Marks | None, sources: Sequence[SourceProduct], score: Score | None) -> SellerOut:
    """A seller of the list, with what people say of it, the products that led to it, and its scorecard."""
    kept = {"marks": marks or Marks(), "source_products": sources, "score": ScoreOut.of(score) if score else None}
    return SellerOut.model_validate({**asdict(row), **kept})


def _product(item: EvidenceItem) -> EvidenceProductOut | None:
    product = item.product
    if product is None:
        return None
    price = amount(product.price_cents, product.currency)
    image = job_product_image(item.job_id, product.asin) if product.has_image else None
    return EvidenceProductOut.model_validate({**asdict(product), "price": price, "image": image})


def _listing(item: EvidenceItem) -> EvidenceListingOut:
    listing = item.listing
    image = listing_image(item.job_id, item.asin, listing.item_id) if listing.has_image else None
    price, shipping = (amount(cents, listing.currency) for cents in (listing.price_cents, listing.shipping_cents))
    return EvidenceListingOut.model_validate({**asdict(listing), "price": price, "shipping": shipping, "image": image})
