"""eBay through ScraperAPI: how the JSON rows of an answer are read, and what becomes of them."""

import json
from collections.abc import Callable

import httpx
import pytest

from dropship_pipeline.errors import BadAnswer, SettingsError
from dropship_pipeline.marketplaces.ebay.scraperapi import (
    ScraperApiEbayCollector,
)
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.ebay.structured import parse_structured
from dropship_pipeline.models import ApiAnswer, Listing, Money, Seller
from dropship_pipeline_tests.unit.marketplace_fakes import Wire, a_client, json_answer

US = ebay_site("com")
IMAGE = "https://i.ebayimg.com/images/g/INVENTEDAAOSw01/s-l500.webp"


def _row(item: int = 900000000001, **changes: object) -> dict[str, object]:
    row = {
        "product_title": "Invented Brass Desk Lamp E27",
        "image": IMAGE,
        "product_url": f"https://www.ebay.com/itm/{item}?hash=invented",
        "condition": "Brand New",
        "item_price": {"value": 39.5, "currency": "USD"},
        "shipping_cost": "Free delivery",
        "extra_info": "Buy It Now",
        "seller_name": "invented_lamps_co",
        "seller_rating": 99.1,
        "seller_rating_count": "1,520",
    }
    return {name: value for name, value in {**row, **changes}.items() if value is not ...}


def _only(row: dict[str, object]) -> Listing:
    (listing,) = parse_structured(json_answer({"results": [row]}), US).products
    return listing


def test_a_full_row_is_read_field_by_field() -> None:
    assert _only(_row()) == Listing(
        platform="ebay",
        product_id="900000000001",
        title="Invented Brass Desk Lamp E27",
        url="https://www.ebay.com/itm/900000000001",
        price=Money(3950, "USD"),
        price_raw='{"value": 39.5, "currency": "USD"}',
        image_url=IMAGE,
        condition="Brand New",
        shipping=Money(0, "USD"),
        shipping_raw="Free delivery",
        seller=Seller("invented_lamps_co", 99.1, 1520),
    )


def test_a_row_with_nothing_but_title_and_link_is_a_listing_without_guesses() -> None:
    listing = _only({"product_title": "Invented Lamp", "product_url": "https://www.ebay.com/itm/900000000003"})
    assert (listing.price, listing.shipping, listing.seller, listing.image_url) == (None, None, None, None)
    assert listing.condition is None


@pytest.mark.parametrize(
    "price",
    [
        {"from": {"value": 12.25, "currency": "USD"}, "to": {"value": 30, "currency": "USD"}},
        {"value": 39.5, "currency": "US $or Best Offer"},
        {"value": 10**9, "currency": "USD"},
        {"value": 39.5},
        39.5,
        "39.50",
        [{"value": 39.5, "currency": "USD"}],
    ],
)
def test_a_range_or_polluted_price_is_none_and_kept_raw(price: object) -> None:
    listing = _only(_row(item_price=price))
    assert listing.price is None
    assert listing.price_raw


def test_a_price_in_text_is_read_in_the_sites_notation() -> None:
    assert _only(_row(item_price="$1,239.50")).price == Money(123950, "USD")


@pytest.mark.parametrize(
    "price", [{"value": 39.5, "currency": "USD"}, {"from": {"value": 12, "currency": "USD"}, "to": {"value": 30}}]
)
def test_shipping_as_a_bare_number_is_in_the_rows_currency(price: object) -> None:
    assert _only(_row(item_price=price, shipping_cost=4.99)).shipping == Money(499, "USD")


def test_a_polluted_currency_never_becomes_the_currency_of_shipping() -> None:
    listing = _only(_row(item_price={"value": 1, "currency": "US $or Best Offer"}, shipping_cost="Free"))
    assert listing.shipping == Money(0, "USD")


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        "row",
        _row(product_title=" "),
        _row(product_title=...),
        _row(product_title="Invented Lamp " * 40, item_price={"value": int("9" * 39), "currency": "USD"}),
        _row(product_url=...),
        _row(product_url="https://www.ebay.com/p/1234"),
        _row(product_url=["https://www.ebay.com/itm/900000000001"]),
    ],
)
def test_a_row_that_cannot_be_a_listing_is_counted_and_skipped(row: object) -> None:
    page = parse_structured(json_answer({"results": [row, _row()]}), US)
    assert (len(page.products), page.reading.skipped_rows, page.reading.rows) == (1, 1, 2)


@pytest.mark.parametrize("filler", [_row(123456), _row(product_title="Shop on eBayOpens in a new window or tab")])
def test_the_sites_own_advertisement_is_neither_a_listing_nor_a_skipped_row(filler: object) -> None:
    page = parse_structured(json_answer({"results": [filler, _row()]}), US)
    assert (len(page.products), page.reading.skipped_rows) == (1, 0)


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"results": rows}, lambda rows: {"items": rows},
                                  lambda rows: {"organic_results": rows}])  # fmt: skip
def test_rows_are_found_in_every_known_envelope(wrap: Callable[[object], object]) -> None:
    assert len(parse_structured(json_answer(wrap([_row()])), US).products) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Request failed.",
        b"<html>Pardon our interruption</html>",
        b"null",
        b"7",
        b"{}",
        b'{"error": "invented"}',
        b'{"results": null}',
        b'{"results": {"0": {}}}',
        b'{"rows": []}',
        b'{"results": [{}]}',
        json.dumps({"results": [_row()]}).encode()[:-9],
    ],
)
def test_an_answer_that_is_not_a_list_of_results_is_a_failure_and_never_a_zero(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        parse_structured(ApiAnswer(200, {}, body), US)


def test_a_bid_is_no_price() -> None:
    listing = _only(_row(extra_info="3 bids · 2d 3h"))
    assert (listing.price, listing.bid, listing.bid_only) == (None, Money(3950, "USD"), True)


async def test_collected_products_carry_their_sellers() -> None:
    wire = Wire([httpx.Response(200, json=[_row()])])
    async with a_client(wire, provider="scraperapi") as client:
        (product,) = await ScraperApiEbayCollector(client).collect_products("brass lamp", 1)
    assert isinstance(product, Listing)
    assert product.seller == Seller("invented_lamps_co", 99.1, 1520)


def test_an_unknown_site_is_refused_at_once() -> None:
    with pytest.raises(SettingsError):
        ScraperApiEbayCollector(a_client(Wire([]), provider="scraperapi"), "example")
