"""eBay's search page: every markup gives the same listings, and a page without results is never a silent zero."""

from collections.abc import Callable

import pytest

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline_tests.unit.ebay_pages import (
    BLOCK_PAGE,
    COUNT_HEADING,
    EVERY_MARKUP,
    FILLERS,
    MARKUPS,
    NEXT,
    NO_NEXT,
    ZERO_HEADING,
    ids,
    new_card,
    newest_card,
    old_card,
    page,
    parse,
)


def test_filler_cards_are_neither_listings_nor_skipped_rows() -> None:
    result = parse(page(*FILLERS, new_card()))
    assert (len(result.products), result.reading.skipped_rows) == (1, 0)


@MARKUPS
def test_a_card_that_cannot_be_a_listing_is_counted_and_skipped(card: Callable[..., str]) -> None:
    result = parse(page(card(), card("900000000002", title=""), card("x")))
    assert len(result.products) == 1
    assert (result.reading.rows, result.reading.skipped) == (3, {"no_title": 1, "no_id": 1})


def test_cards_outside_the_result_list_are_not_results() -> None:
    carousel = f'<ul class="carousel">{new_card("900000000009")}</ul>'
    nested = f'<li class="srp-river-answer"><ul>{new_card("900000000008")}</ul></li>'
    assert ids(page(nested, new_card(), heading=COUNT_HEADING + carousel)) == ["900000000001"]


@pytest.mark.parametrize(
    "heading",
    [
        ZERO_HEADING,
        "<h3 class='srp-save-null-search__heading'>No exact matches found</h3>",
        "<h2>0 results found for lamp</h2>",
        "<h1>0 Ergebnisse für lamp</h1>",
    ],
)
@pytest.mark.parametrize("rows", [(), FILLERS, (new_card(),)])
def test_a_heading_that_says_nothing_was_found_is_a_true_zero(heading: str, rows: tuple[str, ...]) -> None:
    result = parse(page(*rows, heading=heading))
    assert (result.products, result.last) == ([], True)


def test_a_listing_titled_like_a_zero_heading_does_not_empty_the_page() -> None:
    card = (
        old_card()
        .replace('<span role="heading">', "<h3>")
        .replace("Invented Brass Lamp</span>", "No results found, print</h3>")
    )
    assert ids(page(card)) == ["900000000001"]


@pytest.mark.parametrize(
    "html",
    [
        "",
        "Too Many Requests",
        BLOCK_PAGE,
        '<html><body><script src="/sensor.js"></script></body></html>',
        page(heading=COUNT_HEADING),
        page(*FILLERS),
        page("<li>one</li>"),
        page(new_card(title="")),
        "<h1>10 results</h1>",
        '{"results": []}',
    ],
)
def test_a_page_with_neither_results_nor_a_zero_heading_is_a_failure_and_never_a_zero(html: str) -> None:
    with pytest.raises(BadAnswer):
        parse(html)


@pytest.mark.parametrize(("pagination", "last"), [(NEXT, False), (NO_NEXT, True), ("", True)])
def test_the_next_link_says_whether_a_page_follows(pagination: str, last: bool) -> None:
    assert parse(page(new_card(), pagination=pagination)).last is last


@pytest.mark.parametrize("wrapper", ["li", "div", "section"])
def test_the_newest_cards_are_found_whatever_stands_around_them(wrapper: str) -> None:
    river = (
        f'<main class="srp-river-main"><div class="bQGD"><div class="a8kr">{newest_card(wrapper=wrapper)}</div></div>'
    )
    assert ids(f"<body>{COUNT_HEADING}{river}</main></body>") == ["900000000001"]


def test_cards_of_three_markups_in_one_list_are_all_read_in_order() -> None:
    cards = [new_card("900000000001"), newest_card("900000000002"), old_card("900000000003")]
    result = parse(page(*cards, cards[0]))
    assert [listing.product_id for listing in result.products] == [
        "900000000001", "900000000002", "900000000003", "900000000001"
    ]  # fmt: skip
    assert (result.reading.rows, result.reading.skipped_rows, result.reading.pages_in_part) == (4, 0, 0)


@EVERY_MARKUP
def test_placeholder_links_cost_no_listing_whose_card_carries_its_id(card: Callable[..., str]) -> None:
    own = f'<li data-listingid="900000000001" {card()[3:]}'.replace("/itm/900000000001", "/itm/123456")
    filler = card("123456", title="Acheter sur eBay").replace("/itm/123456", "/itm/123456?itmmeta=INVENTED")
    result = parse(page(filler, own))
    assert [(listing.product_id, listing.url) for listing in result.products] == [
        ("900000000001", "https://www.ebay.com/itm/900000000001")
    ]
    assert result.reading.skipped_rows == 0


@EVERY_MARKUP
def test_a_card_with_no_id_but_the_placeholders_is_counted_as_skipped(card: Callable[..., str]) -> None:
    lost = card().replace("/itm/900000000001", "/itm/123456").replace("data-listingid", "data-x")
    result = parse(page(card("900000000002"), lost))
    assert (len(result.products), result.reading.skipped) == (1, {"no_id": 1})


def test_the_advertisement_with_an_invented_id_of_its_own_is_no_row() -> None:
    filler = newest_card("2500219655424533", title="Invented words of eBay").replace(
        "/itm/2500219655424533", "/itm/123456"
    )
    assert parse(page(filler, new_card())).reading.rows == 1


@pytest.mark.parametrize("heading", ["0 results", "0 Ergebnisse für lamp", "lampの検索結果 0件", "lamp 검색결과 0개"])
def test_the_count_above_the_rows_says_zero_in_any_language(heading: str) -> None:
    assert ids(page(new_card(), heading=f'<h1 class="srp-controls__count-heading">{heading}</h1>')) == []


@pytest.mark.parametrize("heading", ["10 results for 0 lamp", "1,200+ results", "0.5 mm lampの検索結果 1,200件"])
def test_a_zero_in_the_query_is_no_count(heading: str) -> None:
    assert len(ids(page(new_card(), heading=f'<h1 class="srp-controls__count-heading">{heading}</h1>'))) == 1


@EVERY_MARKUP
def test_a_layout_that_nobody_knows_is_named_as_such(card: Callable[..., str]) -> None:
    unknown = [f'<li class="n3w" data-listingid="90000000000{n}"><b>Lamp {n}</b></li>' for n in range(1, 8)]
    with pytest.raises(BadAnswer, match="unknown layout: 7 rows with listing ids"):
        parse(page(*unknown))
    with pytest.raises(BadAnswer, match="unknown layout: 1 rows with listing ids"):
        parse(page(card(title="")))


def test_a_block_page_is_not_called_a_layout() -> None:
    with pytest.raises(BadAnswer, match="block page"):
        parse(BLOCK_PAGE)


def test_a_page_that_loses_more_than_a_fifth_of_its_rows_is_read_in_part() -> None:
    whole = [new_card(str(900000000000 + number)) for number in range(8)]
    unknown = [f'<li class="n3w" data-listingid="91000000000{n}">Lamp</li>' for n in range(1, 4)]
    assert not parse(page(*whole, *unknown[:2])).reading.pages_in_part
    assert parse(page(*whole, *unknown)).reading.pages_in_part
    assert parse(page(*(card.replace("s-card__price", "n3w") for card in whole))).reading.pages_in_part


def test_a_page_on_which_no_card_names_a_seller_is_marked() -> None:
    assert parse(page(new_card(seller=""), old_card("900000000002", seller=""))).reading.pages_without_seller == 1
    assert parse(page(new_card(seller=""), old_card("900000000002"))).reading.pages_without_seller == 0


def test_a_page_nested_too_deeply_is_refused() -> None:
    with pytest.raises(BadAnswer):
        parse(f'<ul class="srp-results">{"<div>" * 20_000}{new_card()}')
