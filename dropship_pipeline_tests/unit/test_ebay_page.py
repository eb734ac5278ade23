"""eBay's search page: both markups give the same listings, and a page without results is never a silent zero."""

from collections.abc import Callable

import pytest

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.paging import ResultPage
from dropship_pipeline.models import Listing, Money, Seller
from dropship_pipeline_tests.unit.ebay_pages import (
    BLOCK_PAGE,
    COUNT_HEADING,
    FEWER_WORDS,
    FILLERS,
    NEXT,
    NO_NEXT,
    ZERO_HEADING,
    new_card,
    old_card,
    page,
)
from dropship_pipeline_tests.unit.marketplace_fakes import html_answer

US = ebay_site("com")
MARKUPS = pytest.mark.parametrize("card", [new_card, old_card])


def _parse(html: str, tld: str = "com") -> ResultPage[Listing]:
    return parse_search_page(html_answer(html), ebay_site(tld))


def _only(card: str, tld: str = "com") -> Listing:
    (listing,) = _parse(page(card), tld).products
    return listing


def _ids(html: str) -> list[str]:
    return [listing.product_id for listing in _parse(html).products]


@pytest.mark.parametrize(
    ("card", "image", "shipping_raw"),
    [(new_card, "s-l500.webp", "Free delivery"), (old_card, "s-l225.webp", "Free shipping")],
)
def test_a_full_card_is_read_field_by_field(card: Callable[..., str], image: object, shipping_raw: str) -> None:
    assert _only(card()) == Listing(
        platform="ebay",
        product_id="900000000001",
        title="Invented Brass Lamp",
        url="https://www.ebay.com/itm/900000000001",
        price=Money(3950, "USD"),
        price_raw="$39.50",
        image_url=f"https://i.ebayimg.com/images/g/INVENTED01/{image}",
        condition="Brand New",
        shipping=Money(0, "USD"),
        shipping_raw=shipping_raw,
        seller=Seller("invented_lamps", 99.1, 1500),
    )


def test_a_card_without_a_listing_id_takes_it_from_its_link() -> None:
    assert _only(new_card().replace("data-listingid=900000000001", "")).product_id == "900000000001"


@MARKUPS
def test_the_link_and_currency_follow_the_site(card: Callable[..., str]) -> None:
    listing = _only(card().replace("$39.50", "£21.97"), "co.uk")
    assert (listing.url, listing.price) == ("https://www.ebay.co.uk/itm/900000000001", Money(2197, "GBP"))


@MARKUPS
def test_new_listing_is_not_part_of_the_title(card: Callable[..., str]) -> None:
    highlighted = '<span class="LIGHT_HIGHLIGHT">New Listing</span>Invented Brass Lamp'
    assert _only(card(title=highlighted)).title == "Invented Brass Lamp"


@pytest.mark.parametrize(
    "card",
    [
        old_card(price='$10.00<span class="DEFAULT"> to </span>$15.00'),
        new_card(price='<span class="s-card__price">$10.00 to $15.00</span>'),
        new_card(
            price='<span class="s-card__price">$10.00</span><span class="s-card__price"> to </span>'
            '<span class="s-card__price">$15.00</span>'
        ),
    ],
)
def test_a_price_range_is_no_price_and_kept_raw(card: str) -> None:
    listing = _only(card)
    assert (listing.price, listing.price_raw) == (None, "$10.00 to $15.00")


def test_a_range_with_a_unit_price_is_no_price() -> None:
    assert _only(new_card(price='<span class="s-card__price">£21.97 to £22.97(£21.97/Unit)</span>')).price is None


def test_a_card_without_a_price_is_a_listing_without_a_price() -> None:
    listing = _only(new_card(price=""))
    assert (listing.price, listing.price_raw) == (None, None)


@pytest.mark.parametrize(
    ("card", "cost", "raw"),
    [
        (
            new_card(attributes=("or Best Offer", "+$4.50 delivery", "Free returns")),
            Money(450, "USD"),
            "+$4.50 delivery",
        ),
        (new_card(attributes=("Free returns",)), None, None),
        (new_card(attributes=("Delivery by Friday", "Free delivery")), Money(0, "USD"), "Free delivery"),
        (new_card(attributes=("Shipping not specified",)), None, "Shipping not specified"),
        (
            old_card(shipping='<span class="s-item__shipping">+$4.50 shipping</span>'),
            Money(450, "USD"),
            "+$4.50 shipping",
        ),
        (
            old_card(shipping='<span class="s-item__freeXDays">Free 3 day shipping</span>'),
            Money(0, "USD"),
            "Free 3 day shipping",
        ),
        (old_card(shipping=""), None, None),
    ],
)
def test_shipping_is_read_from_its_own_line_and_absent_is_not_free(card: str, cost: Money | None, raw: object) -> None:
    listing = _only(card)
    assert (listing.shipping, listing.shipping_raw) == (cost, raw)


@pytest.mark.parametrize(
    ("subtitles", "condition"),
    [
        (("Brand New",), "Brand New"),
        (("Brand New · Brass · E27",), "Brand New"),
        (("Ships same day!", "Pre-Owned"), "Pre-Owned"),
        (("Pre-Owned · Model 3", "Best lamp in town"), "Pre-Owned"),
        (("Excellent - Refurbished",), "Excellent - Refurbished"),
        ((), None),
    ],
)
def test_the_condition_is_told_from_the_sellers_own_subtitle(subtitles: tuple[str, ...], condition: str | None) -> None:
    assert _only(new_card(subtitles=subtitles)).condition == condition


@pytest.mark.parametrize(
    ("card", "seller"),
    [
        (
            new_card(seller="<span>big.store </span><span>98,7% positiv (154.8K)</span>"),
            Seller("big.store", 98.7, 154800),
        ),
        (
            new_card(seller="<span>Lamps (and more) </span><span>100% positive (7)</span>"),
            Seller("Lamps (and more)", 100.0, 7),
        ),
        (new_card(seller="<span>Authenticity Guarantee</span>"), None),
        (new_card(seller=""), None),
        (new_card(seller='<a href="/sch/i.html?_nkw=&_ssn=linked_store">Visit</a>'), Seller("linked_store")),
        (old_card(seller='<span class="s-item__seller-info-text">a_b (1,204) 99.5%</span>'), Seller("a_b", 99.5, 1204)),
        (old_card(seller='<span class="s-item__etrs"></span>'), None),
    ],
)
def test_the_seller_is_read_with_feedback_or_not_invented(card: str, seller: Seller | None) -> None:
    assert _only(card).seller == seller


@pytest.mark.parametrize("place", ["s-card__footer", "s-card__program-badge-container--sellerOrStoreInfo"])
def test_the_seller_is_found_in_the_other_places_it_is_put(place: str) -> None:
    card = new_card(seller="").replace("</li>", f'<div class="{place}">shop_x 97.5% positive (88)</div></li>')
    assert _only(card).seller == Seller("shop_x", 97.5, 88)


@pytest.mark.parametrize(
    ("image", "url"),
    [
        (
            'src="https://ir.ebaystatic.com/cr/v/c1/s_1x2.gif" data-src="https://i.ebayimg.com/a.webp"',
            "https://i.ebayimg.com/a.webp",
        ),
        (
            'src="https://ir.ebaystatic.com/x.gif" data-defer-load="https://i.ebayimg.com/b.webp"',
            "https://i.ebayimg.com/b.webp",
        ),
        ('src="https://ir.ebaystatic.com/x.gif"', None),
        ('src="https://cdn.example/cr/v/c1/s_1x2.gif"', None),
        ('src="data:image/gif;base64,R0"', None),
        ("src", None),
    ],
)
@MARKUPS
def test_a_lazy_image_is_found_and_a_placeholder_is_none(card: Callable[..., str], image: object, url: object) -> None:
    assert _only(card(image=image)).image_url == url


def test_a_badge_in_a_card_is_not_its_picture() -> None:
    badge = '<img src="https://i.ebayimg.com/badge.png"><span>invented_lamps </span><span>99.1% positive (1.5K)</span>'
    listing = _only(new_card(image="", seller=badge))
    assert (listing.image_url, listing.seller) == (None, Seller("invented_lamps", 99.1, 1500))


def test_filler_cards_are_neither_listings_nor_skipped_rows() -> None:
    result = _parse(page(*FILLERS, new_card()))
    assert (len(result.products), result.skipped_rows) == (1, 0)


@MARKUPS
def test_a_card_that_cannot_be_a_listing_is_counted_and_skipped(card: Callable[..., str]) -> None:
    result = _parse(page(card(), card("900000000002", title=""), card("900000000003", title="Lamp " * 40), card("x")))
    assert (len(result.products), result.skipped_rows) == (1, 3)


@pytest.mark.parametrize(
    "separator",
    [
        FEWER_WORDS,
        "<li><div><h3>Results matching fewer words</h3></div></li>",
        '<div class="notice">Results matching fewer words</div>',
    ],
)
@MARKUPS
def test_rows_that_match_fewer_words_are_not_results(card: Callable[..., str], separator: str) -> None:
    assert _ids(page(card("900000000001"), separator, card("900000000002"))) == ["900000000001"]


def test_only_rows_that_match_fewer_words_means_nothing_was_found() -> None:
    assert _ids(page(FEWER_WORDS, new_card())) == []


def test_pages_after_the_separator_are_not_paid_for() -> None:
    assert _parse(page(new_card(), FEWER_WORDS, old_card("900000000002"), pagination=NEXT)).last


def test_a_seller_link_that_is_no_address_is_no_seller() -> None:
    assert _only(new_card(seller="<a href='http://[x/?_ssn=a'>Visit</a>")).seller is None


def test_cards_outside_the_result_list_are_not_results() -> None:
    carousel = f'<ul class="carousel">{new_card("900000000009")}</ul>'
    nested = f'<li class="srp-river-answer"><ul>{new_card("900000000008")}</ul></li>'
    assert _ids(page(nested, new_card(), heading=COUNT_HEADING + carousel)) == ["900000000001"]


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
    result = _parse(page(*rows, heading=heading))
    assert (result.products, result.last) == ([], True)


def test_a_listing_titled_like_a_zero_heading_does_not_empty_the_page() -> None:
    card = (
        old_card()
        .replace('<span role="heading">', "<h3>")
        .replace("Invented Brass Lamp</span>", "No results found, print</h3>")
    )
    assert _ids(page(card)) == ["900000000001"]


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
        _parse(html)


@pytest.mark.parametrize(("pagination", "last"), [(NEXT, False), (NO_NEXT, True), ("", True)])
def test_the_next_link_says_whether_a_page_follows(pagination: str, last: bool) -> None:
    assert _parse(page(new_card(), pagination=pagination)).last is last
