"""What can be switched on the sandbox's eBay search page: markups, views, links, bids, notices."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest
from selectolax.lexbor import LexborHTMLParser

from dropship_pipeline.sandbox.server.app import create_app
from dropship_pipeline_tests.unit.sandbox_catalogue import CATALOGUE

CARDS = {"s-item": "li.s-item", "s-card": "li.s-card", "su-item-card": "li.su-grid__item .su-item-card"}
ANY_CARD = ", ".join(CARDS.values())
WORDS = {
    "notice_correction": "Including results for desk lamp",
    "notice_streamlined": "We streamlined your results",
    "notice_unknown": "Save 15% with a coupon",
    "notice_fewer_words": "Results matching fewer words",
    "notice_no_match": "No exact matches found",
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(CATALOGUE))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def page(client: httpx.AsyncClient, **params: str | int) -> LexborHTMLParser:
    url = f"https://www.ebay.com/sch/i.html?{urlencode({'_nkw': 'desk lamp', '_ipg': 60, **params})}"
    answer = await client.get("/scraperapi/", params={"api_key": "secret-key", "url": url})
    return LexborHTMLParser(answer.text)


async def meet(client: httpx.AsyncClient, *faults: str, **conditions: object) -> None:
    rules = [{"target": "scraperapi", "fault": fault, **conditions} for fault in faults]
    assert (await client.put("/_control/faults", json={"rules": rules})).status_code == 200


def ids(tree: LexborHTMLParser) -> list[str]:
    """The listing ids on the page, in order, without the two cards that are no listings."""
    found = [node.attributes["data-listingid"] or "" for node in tree.css("[data-listingid]")]
    assert found[:2] == ["123456", "123456"]
    return found[2:]


async def test_a_page_is_mixed_of_all_markups_unless_another_is_set(client: httpx.AsyncClient) -> None:
    tree = await page(client)
    counts = {markup: len(tree.css(selector)) for markup, selector in CARDS.items()}
    assert all(count > 5 for count in counts.values()), counts
    assert sum(counts.values()) == 62


async def test_a_listing_keeps_its_markup_on_a_mixed_page(client: httpx.AsyncClient) -> None:
    first, again = [(await page(client)).css_first("ul") for _ in range(2)]
    assert first is not None
    assert again is not None
    assert first.text() == again.text()


@pytest.mark.parametrize("markup", CARDS)
async def test_a_markup_can_be_set_for_all_pages(client: httpx.AsyncClient, markup: str) -> None:
    await client.put("/_control/settings", json={"markup": markup})
    tree = await page(client)
    assert {name: len(tree.css(selector)) for name, selector in CARDS.items()} == {
        name: 62 if name == markup else 0 for name in CARDS
    }


@pytest.mark.parametrize("markup", CARDS)
async def test_a_markup_can_be_switched_for_some_pages(client: httpx.AsyncClient, markup: str) -> None:
    await meet(client, markup.replace("-", "_"), nth=[2])
    assert len((await page(client)).css(CARDS[markup])) < 62
    assert len((await page(client)).css(CARDS[markup])) == 62


async def test_all_markups_show_the_same_listings(client: httpx.AsyncClient) -> None:
    mixed = ids(await page(client))
    for markup in CARDS:
        await client.put("/_control/settings", json={"markup": markup})
        assert ids(await page(client)) == mixed


async def test_a_card_of_the_newest_markup_shows_what_the_listing_is(client: httpx.AsyncClient) -> None:
    await client.put("/_control/settings", json={"markup": "su-item-card"})
    tree = await page(client, _dmd=1, LH_ItemCondition=1000, LH_FS=1, LH_BIN=1)
    for card in tree.css(CARDS["su-item-card"])[2:]:
        listing = CATALOGUE.listing(card.attributes["data-listingid"] or "")
        text = card.text(separator=" ")
        assert listing.title in text
        assert "Brand New" in text
        assert "Free delivery" in text
        assert listing.price_cents is None or f"{listing.price_cents / 100:.2f}" in text.replace(",", "")
        assert ("% positive" in text) is (listing.seller is not None)
        assert ("New Listing" in text) is listing.new_listing


@pytest.mark.parametrize("markup", CARDS)
async def test_only_the_list_view_names_sellers(client: httpx.AsyncClient, markup: str) -> None:
    await client.put("/_control/settings", json={"markup": markup})
    for params, named in (({}, False), ({"_dmd": 2}, False), ({"_dmd": 1}, True)):
        html = (await page(client, **params)).html or ""
        assert ("% positive" in html or "s-item__seller-info" in html) is named, params
    await meet(client, "grid_view")
    assert "% positive" not in ((await page(client, _dmd=1)).html or "")


async def test_the_list_says_which_view_it_is(client: httpx.AsyncClient) -> None:
    assert (await page(client)).css("ul.srp-results.srp-grid")
    assert (await page(client, _dmd=1)).css("ul.srp-results.srp-list")
    await meet(client, "su_item_card")
    assert not (await page(client)).css("ul.su-grid--is-list")
    assert (await page(client, _dmd=1)).css("ul.su-grid.su-grid--is-list")


@pytest.mark.parametrize("markup", CARDS)
async def test_placeholder_links_leave_the_id_to_the_card(client: httpx.AsyncClient, markup: str) -> None:
    await client.put("/_control/settings", json={"markup": markup})
    shown = ids(await page(client))
    await meet(client, "placeholder_links")
    tree = await page(client)
    assert ids(tree) == shown
    links = {(link.attributes["href"] or "").partition("?")[0] for link in tree.css("a[href*='/itm/']")}
    assert {link.rpartition("/")[2] for link in links} == {"123456"}


@pytest.mark.parametrize("markup", CARDS)
async def test_bids_stand_where_the_price_stood(client: httpx.AsyncClient, markup: str) -> None:
    await client.put("/_control/settings", json={"markup": markup})
    before = await page(client, LH_BIN=1)
    assert " bids" not in (before.html or "")
    await meet(client, "bids", stride=2)
    cards = (await page(client, LH_BIN=1)).css(ANY_CARD)[2:]
    assert ["7 bids" in card.text() for card in cards] == [bool(index % 2) for index in range(60)]


@pytest.mark.parametrize("markup", CARDS)
async def test_an_auction_shows_its_bid_before_the_price_to_buy_at_once(client: httpx.AsyncClient, markup: str) -> None:
    await client.put("/_control/settings", json={"markup": markup})
    await meet(client, "bids_and_buy_now")
    for card in (await page(client, LH_BIN=1)).css(ANY_CARD)[2:]:
        listing = CATALOGUE.listing(card.attributes["data-listingid"] or "")
        if listing.price_cents:
            prices = [node.text() for node in card.css("[class*='__price']:not(div)")]
            written = [f"${cents / 100:,.2f}" for cents in (listing.price_cents * 6 // 10, listing.price_cents)]
            assert prices == written
            assert "Buy It Now" in card.text()


@pytest.mark.parametrize(("fault", "words"), WORDS.items())
async def test_a_notice_can_be_switched_on(client: httpx.AsyncClient, fault: str, words: str) -> None:
    assert words not in ((await page(client)).html or "")
    shown = ids(await page(client))
    await meet(client, fault)
    tree = await page(client)
    assert ids(tree) == shown
    notices = [node.text().strip() for node in tree.css("li.srp-river-answer")]
    assert len(notices) == 1
    assert notices[0].startswith(words)


async def test_notices_stand_above_among_and_below_the_rows(client: httpx.AsyncClient) -> None:
    await meet(client, *WORDS)
    text = ((await page(client)).html or "").partition("</h1>")[2]
    places = {fault: text[: text.index(words)].count("data-listingid") for fault, words in WORDS.items()}
    assert places == {
        "notice_no_match": 2,
        "notice_correction": 2,
        "notice_streamlined": 32,
        "notice_fewer_words": 32,
        "notice_unknown": 62,
    }


async def test_an_unknown_layout_holds_the_listings_in_cards_that_nobody_knows(client: httpx.AsyncClient) -> None:
    shown = ids(await page(client))
    await meet(client, "unknown_layout")
    tree = await page(client)
    assert ids(tree) == shown
    assert not tree.css(f"{ANY_CARD}, .srp-results, .su-grid")
