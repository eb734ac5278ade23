"""Values that storage keeps of a review: what people say of a match, and a seller's scorecard."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchLabel:
    """What a person says of a match; it wins over the matcher.

    Args:
        is_match: whether the listing is the product.
    """

    is_match: bool
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerFacts:
    """What is known of a seller; shares are between 0 and 1.

    Args:
        products: distinct best sellers for which a listing of the seller was accepted as the product.
        in_review: distinct best sellers for which a listing waits for a person, and none was accepted.
        categories: distinct best-seller lists that the accepted products come from.
        median_margin: of the accepted listings with known prices and shipping: what is left of the sale after fees and
            Amazon's price, as a share of Amazon's price; None without such a listing.
        seen_in: of the latest `of_runs` finished searches, those that met the seller.
        of_runs: how many searches that were.
        prices_moved: accepted listings that were met at different prices.
        amazon_photos: of the `photos_compared`, those whose picture is Amazon's.
        photos_compared: accepted listings whose picture was compared with Amazon's, and could be.
        usual_photo_share: the same share over all sellers of the org; None where no picture was compared.
    """

    products: int
    categories: int
    in_review: int = 0
    median_margin: float | None = None
    seen_in: int = 0
    of_runs: int = 0
    prices_moved: int = 0
    amazon_photos: int = 0
    photos_compared: int = 0
    usual_photo_share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the sum.

    Args:
        name: what it looks at.
        points: what it gives.
        most: what it could give.
        reason: a sentence for people.
    """

    name: str
    points: int
    most: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleFees:
    """What eBay takes of a sale.

    Args:
        share: of the whole sale, shipping included.
        per_order_cents: for each order above `small_order_cents`.
        per_small_order_cents: for each other order.
        small_order_cents: up to which an order is a small one.
    """

    share: float
    per_order_cents: int
    per_small_order_cents: int
    small_order_cents: int
