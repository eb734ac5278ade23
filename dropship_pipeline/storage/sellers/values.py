"""What a job of `collect_sellers` works on and finds, as values. No SQL."""

from dataclasses import dataclass, field
from datetime import datetime

from dropship_pipeline.models import Listing, Match, Money, OutcomeState, Reading, Seller

SOURCE_PRODUCTS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """One best-seller list that names a product, and the product's rank in it."""

    category: str | None
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """A best-selling product to search for.

    Args:
        position: its place in the order in which the lists named it, from 1.
        price: what it costs on Amazon; None where the row has no single price.
        rating: stars, 1 to 5.
    """

    asin: str
    position: int
    title: str
    url: str
    price: Money | None = None
    image_url: str | None = None
    rating: float | None = None
    ratings_total: int | None = None
    lists: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundListing:
    """A listing that meets the filters of a product's search.

    Args:
        asin: the product that was searched for.
        position: place of the listing among those that are kept, from 1.
        amazon_price: that of the product, where the search had a price band.
        unverified: filters that the listing lacks the data for.
        match: whether it is the product; None where that was not judged.
        photo_band: what its picture is to Amazon's; None where the two were not compared.
        photo_distance: in how many signs they differ.
    """

    asin: str
    position: int
    listing: Listing
    amazon_price: Money | None
    unverified: tuple[str, ...]
    seen_at: datetime
    match: Match | None = None
    photo_band: str | None = None
    photo_distance: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOutcome:
    """What became of the search for one product.

    Args:
        state: `found` (listings are kept), `none`, or `failed`.
        returned: listings in the answer.
        stored: listings that are kept.
        error_kind: why it failed; None otherwise.
        reading: how well its answers could be read.
    """

    asin: str
    state: OutcomeState
    returned: int
    stored: int
    error_kind: str | None
    reading: Reading
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class ListOutcome:
    """What became of one best-seller list.

    Args:
        name: its id or address.
        state: `found` (it has products), `none`, or `failed`.
        reading: how well its pages could be read.
    """

    name: str
    state: OutcomeState
    reading: Reading


@dataclass(frozen=True, slots=True)
class SourceProduct:
    """A best-selling product that led to a seller, and the run whose search did so."""

    asin: str
    title: str
    run_id: int


@dataclass(slots=True)
class SeenSeller:
    """One seller as a worker met it: its listings are counted, and `products` led to it, newest first."""

    seller: Seller
    seen_at: datetime
    listings: int = 0
    products: list[SourceProduct] = field(default_factory=list)
