"""What is asked of ScraperAPI for a search of eBay, and for how many paid calls."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dropship_pipeline.collection.sellers.filter_checks import search_filters
from dropship_pipeline.errors import EbayApiError, SettingsError
from dropship_pipeline.marketplaces.ebay.scraperapi import (
    NO_FILTERS,
    EbayMode,
    ScraperApiEbayCollector,
    page_request,
    structured_request,
)
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.filters import SearchFilters
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Listing, Money
from dropship_pipeline_tests.unit.ebay_pages import NEXT, new_card
from dropship_pipeline_tests.unit.ebay_pages import page as result_page
from dropship_pipeline_tests.unit.marketplace_fakes import Wire, a_client
from dropship_pipeline_tests.unit.test_scraperapi import _row


def _rows(first: int, last: int) -> list[dict[str, object]]:
    return [_row(900000000000 + number) for number in range(first, last + 1)]


async def _search(
    pages: Sequence[object], top_k: int, mode: EbayMode = "auto", filters: SearchFilters = NO_FILTERS
) -> tuple[list[Listing], Wire, CallMeter]:
    wire = Wire([httpx.Response(200, json=page) for page in pages])
    async with a_client(wire, provider="scraperapi") as client:
        collector = ScraperApiEbayCollector(client, mode=mode)
        listings = await collector.search("brass lamp", top_k, filters)
    return listings, wire, client.meter


async def test_without_filters_the_structured_search_is_asked() -> None:
    _, wire, meter = await _search([{"results": []}], 5)
    params = dict(wire.requests[0].url.params)
    del params["api_key"]
    assert wire.requests[0].url.path == "/base/structured/ebay/search/v2"
    assert params == {"query": "brass lamp", "page": "1", "tld": "com", "country_code": "us"}
    assert meter.credits == 5


async def test_filters_that_the_structured_search_knows_are_sent_along() -> None:
    filters = SearchFilters(new_only=True, buy_it_now=True, sort="newly_listed")
    _, wire, _ = await _search([{"results": []}], 5, filters=filters)
    params = wire.requests[0].url.params
    assert (params["condition"], params["buying_format"], params["sort_by"]) == ("new", "buy_it_now", "newly_listed")


async def _asked_page(mode: EbayMode, filters: SearchFilters, tld: str = "com") -> dict[str, str]:
    wire = Wire([httpx.Response(200, text="<h1>0 results for brass lamp</h1>")])
    async with a_client(wire, provider="scraperapi") as client:
        await ScraperApiEbayCollector(client, tld, mode).search("brass lamp & shade", 5, filters)
    assert wire.requests[0].url.path == "/base/"
    target = urlsplit(wire.requests[0].url.params["url"])
    assert (target.scheme, target.netloc, target.path) == ("https", f"www.ebay.{tld}", "/sch/i.html")
    return {name: value for name, (value,) in parse_qs(target.query).items()}


async def test_a_price_band_and_free_shipping_go_into_the_address_of_the_search_page() -> None:
    filters = SearchFilters(
        new_only=True, free_shipping=True, price_min=Money(1960, "USD"), price_max=Money(2940, "USD"), buy_it_now=True
    )
    assert await _asked_page("auto", filters) == {
        "_nkw": "brass lamp & shade", "LH_ItemCondition": "1000", "LH_FS": "1", "LH_BIN": "1", "_udlo": "19.60",
        "_udhi": "29.40", "_sop": "12", "_dmd": "1", "_ipg": "60", "_pgn": "1",
    }  # fmt: skip


async def test_the_search_for_sellers_of_a_product_asks_for_exactly_its_filters_and_nothing_that_widens_them() -> None:
    wire = Wire([httpx.Response(200, text="<h1>0 results for lamp</h1>")])
    async with a_client(wire, provider="scraperapi") as client:
        filters = search_filters(Money(2499, "USD"))
        await ScraperApiEbayCollector(client).search("Brass Lamp & Shade", 50, filters, most_pages=1)
    params = dict(wire.requests[0].url.params)
    assert params.keys() == {"url", "country_code", "api_key"}
    assert params["url"] == (
        "https://www.ebay.com/sch/i.html?_nkw=Brass+Lamp+%26+Shade&_sop=12&LH_ItemCondition=1000&LH_FS=1"
        "&_udlo=19.99&_udhi=29.99&_dmd=1&_ipg=60&_pgn=1"
    )


async def test_the_search_for_a_product_without_price_has_no_band_but_all_other_filters() -> None:
    assert await _asked_page("auto", search_filters(None)) == {
        "_nkw": "brass lamp & shade", "LH_ItemCondition": "1000", "LH_FS": "1", "_sop": "12", "_dmd": "1", "_ipg": "60",
        "_pgn": "1",
    }  # fmt: skip


@pytest.mark.parametrize("cards", [3, 49, 60, 62])
async def test_with_one_page_allowed_exactly_one_call_is_paid_however_few_listings_it_gives(cards: int) -> None:
    html = result_page(*(new_card(str(900000000000 + number)) for number in range(cards)), NEXT)
    wire = Wire([httpx.Response(200, text=html)])
    async with a_client(wire, provider="scraperapi") as client:
        filters = search_filters(Money(2499, "USD"))
        listings = await ScraperApiEbayCollector(client).search("lamp", 50, filters, most_pages=1)
    assert (len(wire.requests), len(listings)) == (1, min(cards, 50))


async def test_page_mode_asks_the_search_page_also_without_filters() -> None:
    assert await _asked_page("page", SearchFilters(), "co.uk") == {
        "_nkw": "brass lamp & shade", "_sop": "12", "_dmd": "1", "_ipg": "60", "_pgn": "1"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tld", "region"), [("com", "us"), ("de", "eu"), ("ie", "eu"), ("co.uk", None), ("pl", None), ("com.au", None)]
)
def test_a_region_is_asked_for_only_where_its_readers_see_the_sites_own_currency(tld: str, region: str | None) -> None:
    asked = page_request("lamp", 1, NO_FILTERS, ebay_site(tld)).params.get("country_code")
    assert asked == structured_request("lamp", 1, NO_FILTERS, ebay_site(tld)).params.get("country_code") == region


async def test_structured_mode_refuses_filters_it_would_silently_drop() -> None:
    with pytest.raises(SettingsError, match="SCRAPERAPI_EBAY_MODE"):
        await _search([{"results": []}], 5, "structured", SearchFilters(free_shipping=True))


async def test_a_price_band_in_a_foreign_currency_is_refused_before_anything_is_paid() -> None:
    with pytest.raises(SettingsError, match="EUR"):
        await _search([{"results": []}], 5, "auto", SearchFilters(price_min=Money(100, "EUR")))


@pytest.mark.parametrize(
    ("pages", "calls"),
    [
        ([{"results": []}], 1),
        ([{"results": _rows(1, 3), "next_pages": []}], 1),
        ([{"results": _rows(1, 3), "next_pages": ["https://x"]}, {"results": _rows(4, 5), "next_pages": []}], 2),
        ([{"results": _rows(1, 3)}, {"results": []}], 2),
        ([_rows(1, 3), _rows(1, 3)], 2),
        ([{"results": _rows(1, 3), "next_pages": None}, {"results": []}], 2),
    ],
)
async def test_the_end_of_the_list_ends_the_walk_without_one_more_paid_call(pages: list[object], calls: int) -> None:
    _, wire, _ = await _search(pages, 100)
    assert len(wire.requests) == calls


async def test_listings_come_once_each_ranked_in_order() -> None:
    listings, wire, _ = await _search([_rows(1, 10) + _rows(1, 2), _rows(9, 18)], 15)
    assert [listing.product_id for listing in listings] == [str(900000000000 + n) for n in range(1, 16)]
    assert [listing.rank for listing in listings] == [*range(1, 16)]
    assert [request.url.params["page"] for request in wire.requests] == ["1", "2"]


async def test_a_list_without_end_is_left_after_a_bounded_number_of_pages() -> None:
    _, wire, _ = await _search([_rows(page * 10, page * 10 + 9) for page in range(1, 80)], 10_000)
    assert len(wire.requests) == 50


async def test_a_blank_query_pays_for_nothing() -> None:
    wire = Wire([httpx.Response(200, json=[])])
    async with a_client(wire, provider="scraperapi") as client:
        with pytest.raises(EbayApiError, match="blank"):
            await ScraperApiEbayCollector(client).collect_products(" \t", 5)
    assert wire.requests == []


async def test_top_k_of_zero_pays_for_nothing() -> None:
    listings, wire, _ = await _search([_rows(1, 3)], 0)
    assert (listings, wire.requests) == ([], [])
