"""Which listings count: the band to the cent, and no listing dropped or kept on data that it does not have."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from dropship_pipeline.collection.sellers.filter_checks import (
    FilterCheck,
    FilterName,
    check,
    price_band,
    search_filters,
)
from dropship_pipeline.marketplaces.filters import SearchFilters
from dropship_pipeline.models import Listing, Money

LISTING = Listing(
    platform="ebay",
    product_id="900000000001",
    title="Invented Brass Lamp",
    url="https://www.ebay.com/itm/900000000001",
    price=Money(2499, "USD"),
    condition="Brand New",
    shipping=Money(0, "USD"),
)
FILTERS = search_filters(Money(2499, "USD"))


@pytest.mark.parametrize(
    ("cents", "low", "high"),
    [(2499, 1999, 2999), (100, 80, 120), (1, 1, 1), (2, 2, 2), (3, 2, 4), (4, 3, 5), (1999, 1599, 2399), (0, 0, 0),
     (333, 266, 400), (999_999_999, 799_999_999, 1_199_999_999)],
)  # fmt: skip
def test_the_band_is_80_to_120_per_cent_of_the_price_in_whole_cents(cents: int, low: int, high: int) -> None:
    assert price_band(Money(cents, "USD")) == (Money(low, "USD"), Money(high, "USD"))


@pytest.mark.parametrize(
    ("cents", "factor", "rounded"),
    [(1, "0.50", 1), (3, "0.50", 2), (5, "0.90", 5), (25, "0.90", 23), (2499, "1.005", 2511), (10, "0.849", 8)],
)
def test_half_a_cent_is_rounded_up_and_not_to_the_even_cent(cents: int, factor: str, rounded: int) -> None:
    low, _ = price_band(Money(cents, "EUR"), Decimal(factor))
    assert low == Money(rounded, "EUR")


@given(cents=st.integers(0, 10**9), factor=st.fractions(Fraction(1, 100), 3))
def test_the_band_is_never_more_than_half_a_cent_off(cents: int, factor: Fraction) -> None:
    low, _ = price_band(Money(cents, "USD"), factor)
    assert Fraction(-1, 2) < low.cents - cents * factor <= Fraction(1, 2)


def test_a_search_is_for_new_listings_with_free_shipping_near_the_price_auctions_included() -> None:
    assert search_filters(Money(2499, "USD")) == SearchFilters(
        new_only=True, free_shipping=True, price_min=Money(1999, "USD"), price_max=Money(2999, "USD")
    )


def test_the_factors_are_those_of_the_caller() -> None:
    filters = search_filters(Money(1000, "USD"), Decimal("0.5"), Decimal("1.5"))
    assert (filters.price_min, filters.price_max) == (Money(500, "USD"), Money(1500, "USD"))


def test_a_product_without_price_is_searched_without_band() -> None:
    assert search_filters(None) == SearchFilters(new_only=True, free_shipping=True)


def test_a_listing_that_meets_every_filter_is_kept_unmarked() -> None:
    assert check(LISTING, FILTERS) == FilterCheck()
    assert check(LISTING, FILTERS).kept


@pytest.mark.parametrize("cents", [1999, 2000, 2999])
def test_both_ends_of_the_band_belong_to_it(cents: int) -> None:
    assert check(replace(LISTING, price=Money(cents, "USD")), FILTERS).kept


@pytest.mark.parametrize(
    ("listing", "failed"),
    [
        (replace(LISTING, price=Money(1998, "USD")), ("price",)),
        (replace(LISTING, price=Money(3000, "USD")), ("price",)),
        (replace(LISTING, condition="New (Other)"), ("condition",)),
        (replace(LISTING, condition="Pre-Owned"), ("condition",)),
        (replace(LISTING, shipping=Money(1, "USD")), ("shipping",)),
        (replace(LISTING, price=Money(1, "USD"), condition="Used"), ("price", "condition")),
        (replace(LISTING, price=None, bid=Money(2499, "USD")), ("price",)),
    ],
)
def test_a_listing_that_the_site_should_have_left_out_is_dropped(
    listing: Listing, failed: tuple[FilterName, ...]
) -> None:
    found = check(listing, FILTERS)
    assert (found.failed, found.unverified, found.kept) == (failed, (), False)


@pytest.mark.parametrize(
    ("listing", "unverified"),
    [
        (replace(LISTING, price=None, price_raw="$20.00 to $30.00"), ("price",)),
        (replace(LISTING, price=Money(2499, "EUR")), ("price",)),
        (replace(LISTING, price=Money(1, "EUR")), ("price",)),
        (replace(LISTING, condition=None), ("condition",)),
        (replace(LISTING, condition="New Listing"), ("condition",)),
        (replace(LISTING, shipping=None), ("shipping",)),
        (replace(LISTING, price=None, condition=None, shipping=None), ("price", "condition", "shipping")),
    ],
)
def test_a_listing_without_the_data_to_check_it_is_kept_and_marked(
    listing: Listing, unverified: tuple[FilterName, ...]
) -> None:
    found = check(listing, FILTERS)
    assert (found.failed, found.unverified, found.kept) == ((), unverified, True)


def test_what_cannot_be_checked_does_not_save_a_listing_that_fails_elsewhere() -> None:
    found = check(replace(LISTING, price=None, condition="Used"), FILTERS)
    assert (found.failed, found.unverified, found.kept) == (("condition",), ("price",), False)


def test_without_a_band_no_price_is_judged() -> None:
    assert check(replace(LISTING, price=None), search_filters(None)) == FilterCheck()


def test_a_filter_that_is_not_set_is_not_checked() -> None:
    assert check(replace(LISTING, price=None, condition="Used", shipping=None), SearchFilters()) == FilterCheck()
