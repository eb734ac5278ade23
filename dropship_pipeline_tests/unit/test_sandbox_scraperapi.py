"""The sandbox's ScraperAPI: structured searches, and the search page in every markup."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from dropship_pipeline.sandbox.catalogue.listings import price_band
from dropship_pipeline.sandbox.catalogue.products import AmazonProduct
from dropship_pipeline.sandbox.catalogue.sellers import normalized
from dropship_pipeline.sandbox.server.app import create_app
from dropship_pipeline.sandbox.server.state import SandboxSettings
from dropship_pipeline_tests.unit.sandbox_catalogue import CATALOGUE

V2 = "/scraperapi/structured/ebay/search/v2"
MARKUPS = ["s-card", "s-item"]


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(CATALOGUE, SandboxSettings(markup="s-card")))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def ask(client: httpx.AsyncClient, path: str = V2, **params: str | int) -> httpx.Response:
    return await client.get(path, params={"api_key": "secret-key", **params})


async def results(client: httpx.AsyncClient, **params: str | int) -> list[dict[str, Any]]:
    answer = await client.get(V2, params={"api_key": "secret-key", "query": "desk lamp", **params})
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


async def page(client: httpx.AsyncClient, tld: str = "com", **params: str | int) -> LexborHTMLParser:
    url = f"https://www.ebay.{tld}/sch/i.html?{urlencode({'_nkw': 'desk lamp', '_dmd': 1, **params})}"
    return LexborHTMLParser((await ask(client, "/scraperapi/", url=url)).text)


async def write(client: httpx.AsyncClient, markup: str) -> None:
    await client.put("/_control/settings", json={"markup": markup})


def cards(tree: LexborHTMLParser, markup: str) -> list[LexborNode]:
    return tree.css(f"ul.srp-results li.{markup}")


def item_ids(tree: LexborHTMLParser, markup: str) -> list[str]:
    links = [one(card, f"a.{markup}__link").attributes["href"] or "" for card in cards(tree, markup)]
    return [link.partition("/itm/")[2].partition("?")[0] for link in links]


def one(node: LexborHTMLParser | LexborNode, selector: str) -> LexborNode:
    found = node.css_first(selector)
    assert found is not None, selector
    return found


def a_product_that_is_sold() -> AmazonProduct:
    return next(p for p in CATALOGUE.products if p.price_cents and len(CATALOGUE.sellers_for(p.asin)) > 3)


async def test_v2_is_an_object_and_v1_an_array_without_sellers(client: httpx.AsyncClient) -> None:
    body = (await ask(client, query="desk lamp")).json()
    assert set(body) == {"results", "next_pages"}
    plain = (await ask(client, "/scraperapi/structured/ebay/search", query="desk lamp")).json()
    assert len(plain) == len(body["results"])
    assert not any("seller_name" in row for row in plain)


async def test_headers_say_status_and_cost(client: httpx.AsyncClient) -> None:
    headers = (await ask(client, query="desk lamp")).headers
    assert (headers["sa-statuscode"], headers["sa-credit-cost"]) == ("200", "5")


async def test_structured_pages_follow_one_another_without_repetition(client: httpx.AsyncClient) -> None:
    first, second = [await results(client, page=number, items_per_page=25) for number in (1, 2)]
    urls = [row["product_url"] for row in (*first, *second)]
    assert len(set(urls)) == len(urls) == 50


async def test_structured_rows_show_every_oddity_of_the_format(client: httpx.AsyncClient) -> None:
    found = [
        row
        for query in ("desk lamp", "yoga mat", "wallet")
        for row in await results(client, query=query, items_per_page=240)
    ]
    assert any("from" in row.get("item_price", {}) for row in found)
    assert any("item_price" not in row for row in found)
    assert any("seller_name" not in row for row in found)
    assert any("shipping_cost" not in row for row in found)
    assert any(row["image"] is None for row in found)
    assert any(row["product_title"].endswith("Opens in a new window or tab") for row in found)
    assert {type(row["seller_rating_count"]) for row in found if "seller_name" in row} == {int, str}


async def test_the_condition_filter_of_the_structured_search_filters(client: httpx.AsyncClient) -> None:
    assert {row["condition"] for row in await results(client, condition="used", items_per_page=240)} == {"Pre-Owned"}


@pytest.mark.parametrize("path", [V2, "/scraperapi/structured/ebay/search"])
async def test_nonsense_is_answered_with_an_empty_array(client: httpx.AsyncClient, path: str) -> None:
    body = (await ask(client, path, query="zzqxv plomfurt")).json()
    assert (body["results"] if isinstance(body, dict) else body) == []


@pytest.mark.parametrize("markup", MARKUPS)
async def test_the_page_is_written_in_the_chosen_markup_and_begins_with_cards_that_are_no_listings(
    client: httpx.AsyncClient, markup: str
) -> None:
    await write(client, markup)
    tree = await page(client, _ipg=60)
    ids = item_ids(tree, markup)
    assert ids[:2] == ["123456", "123456"]
    assert len(ids) == 62
    assert all(len(item_id) == 12 for item_id in ids[2:])
    assert not cards(tree, ({*MARKUPS} - {markup}).pop())


@pytest.mark.parametrize("markup", MARKUPS)
async def test_a_filtered_search_for_a_title_shows_exactly_the_planted_listings(
    client: httpx.AsyncClient, markup: str
) -> None:
    await write(client, markup)
    product = a_product_that_is_sold()
    low, high = price_band(product.price_cents or 0)
    band = {"_udlo": f"{low / 100:.2f}", "_udhi": f"{high / 100:.2f}"}
    tree = await page(client, _nkw=product.title, LH_ItemCondition="1000", LH_FS="1", **band)
    html = tree.html or ""
    shown = item_ids(LexborHTMLParser(html.partition("Results matching fewer words")[0]), markup)[2:]
    found = [CATALOGUE.listing(item_id) for item_id in shown]
    sure = {row.seller.name for row in found if row.seller and row.genuine and row.qualifies(product.price_cents)}
    assert sure == CATALOGUE.sellers_for(product.asin)
    assert all(row.condition_id == 1000 and row.shipping_cents == 0 for row in found)


async def test_a_card_shows_price_shipping_condition_and_seller_where_they_are_looked_for(
    client: httpx.AsyncClient,
) -> None:
    tree = await page(client, LH_ItemCondition="1000", LH_FS="1", LH_BIN="1")
    card = next(card for card in cards(tree, "s-card")[2:] if card.css(".s-card__price"))
    listing = CATALOGUE.listing(card.attributes["data-listingid"] or "")
    assert f"{(listing.price_cents or 0) / 100:.2f}" in one(card, ".s-card__price").text()
    assert one(card, ".s-card__subtitle").text().startswith("Brand New")
    assert "Free delivery" in [row.text() for row in card.css(".s-card__attribute-row")]
    seller = one(card, ".su-card-container__attributes__secondary .s-card__attribute-row span").text()
    assert listing.seller is not None
    assert normalized(seller) == listing.seller.name


async def test_an_old_item_shows_price_shipping_condition_and_seller_where_they_are_looked_for(
    client: httpx.AsyncClient,
) -> None:
    await write(client, "s-item")
    tree = await page(client, LH_ItemCondition="1000", LH_FS="1")
    card = next(card for card in cards(tree, "s-item")[2:] if card.css(".s-item__seller-info-text"))
    assert one(card, ".s-item__price").text().startswith("$")
    assert one(card, ".s-item__subtitle .SECONDARY_INFO").text() == "Brand New"
    assert one(card, ".s-item__logisticsCost, .s-item__freeXDays").text().startswith("Free")
    assert one(card, ".s-item__seller-info-text").text().endswith("%")


async def test_titles_carry_their_prefix_and_their_hidden_text(client: httpx.AsyncClient) -> None:
    tree = await page(client, _ipg=240)
    titles = [one(card, ".s-card__title").text() for card in cards(tree, "s-card")]
    assert any(title.startswith("New Listing") for title in titles)
    assert all(title.endswith("Opens in a new window or tab") for title in titles)


async def test_feedback_counts_are_rounded_on_new_cards_and_full_on_old_ones(client: httpx.AsyncClient) -> None:
    tree = await page(client, _ipg=240)
    rows = [row.text() for row in tree.css(".su-card-container__attributes__secondary")]
    assert any("K)" in row for row in rows)
    assert "Authenticity Guarantee" in rows
    await write(client, "s-item")
    assert any("," in row.text() for row in (await page(client, _ipg=240)).css(".s-item__seller-info-text"))


async def test_pages_are_linked_until_the_last(client: httpx.AsyncClient) -> None:
    first = one(await page(client, _ipg=60), "a.pagination__next")
    last = one(await page(client, _ipg=240, LH_FS="1", LH_ItemCondition="1000"), "a.pagination__next")
    assert "_pgn=2" in (first.attributes["href"] or "")
    assert last.attributes["aria-disabled"] == "true"


async def test_rows_that_match_fewer_words_stand_behind_a_separator(client: httpx.AsyncClient) -> None:
    product = a_product_that_is_sold()
    html = (await page(client, _nkw=f"{product.title} zzqxv")).html or ""
    before, separator, after = html.partition("Results matching fewer words")
    assert separator
    assert item_ids(LexborHTMLParser(before), "s-card") == ["123456", "123456"]
    assert "data-listingid" in after


@pytest.mark.parametrize("markup", MARKUPS)
async def test_nonsense_gets_a_heading_that_says_zero(client: httpx.AsyncClient, markup: str) -> None:
    await write(client, markup)
    tree = await page(client, _nkw="zzqxv plomfurt")
    assert one(tree, ".srp-controls__count-heading").text().startswith("0 results")
    assert tree.css(".srp-save-null-search__heading")
    assert item_ids(tree, markup) == ["123456", "123456"]


async def test_prices_are_sorted_where_that_is_asked_for(client: httpx.AsyncClient) -> None:
    ids = item_ids(await page(client, _sop=15), "s-card")[2:]
    prices = [CATALOGUE.listing(item_id).price_cents or 0 for item_id in ids]
    assert prices == sorted(prices)


async def test_another_site_writes_another_currency(client: httpx.AsyncClient) -> None:
    assert "£" in (await page(client, tld="co.uk")).css("span.s-card__price")[3].text()


async def test_a_url_with_letters_beyond_latin_does_not_break_the_headers(client: httpx.AsyncClient) -> None:
    answer = await ask(client, "/scraperapi/", url="https://www.ebay.com/sch/i.html?_nkw=ランプ")
    assert answer.status_code == 200
