"""The filters of a product's search, and the check whether a listing that came back meets them."""

from decimal import Decimal
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from dropship_pipeline.marketplaces.ebay.conditions import is_brand_new
from dropship_pipeline.marketplaces.filters import SearchFilters
from dropship_pipeline.models import Listing, Money

Factor = Decimal | Fraction
FilterName = Literal["price", "condition", "shipping"]

LOWEST_FACTOR = Decimal("0.80")
HIGHEST_FACTOR = Decimal("1.20")


class FilterCheck(Struct, frozen=True):
    """The filter check of one listing; a filter in neither tuple is met.

    Args:
        failed: filters that the listing does not meet.
        unverified: filters that cannot be checked, because the listing does not say.
    """

    failed: tuple[FilterName, ...] = ()
    unverified: tuple[FilterName, ...] = ()

    @property
    def kept(self) -> bool:
        """True unless a filter failed; a listing with something unverified is kept and marked."""
        return not self.failed


def price_band(price: Money, low: Factor = LOWEST_FACTOR, high: Factor = HIGHEST_FACTOR) -> tuple[Money, Money]:
    """Return the lowest and the highest price that count, both inclusive, in whole cents rounded half up.

    Args:
        price: what the product costs on Amazon.
        low: lowest price as a share of it, > 0.
        high: highest price as a share of it, ≥ `low`.
    """
    return _times(price, low), _times(price, high)


def search_filters(price: Money | None, low: Factor = LOWEST_FACTOR, high: Factor = HIGHEST_FACTOR) -> SearchFilters:
    """Return the filters of a product's search: new, free shipping, a price near its own; best match first.

    Args:
        price: what the product costs on Amazon; without it the search has no price band.
        low: lowest price as a share of it.
        high: highest price as a share of it.
    """
    price_min, price_max = price_band(price, low, high) if price else (None, None)
    return SearchFilters(new_only=True, free_shipping=True, price_min=price_min, price_max=price_max)


def check(listing: Listing, filters: SearchFilters) -> FilterCheck:
    """Check price, condition and shipping again on a listing that came back; a filter that is not set is met."""
    met: dict[FilterName, bool | None] = {
        "price": _price_is_met(listing, filters),
        "condition": is_brand_new(listing.condition) if filters.new_only else True,
        "shipping": _ships_free(listing.shipping) if filters.free_shipping else True,
    }
    return FilterCheck(
        failed=tuple(name for name, answer in met.items() if answer is False),
        unverified=tuple(name for name, answer in met.items() if answer is None),
    )


def _times(price: Money, factor: Factor) -> Money:
    exact = price.cents * Fraction(factor)
    return Money((2 * exact.numerator + exact.denominator) // (2 * exact.denominator), price.currency)


def _price_is_met(listing: Listing, filters: SearchFilters) -> bool | None:
    """None where price and band cannot be compared: there is no single price, or it is in another currency.

    A listing that can only be bid on does not meet a band, whatever the bid is: nobody can buy it at that price.
    """
    price = listing.price
    bounds = [bound for bound in (filters.price_min, filters.price_max) if bound is not None]
    if not bounds:
        return True
    if listing.bid_only:
        return False
    if price is None or any(bound.currency != price.currency for bound in bounds):
        return None
    above_min = filters.price_min is None or price.cents >= filters.price_min.cents
    below_max = filters.price_max is None or price.cents <= filters.price_max.cents
    return above_min and below_max


def _ships_free(shipping: Money | None) -> bool | None:
    return None if shipping is None else shipping.cents == 0
