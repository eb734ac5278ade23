"""The sandbox's generated catalogue: what is for sale, and the planted truth."""

import pytest

from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue
from dropship_pipeline.sandbox.catalogue.listings import NEW, price_band
from dropship_pipeline.sandbox.catalogue.sellers import normalized
from dropship_pipeline.sandbox.catalogue.vocabulary import DEPARTMENTS, Department
from dropship_pipeline_tests.unit.sandbox_catalogue import CATALOGUE

ORDINARY = ["desk lamp", "yoga mat", "phone case", "water bottle", "headphones", "dog bed", "best running shoes"]


def test_the_same_seed_always_sells_the_same() -> None:
    again = Catalogue(seed=7)
    assert again.products == CATALOGUE.products
    assert again.sellers == CATALOGUE.sellers
    assert again.listings_of(again.products[5].asin) == CATALOGUE.listings_of(CATALOGUE.products[5].asin)


def test_another_seed_sells_something_else() -> None:
    assert not {product.asin for product in Catalogue(seed=8).products} & {p.asin for p in CATALOGUE.products}


def test_the_catalogue_is_as_large_as_promised() -> None:
    assert len({product.asin for product in CATALOGUE.products}) >= 2000
    assert len(DEPARTMENTS) == 12
    assert len({normalized(seller.name) for seller in CATALOGUE.sellers}) == 400


def test_titles_are_as_long_as_live_ones() -> None:
    assert all(23 <= len(product.title) <= 125 for product in CATALOGUE.products)


@pytest.mark.parametrize("query", ORDINARY)
def test_an_ordinary_query_finds_enough_to_try_the_product_on(query: str) -> None:
    assert len(CATALOGUE.search(query)) >= 20


def test_the_best_match_of_a_query_is_what_it_names() -> None:
    assert all("Desk Lamp" in product.title for product in CATALOGUE.search("desk lamp")[:20])


def test_nonsense_finds_nothing_instead_of_something_at_random() -> None:
    assert CATALOGUE.search("zzqxv plomfurt") == ()


@pytest.mark.parametrize("department", DEPARTMENTS, ids=lambda department: department.slug)
def test_every_department_has_a_full_best_seller_list_without_repetition(department: Department) -> None:
    products = CATALOGUE.best_sellers(department.slug)
    assert len({product.asin for product in products}) == len(products) == 100


def test_some_products_are_in_several_best_seller_lists() -> None:
    listed = [product.asin for department in DEPARTMENTS for product in CATALOGUE.best_sellers(department.slug)]
    assert 0 < len(listed) - len(set(listed)) < len(listed) / 4


def test_the_planted_sellers_are_exactly_those_whose_listing_passes_every_filter() -> None:
    for product in CATALOGUE.products[:300]:
        expected = set()
        for listing in CATALOGUE.listings_of(product.asin):
            low, high = price_band(product.price_cents or 0) if product.price_cents else (0, 10**9)
            one_price = listing.price_cents is not None and listing.price_to_cents is None
            fits = one_price and low <= (listing.price_cents or 0) <= high
            if (
                listing.genuine
                and listing.condition_id == NEW
                and listing.shipping_cents == 0
                and fits
                and listing.seller
            ):
                expected.add(listing.seller.name)
        assert CATALOGUE.sellers_for(product.asin) == expected


def test_many_products_are_sold_on_ebay_and_some_are_not() -> None:
    sold = sum(1 for product in CATALOGUE.products if CATALOGUE.sellers_for(product.asin))
    assert len(CATALOGUE.products) * 0.5 < sold < len(CATALOGUE.products) * 0.9


def test_every_kind_of_listing_that_must_be_told_apart_is_there() -> None:
    listings = [listing for product in CATALOGUE.products[:500] for listing in CATALOGUE.listings_of(product.asin)]
    assert any(not listing.genuine for listing in listings)
    assert any(listing.seller is None for listing in listings)
    assert any(listing.price_cents is None for listing in listings)
    assert any(listing.price_to_cents is not None for listing in listings)
    assert any(listing.shipping_cents for listing in listings)
    assert {listing.condition for listing in listings} == {"Brand New", "Open Box", "Pre-Owned"}


def test_the_same_seller_is_spelled_differently_by_different_listings() -> None:
    spellings: dict[str, set[str]] = {}
    for product in CATALOGUE.products:
        for listing in CATALOGUE.listings_of(product.asin):
            if listing.seller is not None:
                spellings.setdefault(listing.seller.name, set()).add(listing.seller_text)
    assert all(normalized(text) == name for name, texts in spellings.items() for text in texts)
    assert all(len(texts) > 1 for texts in spellings.values())


def test_a_listing_is_found_again_by_its_item_id() -> None:
    listing = next(row for product in CATALOGUE.products for row in CATALOGUE.listings_of(product.asin))
    assert CATALOGUE.listing(listing.item_id) == listing


@pytest.mark.parametrize("item_id", ["123456", "200000000099", "999999999999"])
def test_an_unknown_item_id_is_not_answered_with_some_other_listing(item_id: str) -> None:
    with pytest.raises(KeyError):
        CATALOGUE.listing(item_id)


@pytest.mark.parametrize(("cents", "band"), [(1000, (800, 1200)), (1999, (1599, 2399)), (2, (2, 2)), (3, (2, 4))])
def test_the_price_band_rounds_half_up(cents: int, band: tuple[int, int]) -> None:
    assert price_band(cents) == band


def test_a_dense_catalogue_has_the_asked_number_of_listings() -> None:
    dense = Catalogue(seed=7, products=72, listings_per_product=50)
    assert {len(dense.listings_of(product.asin)) for product in dense.products} == {50}
