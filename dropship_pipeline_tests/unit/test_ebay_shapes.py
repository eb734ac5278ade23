"""Cards in shapes that public code met on eBay's pages: with less around them than the whole pages have."""

from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.models import ApiAnswer, Listing, Money

PRICE = "su-styled-text primary bold large-1 s-card__price"


def read(html: str, site: str = "com") -> list[Listing]:
    return list(parse_search_page(ApiAnswer(200, {}, html.encode()), ebay_site(site)).products)


def card(item: int, *inside: str) -> str:
    link = f"<a class=s-card__link href=https://www.ebay.com/itm/{item}?hash=x></a>"
    title = f"<div class=s-card__title><span>Kettle {item}</span><span class=clipped>New Listing</span></div>"
    return f"<li class='s-card s-card--vertical' data-listingid={item}>{link}{title}{''.join(inside)}</li>"


def test_a_list_without_a_page_around_it_is_read_whatever_the_currency() -> None:
    rows = [
        card(366000000001, f"<div><span class='{PRICE}'>ILS 138.31</span></div>"),
        card(366000000002, *(f"<span class='{PRICE}'>{part}</span>" for part in ("ILS 81.50", " to ", "ILS 110.86"))),
    ]
    one, ends = read(f"<ul>{''.join(rows)}</ul>")
    assert (one.price, one.title) == (Money(13831, "ILS"), "Kettle 366000000001")
    assert (ends.price, ends.price_raw) == (None, "ILS 81.50 to ILS 110.86")


def test_the_time_that_is_left_marks_a_bid_where_nothing_stands_in_rows() -> None:
    time_left = "<span>0 bids</span><span class=s-card__time><span class=s-card__time-left>9m</span></span>"
    bid = f"<span class='{PRICE}'>$210.00</span>"
    (auction,) = read(f"<ul>{card(366000000003, bid, time_left)}</ul>")
    assert (auction.price, auction.bid) == (None, Money(21000, "USD"))


def test_a_price_that_is_struck_out_is_none_and_stays_readable() -> None:
    struck = "<span class='positive strikethrough s-card__price'>$45.00</span><span>Best offer accepted</span>"
    (sold,) = read(f"<ul>{card(366000000004, struck)}</ul>")
    assert (sold.price, sold.price_raw) == (None, "$45.00")


def test_a_card_of_the_newest_kind_may_stand_outside_any_list() -> None:
    (item,) = read(
        "<main><div class='su-item-card s-item-card' data-listingid=366000000005>"
        "<a class='su-link su-item-card__title' href=https://www.ebay.co.uk/itm/366000000005>"
        "<span>Kettle 1.7L</span></a><div class=su-item-card__subtitle>Brand New</div>"
        "<span class=su-item-card__price>£24.99</span></div></main>",
        "co.uk",
    )
    assert (item.title, item.price, item.condition) == ("Kettle 1.7L", Money(2499, "GBP"), "Brand New")


def test_what_is_told_to_the_screen_reader_leaves_no_trace_in_a_title_even_as_plain_text() -> None:
    (item,) = read(
        "<ul><li class=s-card><a href='/itm/998877665544?epid=1'>Zum Angebot</a>"
        "<div class=s-card__title>Neues Angebot Wasserkocher Wird in neuem Fenster oder Tab geöffnet</div>"
        "<div class=s-card__price>EUR 1.150,00</div><div class=s-card__subtitle>Gut - Refurbished | Gewerblich</div>"
        "<div class=s-card__attribute-row>+EUR 6,90 · 1-2 Tage Lieferung</div></li></ul>",
        "de",
    )
    assert (item.product_id, item.title, item.price) == ("998877665544", "Wasserkocher", Money(115000, "EUR"))
    assert (item.condition, item.shipping) == ("Gut - Refurbished", Money(690, "EUR"))
