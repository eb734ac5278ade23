"""eBay's search page: every markup gives the same listings, and a page without results is never a silent zero."""

from collections.abc import Callable

import pytest

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.models import Listing, Money, Seller
from dropship_pipeline_tests.unit.ebay_pages import (
    BLOCK_PAGE,
    COUNT_HEADING,
    EVERY_MARKUP,
    FEWER_WORDS,
    FILLERS,
    MARKUPS,
    NEXT,
    NO_NEXT,
    ZERO_HEADING,
    ids,
    new_card,
    newest_card,
    notice,
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


def test_filler_cards_are_neither_listings_nor_skipped_rows() -> None:
    result = parse(page(*FILLERS, new_card()))
    assert (len(result.products), result.skipped_rows) == (1, 0)


@MARKUPS
def test_a_card_that_cannot_be_a_listing_is_counted_and_skipped(card: Callable[..., str]) -> None:
    result = parse(page(card(), card("900000000002", title=""), card("x")))
    assert len(result.products) == 1
    assert (result.reading.rows, result.reading.skipped) == (3, {"no_title": 1, "no_id": 1})


@MARKUPS
def test_the_length_of_a_title_is_no_reason_to_lose_a_listing(card: Callable[..., str]) -> None:
    title = "Invented Lamp " * 12 + "(For: 2015 Invented Car)"
    assert only(card(title=title)).title == title


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
    assert ids(page(card("900000000001"), separator, card("900000000002"))) == ["900000000001"]


def test_only_rows_that_match_fewer_words_means_nothing_was_found() -> None:
    assert ids(page(FEWER_WORDS, new_card())) == []


def test_pages_after_the_separator_are_not_paid_for() -> None:
    assert parse(page(new_card(), FEWER_WORDS, old_card("900000000002"), pagination=NEXT)).last


def test_a_seller_link_that_is_no_address_is_no_seller() -> None:
    assert only(new_card(seller="<a href='http://[x/?_ssn=a'>Visit</a>")).seller is None


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


def test_a_card_of_the_newest_markup_is_read_field_by_field() -> None:
    assert only(newest_card()) == only(new_card())


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
    assert (result.reading.rows, result.skipped_rows, result.read_in_part) == (4, 0, False)


@EVERY_MARKUP
def test_placeholder_links_cost_no_listing_whose_card_carries_its_id(card: Callable[..., str]) -> None:
    own = f'<li data-listingid="900000000001" {card()[3:]}'.replace("/itm/900000000001", "/itm/123456")
    filler = card("123456", title="Acheter sur eBay").replace("/itm/123456", "/itm/123456?itmmeta=INVENTED")
    result = parse(page(filler, own))
    assert [(listing.product_id, listing.url) for listing in result.products] == [
        ("900000000001", "https://www.ebay.com/itm/900000000001")
    ]
    assert result.skipped_rows == 0


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


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Including results for brass lamp", "spelling"),
        ("Einschließlich Ergebnisse für Messinglampe", "spelling"),
        ("We've streamlined your results to show you the best listings.", "streamlined"),
        ("Uprościliśmy wyniki", "streamlined"),
        ("Wij verzinnen hier iets nieuws", "unknown"),
        ("Fewer results than you hoped for? Save this search.", "unknown"),
        ("Try fewer words", "unknown"),
    ],
)
@EVERY_MARKUP
def test_a_notice_that_does_not_end_the_matches_costs_no_row_and_is_counted(
    card: Callable[..., str], words: str, kind: str
) -> None:
    between = parse(page(card("900000000001"), notice(words), card("900000000002"), pagination=NEXT))
    assert (len(between.products), between.reading.notices, between.last) == (2, {kind: 1}, False)
    assert len(parse(page(notice(words), card(), notice(words))).products) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Results matching fewer words", "Ergebnisse für weniger Suchbegriffe",
        "Résultats correspondant à moins de mots",
        "Risultati corrispondenti a meno parole", "Resultados que coinciden con menos palabras",
        "Resultaten met minder woorden", "Wyniki pasujące do mniejszej liczby słów",
        "Resultados correspondentes a menos palavras", "より少ない単語に一致する結果", "더 적은 단어와 일치하는 결과",
        "匹配较少字词的结果", "符合較少字詞的結果",
    ],
)  # fmt: skip
def test_fewer_words_end_the_matches_in_every_language_and_above_the_rows_they_mean_none(words: str) -> None:
    between = parse(page(new_card(), notice(words), newest_card("900000000002"), pagination=NEXT), "de")
    assert ([listing.product_id for listing in between.products], between.last) == (["900000000001"], True)
    above = parse(page(notice(words), new_card(), pagination=NEXT), "de")
    assert (above.products, above.last, above.reading.rows) == ([], True, 0)


@pytest.mark.parametrize(
    "words",
    [
        "No exact matches found", "Keine exakten Treffer gefunden", "Aucun résultat correspondant n'a été trouvé",
        "Nessuna corrispondenza esatta trovata", "No se encontraron coincidencias exactas",
        "Geen exacte overeenkomsten gevonden", "Nie znaleziono dokładnych dopasowań",
        "Nenhuma correspondência exata encontrada", "完全に一致する結果は見つかりませんでした",
        "정확히 일치하는 결과가 없습니다", "未找到完全匹配的结果", "找不到完全相符的結果",
    ],
)  # fmt: skip
def test_no_exact_match_above_substitutes_means_none_and_below_rows_it_ends_them(words: str) -> None:
    assert ids(page(notice(words), new_card(), old_card("900000000002"))) == []
    assert ids(page(f"<p>{words}</p>", new_card())) == []
    assert ids(page(new_card(), notice(words), old_card("900000000002"))) == ["900000000001"]


def test_what_a_box_introduces_is_read_like_a_list_of_its_own() -> None:
    inner = f'<ul class="srp-results">{new_card("900000000002")}</ul>'
    assert ids(page(new_card(), notice("Results matching fewer words", inner))) == ["900000000001"]
    assert ids(page(new_card(), notice("Including results for lamps", inner))) == ["900000000001", "900000000002"]


def test_words_below_the_results_about_something_else_do_not_end_the_walk() -> None:
    below = "<footer><h2>No results found in your recent searches</h2></footer>"
    assert not parse(page(new_card(), pagination=NEXT + below)).last


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
    assert not parse(page(*whole, *unknown[:2])).read_in_part
    assert parse(page(*whole, *unknown)).read_in_part
    assert parse(page(*(card.replace("s-card__price", "n3w") for card in whole))).read_in_part


def test_a_page_on_which_no_card_names_a_seller_is_marked() -> None:
    assert parse(page(new_card(seller=""), old_card("900000000002", seller=""))).reading.pages_without_seller == 1
    assert parse(page(new_card(seller=""), old_card("900000000002"))).reading.pages_without_seller == 0


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


def test_a_page_nested_too_deeply_is_refused() -> None:
    with pytest.raises(BadAnswer):
        parse(f'<ul class="srp-results">{"<div>" * 20_000}{new_card()}')
