"""eBay's wordings: read to the cent and to the rating, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.marketplaces.ebay.sellers import feedback_count, feedback_percent, seller, seller_in
from dropship_pipeline.marketplaces.ebay.shipping import shipping_cost
from dropship_pipeline.marketplaces.ebay.sites import EbaySite, ebay_site, item_id, item_url
from dropship_pipeline.marketplaces.ebay.titles import clean_title, split_fitment
from dropship_pipeline.models import Money, Seller

US, DE, GB = ebay_site("com"), ebay_site("de"), ebay_site("co.uk")


@pytest.mark.parametrize(
    ("url", "item"),
    [
        ("https://www.ebay.com/itm/900000000001", "900000000001"),
        ("https://www.ebay.com/itm/900000000001?hash=item1:g:abc&amdata=enc", "900000000001"),
        ("https://www.ebay.com/itm/some-title-42/900000000001?x=1", "900000000001"),
        ("https://www.ebay.com/itm/900000000001/", "900000000001"),
        ("/itm/900000000001#tab", "900000000001"),
        ("https://www.ebay.com/itm/some-title-only", None),
        ("https://www.ebay.com/itm/123abc", None),
        ("https://www.ebay.com/p/900000000001", None),
        ("", None),
        (None, None),
        (["https://www.ebay.com/itm/900000000001"], None),
    ],
)
def test_the_item_id_is_found_in_every_form_of_link(url: object, item: str | None) -> None:
    assert item_id(url) == item


def test_the_canonical_link_carries_no_tracking() -> None:
    assert item_url("900000000001", GB) == "https://www.ebay.co.uk/itm/900000000001"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Invented Brass Lamp", "Invented Brass Lamp"),
        ("Invented Brass LampOpens in a new window or tab", "Invented Brass Lamp"),
        ("New ListingInvented Brass Lamp Opens in a new window or tab", "Invented Brass Lamp"),
        ("New Listing Invented  Brass\u00a0Lamp", "Invented Brass Lamp"),
        ("Lamp &amp; Shade", "Lamp & Shade"),
        ("x" * 200, "x" * 200),
        ("Anuncio nuevoLámpara inventada", "Lámpara inventada"),
        ("NEUES ANGEBOT Erfundene Lampe", "Erfundene Lampe"),
        ("新規出品 架空のランプ", "架空のランプ"),
        ("Erfundene Lampe Wird in neuem Fenster oder Tab geöffnet", "Erfundene Lampe"),
        ("New Listings, a poster", "New Listings, a poster"),
        ("  ", None),
        ("New Listing", None),
        (None, None),
        (7, None),
    ],
)
def test_a_title_loses_what_the_page_adds_and_nothing_else(written: object, title: str | None) -> None:
    assert clean_title(written) == title


@pytest.mark.parametrize(
    ("written", "site", "cost"),
    [
        ("Free delivery", US, Money(0, "USD")),
        ("Free shipping", US, Money(0, "USD")),
        ("Free International Shipping", US, Money(0, "USD")),
        ("Free 3 day delivery", US, Money(0, "USD")),
        ("FREE", US, Money(0, "USD")),
        ("Kostenloser Versand", DE, Money(0, "EUR")),
        ("Gratis Versand", DE, Money(0, "EUR")),
        (0, US, Money(0, "USD")),
        (Decimal("0.0"), US, Money(0, "USD")),
        ("0", US, Money(0, "USD")),
        ("$0.00", US, Money(0, "USD")),
        ("+$4.50 delivery", US, Money(450, "USD")),
        ("+$4.50 shipping estimate", US, Money(450, "USD")),
        ("+$1,004.50 delivery in 2-4 days", US, Money(100450, "USD")),
        ("$4.50", US, Money(450, "USD")),
        ("+£3.10 postage", GB, Money(310, "GBP")),
        ("+EUR 4,50 Versand", DE, Money(450, "EUR")),
        ("+4,50 EUR für den Versand", DE, Money(450, "EUR")),
        ("+4,50 EUR de frais de livraison", ebay_site("fr"), Money(450, "EUR")),
        ("+EUR 4,99 · 2-4 Tage Lieferung", DE, Money(499, "EUR")),
        ("+ ca. EUR 12,96 Versand", DE, Money(1296, "EUR")),
        ("Gratisversand", DE, Money(0, "EUR")),
        ("+USD34.47 por el envío", US, Money(3447, "USD")),
        ("Envío internacional gratis", US, Money(0, "USD")),
        ("+ $23.91 postage estimate", US, Money(2391, "USD")),
        ("Livraison : 3,50 EUR", ebay_site("fr"), Money(350, "EUR")),
        ("Spedizione gratuita", ebay_site("it"), Money(0, "EUR")),
        ("+ 12,00 zł za dostawę", ebay_site("pl"), Money(1200, "PLN")),
        ("Frete grátis", US, Money(0, "USD")),
        ("+1,200円 送料", US, Money(120000, "JPY")),
        ("送料無料", US, Money(0, "USD")),
        ("+₩3,000 배송비", US, Money(300000, "KRW")),
        ("무료 국제 배송", US, Money(0, "USD")),
        ("+US $3.00 运费", US, Money(300, "USD")),
        ("免费国际配送", US, Money(0, "USD")),
    ],
)
def test_shipping_is_free_only_where_it_says_so_and_else_read_to_the_cent(
    written: object, site: EbaySite, cost: Money | None
) -> None:
    assert shipping_cost(written, site, None) == cost


@pytest.mark.parametrize(
    "written",
    [
        None, "", "Freight", "Free returns", "Free local pickup", "Free collection in person", "Shipping not specified",
        "Free shipping on 2 or more", "Free delivery over $35", "Kostenlose Lieferung ab 29 €", "2-4 Tage Lieferung",
        "Kostenloser Rückversand", "Calculated", "+$4.50 to $9.00 delivery", [], {}, True,
        False, -1, Decimal("4.99"),
    ],
)  # fmt: skip
def test_shipping_that_is_absent_or_unclear_is_not_free(written: object) -> None:
    assert shipping_cost(written, US, None) is None


def test_a_bare_number_is_in_the_currency_of_the_price_beside_it() -> None:
    assert shipping_cost(Decimal("4.99"), US, "CAD") == Money(499, "CAD")


@pytest.mark.parametrize(
    ("written", "count"),
    [
        (0, 0), (1520, 1520), (Decimal("1520.0"), 1520), ("88", 88), ("1,204", 1204), ("1.204", 1204), ("1 204", 1204),
        ("1,204,567", 1204567), ("4.2K", 4200), ("4,2K", 4200), ("154.8K", 154800), ("1.2M", 1200000), ("3k", 3000),
    ],
)  # fmt: skip
def test_feedback_counts_are_read_in_every_form(written: object, count: int) -> None:
    assert feedback_count(written) == count


@pytest.mark.parametrize(
    "written",
    [None, "", "many", "-5", -5, "12,04", "1,204K", "4.2", Decimal("4.2"), True, [], "9" * 40, 10**12, "9999M", "(88)"],
)
def test_anything_else_is_no_feedback_count(written: object) -> None:
    assert feedback_count(written) is None


@given(count=st.integers(min_value=0, max_value=2_000_000_000))
def test_a_grouped_count_is_read_back(count: int) -> None:
    assert feedback_count(f"{count:,}") == feedback_count(str(count)) == feedback_count(count) == count


@given(tenths=st.integers(min_value=1, max_value=99_999))
def test_a_count_in_thousands_is_read_back(tenths: int) -> None:
    assert feedback_count(f"{tenths // 10}.{tenths % 10}K") == tenths * 100


@pytest.mark.parametrize(
    ("written", "percent"),
    [
        (Decimal("99.1"), 99.1), (100, 100.0), (0, 0.0), ("97.4", 97.4), ("99,3%", 99.3), ("99.4 %", 99.4),
        ("99.4% positive", 99.4), ("99,3% positiv", 99.3), ("101", None), (-1, None), (101, None), ("good", None),
        (None, None), (True, None), (Decimal("NaN"), None),
    ],
)  # fmt: skip
def test_feedback_percent_is_between_0_and_100_or_nothing(written: object, percent: float | None) -> None:
    assert feedback_percent(written) == percent


@pytest.mark.parametrize("name", [None, "", " \u00a0", 42, ["a"]])
def test_a_row_without_a_seller_name_has_no_seller(name: object) -> None:
    assert seller(name, "99", "5") is None


def test_a_seller_keeps_the_name_where_the_feedback_cannot_be_read() -> None:
    assert seller(" sim_lamps_co ", "?", "?") == Seller("sim_lamps_co", None, None)


def test_an_unknown_site_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"co\.uk"):
        ebay_site("example")


@pytest.mark.parametrize(
    ("title", "compared", "fitment"),
    [
        ("Invented Brake Pads (For: 2015 Invented Car)", "Invented Brake Pads", "For: 2015 Invented Car"),
        (
            "Erfundene Bremsbeläge (Passend für: Erfundenes Auto)",
            "Erfundene Bremsbeläge",
            "Passend für: Erfundenes Auto",
        ),
        ("Invented Lamp (Size: L)", "Invented Lamp (Size: L)", None),
        ("Invented Lamp (for kitchens)", "Invented Lamp (for kitchens)", None),
        ("(For: nothing else)", "(For: nothing else)", None),
    ],
)
def test_the_fitment_that_ebay_appends_is_kept_apart_from_what_is_compared(
    title: str, compared: str, fitment: str | None
) -> None:
    assert split_fitment(title) == (compared, fitment)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("sim_lamps 99,1% positiv (1.204)", Seller("sim_lamps", 99.1, 1204)),
        ("sim_lamps 98,5% positivo (1,6M)", Seller("sim_lamps", 98.5, 1600000)),
        ("sim_lamps 99,1% d'évaluations positives (1 204)", Seller("sim_lamps", 99.1, 1204)),
        ("sim_lamps 99.1% 好評価 (1.2万)", Seller("sim_lamps", 99.1, 12000)),
        ("sim_lamps 好评率 99.1%\uff081,204\uff09", Seller("sim_lamps", 99.1, 1204)),
        ("Lamps & more (1,204) 100%", Seller("Lamps & more", 100.0, 1204)),
        ("Save up to 20% off (3 left)", None),
        ("Authenticity Guarantee", None),
    ],
)
def test_sellers_are_read_in_every_language(line: str, wanted: Seller | None) -> None:
    assert seller_in([line]) == wanted
