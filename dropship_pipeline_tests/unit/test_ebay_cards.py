"""What a card of eBay's search page says of its listing: the same in every markup, and nothing invented."""

from collections.abc import Callable

import pytest
from selectolax.lexbor import LexborHTMLParser

from dropship_pipeline.marketplaces.ebay.parts import parts_of
from dropship_pipeline.models import Listing, Money, Seller
from dropship_pipeline_tests.unit.ebay_pages import (
    EVERY_MARKUP,
    MARKUPS,
    new_card,
    newest_card,
    old_card,
    only,
    page,
    parse,
)


@pytest.mark.parametrize(
    ("card", "image", "shipping_raw"),
    [(new_card, "s-l500.webp", "Free delivery"), (old_card, "s-l225.webp", "Free shipping")],
)
def test_a_full_card_is_read_field_by_field(card: Callable[..., str], image: object, shipping_raw: str) -> None:
    assert only(card()) == Listing(
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


def test_a_comment_in_a_card_plays_no_part() -> None:
    secondary = "su-card-container__attributes__secondary"
    tree = LexborHTMLParser(f"<li><div class={secondary}><!-- seller --><span>invented_lamps</span></div></li>")
    card = tree.css_first("li")
    assert card is not None
    assert {part: [node.tag for node in nodes] for part, nodes in parts_of(card).items()} == {
        "loose_line": ["span"], "seller": ["span"],
    }  # fmt: skip


def test_a_card_without_a_listing_id_takes_it_from_its_link() -> None:
    assert only(new_card().replace("data-listingid=900000000001", "")).product_id == "900000000001"


@MARKUPS
def test_the_link_and_currency_follow_the_site(card: Callable[..., str]) -> None:
    listing = only(card().replace("$39.50", "£21.97"), "co.uk")
    assert (listing.url, listing.price) == ("https://www.ebay.co.uk/itm/900000000001", Money(2197, "GBP"))


@MARKUPS
def test_new_listing_is_not_part_of_the_title(card: Callable[..., str]) -> None:
    highlighted = '<span class="LIGHT_HIGHLIGHT">New Listing</span>Invented Brass Lamp'
    assert only(card(title=highlighted)).title == "Invented Brass Lamp"


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
    listing = only(card)
    assert (listing.price, listing.price_raw) == (None, "$10.00 to $15.00")


def test_a_range_with_a_unit_price_is_no_price() -> None:
    assert only(new_card(price='<span class="s-card__price">£21.97 to £22.97(£21.97/Unit)</span>')).price is None


def test_a_card_without_a_price_is_a_listing_without_a_price() -> None:
    listing = only(new_card(price=""))
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
    listing = only(card)
    assert (listing.shipping, listing.shipping_raw) == (cost, raw)


@pytest.mark.parametrize(
    ("subtitles", "condition"),
    [
        (("Brand New",), "Brand New"),
        (("Brand New · Brass · E27",), "Brand New"),
        (("Ships same day!", "Pre-Owned"), "Pre-Owned"),
        (("Brand New! Best lamp in town", "Pre-Owned · Model 3"), "Pre-Owned"),
        (("Brand New", "Tweedekans"), "Tweedekans"),
        (("Used once", "Brand New", "Business"), "Brand New"),
        (("Brand New", "4.8 out of 5 stars"), "Brand New"),
        (("Brand New", "($1.20/oz)"), "Brand New"),
        (("Excellent - Refurbished",), "Excellent - Refurbished"),
        ((), None),
    ],
)
def test_the_condition_is_told_from_the_sellers_own_subtitle(subtitles: tuple[str, ...], condition: str | None) -> None:
    assert only(new_card(subtitles=subtitles)).condition == condition


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
    assert only(card).seller == seller


@pytest.mark.parametrize("place", ["s-card__footer", "s-card__program-badge-container--sellerOrStoreInfo"])
def test_the_seller_is_found_in_the_other_places_it_is_put(place: str) -> None:
    card = new_card(seller="").replace("</li>", f'<div class="{place}">shop_x 97.5% positive (88)</div></li>')
    assert only(card).seller == Seller("shop_x", 97.5, 88)


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
    assert only(card(image=image)).image_url == url


def test_a_badge_in_a_card_is_not_its_picture() -> None:
    badge = '<img src="https://i.ebayimg.com/badge.png"><span>invented_lamps </span><span>99.1% positive (1.5K)</span>'
    listing = only(new_card(image="", seller=badge))
    assert (listing.image_url, listing.seller) == (None, Seller("invented_lamps", 99.1, 1500))


@MARKUPS
def test_the_length_of_a_title_is_no_reason_to_lose_a_listing(card: Callable[..., str]) -> None:
    title = "Invented Lamp " * 12 + "(For: 2015 Invented Car)"
    assert only(card(title=title)).title == title


def test_a_seller_link_that_is_no_address_is_no_seller() -> None:
    assert only(new_card(seller="<a href='http://[x/?_ssn=a'>Visit</a>")).seller is None


def test_a_card_of_the_newest_markup_is_read_field_by_field() -> None:
    assert only(newest_card()) == only(new_card())


BID = '<span class="s-card__price">$69.99</span>'


@pytest.mark.parametrize(
    ("lines", "price", "bid"),
    [
        (("0 bids · 11h 53m", "+$9 delivery", '<span class="s-card__price">$149.99</span>', "Buy It Now"), 14999, 6999),
        (("3 bids · 2d 3h", "+$27.00 delivery"), None, 6999),
        (("Bids: 3", "Free delivery"), None, 6999),
        (("3 Gebote · Noch 2T 3Std",), None, 6999),
        (("3 bud · 2d 3h",), None, 6999),
        (("入札 3件",), None, 6999),
        (("or Best Offer", "25 watchers"), 6999, None),
        (("Buy It Now",), 6999, None),
        (('<span class="s-card__price strikethrough">$99.99</span>', "Buy It Now"), 6999, None),
    ],
)  # fmt: skip
def test_a_bid_is_not_a_price_and_buy_it_now_beside_it_is(
    lines: tuple[str, ...], price: int | None, bid: int | None
) -> None:
    listing = only(new_card(price=BID, attributes=lines))
    assert (listing.price and listing.price.cents, listing.bid and listing.bid.cents) == (price, bid)
    assert listing.bid_only is (price is None)


def test_what_the_seller_says_about_delivery_is_not_the_cost_of_shipping() -> None:
    listing = only(
        new_card(subtitles=("Another great item | Free delivery", "Brand New"), attributes=("+$4.04 delivery",))
    )
    assert listing.shipping == Money(404, "USD")


def test_a_seller_named_after_shipping_is_not_a_line_about_it() -> None:
    listing = only(new_card(attributes=(), seller="<span>free shipping shop 99.1% positive (1.5K)</span>"))
    assert (listing.shipping, listing.shipping_raw) == (None, None)


def test_a_sentence_before_the_seller_is_not_part_of_the_name() -> None:
    customs = "<span>Customs services provided</span>"
    seller = (
        f'<div>{customs}</div><div class="s-card__program-badge-container--sellerOrStoreInfo">shop_x 97% (88)</div>'
    )
    assert only(newest_card(seller=seller)).seller == Seller("shop_x", 97.0, 88)


@pytest.mark.parametrize(
    "title",
    [
        "<span>Anuncio nuevo</span>Invented Brass Lamp",
        "<span>Nytt objekt</span>Invented Brass Lamp",
        '<span class="LIGHT_HIGHLIGHT">NEUES ANGEBOT</span><span>Invented Brass Lamp</span>',
        "<b>Invented</b> Brass Lamp",
        "Invented <span>Brass</span> Lamp",
    ],
)
@EVERY_MARKUP
def test_a_badge_is_known_by_its_element_and_no_word_of_the_title_is_lost(card: Callable[..., str], title: str) -> None:
    assert only(card(title=title)).title == "Invented Brass Lamp"


@pytest.mark.parametrize(
    "price",
    [
        "$10.75</span><span class=s-card__price> to </span><span class=s-card__price>$30.93",
        "$10.75</span><span> to $30.93",
        "$10.75</span> bis <span class=s-card__price>$30.93",
    ],
)
def test_a_range_in_several_elements_is_no_price(price: str) -> None:
    listing = only(new_card(price=f"<span class=s-card__price>{price}</span>"))
    assert listing.price is None
    assert "30.93" in (listing.price_raw or "")


def test_a_yen_sign_on_a_page_for_chinese_readers_is_no_yen() -> None:
    html = page(new_card(price="<span class=s-card__price>￥1,234</span>"))
    assert parse(html).products[0].price == Money(123400, "JPY")
    assert parse(html.replace("<html>", '<html lang="zh-CN">')).products[0].price is None
