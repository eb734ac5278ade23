"""Prices: to the cent in every notation, or not at all."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.money import MAX_AMOUNT, is_range, money, money_from_object, money_from_text
from dropship_pipeline.models import Money

CENTS = st.integers(min_value=0, max_value=int(MAX_AMOUNT) * 100)


def _point(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d}"


def _comma(cents: int) -> str:
    return _point(cents).translate(str.maketrans(",.", ".,"))


def _spaced(cents: int) -> str:
    return _comma(cents).replace(".", "\u202f")


NOTATIONS = [
    ("com", "USD", lambda cents: f"${_point(cents)}"),
    ("com", "USD", lambda cents: f"US ${_point(cents)}"),
    ("com", "EUR", lambda cents: f"EUR {_comma(cents)}"),
    ("com", "CAD", lambda cents: f"C ${cents // 100}.{cents % 100:02d}"),
    ("co.uk", "GBP", lambda cents: f"£{_point(cents)}"),
    ("com.au", "AUD", lambda cents: f"AU ${_point(cents)}"),
    ("com.au", "AUD", lambda cents: f"${_point(cents)}"),
    ("ca", "CAD", lambda cents: f"C ${_point(cents)}"),
    ("com.sg", "SGD", lambda cents: f"S${_point(cents)}"),
    ("com.my", "MYR", lambda cents: f"RM {_point(cents)}"),
    ("ph", "PHP", lambda cents: f"PHP {_point(cents)}"),
    ("ie", "EUR", lambda cents: f"€{_point(cents)}"),
    ("ch", "CHF", lambda cents: "CHF " + _point(cents).replace(",", "\u2019")),
    ("de", "EUR", lambda cents: f"EUR {_comma(cents)}"),
    ("at", "EUR", lambda cents: f"{_comma(cents)} €"),
    ("fr", "EUR", lambda cents: f"{_spaced(cents)}\xa0EUR"),
    ("it", "EUR", lambda cents: f"EUR\xa0{_comma(cents)}"),
    ("es", "EUR", lambda cents: f"{_comma(cents)} EUR"),
    ("nl", "EUR", lambda cents: f"€ {_comma(cents)}"),
    ("pl", "PLN", lambda cents: f"{_spaced(cents)} zł"),
]


@pytest.mark.parametrize(("tld", "currency", "render"), NOTATIONS)
@given(cents=CENTS)
def test_a_printed_price_is_read_back_to_the_cent(
    tld: str, currency: str, render: Callable[[int], str], cents: int
) -> None:
    assert money_from_text(render(cents), ebay_site(tld)) == Money(cents, currency)


@given(cents=CENTS)
def test_a_json_number_is_read_back_to_the_cent(cents: int) -> None:
    assert money(Decimal(cents).scaleb(-2), "USD") == Money(cents, "USD")


@given(dollars=st.integers(min_value=0, max_value=int(MAX_AMOUNT)))
def test_a_whole_number_is_dollars_and_never_taken_for_cents(dollars: int) -> None:
    assert money_from_object({"value": dollars, "currency": "USD"}) == Money(dollars * 100, "USD")


@given(cents=CENTS)
def test_float_noise_of_a_provider_does_not_cost_the_price(cents: int) -> None:
    noisy = Decimal(cents).scaleb(-2) + Decimal("2e-15")
    assert money(noisy, "USD") == (Money(cents, "USD") if noisy <= MAX_AMOUNT else None)


def test_the_classic_float_artefact_is_19_99() -> None:
    assert money(Decimal("19.990000000000002"), "USD") == Money(1999, "USD")


@pytest.mark.parametrize(
    "amount",
    [True, False, None, "", "free", -1, Decimal("-0.01"), Decimal("NaN"), Decimal("Infinity"), Decimal("9.999"), 9.99,
     [9], {"value": 9}, 10**39, Decimal("1e999999"), Decimal("10000000.01"), "1,234.50", "12 ", "١٢", "9" * 39],
)  # fmt: skip
def test_an_amount_that_is_not_one_sane_number_is_no_price(amount: object) -> None:
    assert money(amount, "USD") is None


@pytest.mark.parametrize("currency", [None, "", "usd", "$", "US $or Best Offer", "USD or Best Offer", "XXX", 840, []])
def test_a_polluted_or_missing_currency_is_no_price(currency: object) -> None:
    assert money(Decimal("39.50"), currency) is None


@pytest.mark.parametrize(
    "value",
    [
        {"from": {"value": 12, "currency": "USD"}, "to": {"value": 30, "currency": "USD"}},
        {"value": 12, "currency": "USD", "from": {"value": 12, "currency": "USD"}},
        {"value": 12, "currency": "USD", "to": {"value": 30, "currency": "USD"}},
        {"value": {"value": 12}, "currency": "USD"},
        {"currency": "USD"},
        [{"value": 12, "currency": "USD"}],
        12,
        None,
    ],
)
def test_a_range_or_an_unknown_shape_is_no_price(value: object) -> None:
    assert money_from_object(value) is None


@pytest.mark.parametrize(
    ("text", "tld", "wanted"),
    [
        ("1,234円", "com", Money(123400, "JPY")),
        ("1,234 円", "com", Money(123400, "JPY")),
        ("￥1,234", "com", Money(123400, "JPY")),
        ("JPY 1.234", "de", Money(123400, "JPY")),
        ("₩12,345", "com", Money(1234500, "KRW")),
        ("12,345원", "com", Money(1234500, "KRW")),
        ("KRW7,559.73", "com", Money(755973, "KRW")),
        ("1 234,50 zł", "com", Money(123450, "PLN")),
        ("HKD 297.54", "com", Money(29754, "HKD")),
        ("USD34.90", "com", Money(3490, "USD")),
        ("R$ 1.234,50", "com", Money(123450, "BRL")),
    ],
)
def test_prices_of_readers_elsewhere_are_read(text: str, tld: str, wanted: Money) -> None:
    assert money_from_text(text, ebay_site(tld)) == wanted


def test_a_yen_sign_before_chinese_readers_is_not_taken_for_yen() -> None:
    assert money_from_text("￥1,234", replace(ebay_site("com"), yen_sign=None)) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$10.00 to $15.00", True),
        ("EUR 10,00 bis EUR 15,00", True),
        ("10,00 - 15,00 €", True),
        ("€ 10,00 tot € 15,00", True),
        ("10,00 EUR à 15,00 EUR", True),
        ("1,000円\uff5e1,500円", True),
        ("£21.97 to £22.97(£21.97/Unit)", True),
        ("$39.50", False),
        ("$39.50 $49.50", False),
        ("$39.50 - 20% off", False),
        ("£21.97 (£2.20/Unit)", False),
    ],
)
def test_a_range_is_told_from_a_price_with_more_beside_it(text: str, wanted: bool) -> None:
    assert is_range(text) is wanted


@pytest.mark.parametrize(
    ("text", "tld"),
    [
        ("$10.00 to $15.00", "com"),
        ("£21.97 to £22.97(£21.97/Unit)", "co.uk"),
        ("US $39.50or Best Offer", "com"),
        ("$39.50 or Best Offer", "com"),
        ("-$4.00", "com"),
        ("$-4.00", "com"),
        ("39.50", "com"),
        ("$", "com"),
        ("", "com"),
        ("$1.234", "com"),
        ("EUR 1,234", "de"),
        ("$1,23,456", "com"),
        ("$12,34,56", "com"),
        ("$19.9924.99", "com"),
        ("$12.00 USD", "com"),
        ("$12.00", "de"),
        ("ab EUR 12,00", "de"),
        ("EUR 12,00 bis EUR 15,00", "de"),
        ("1,200円\uff5e1,500円", "com"),
        ("$12.00/mo", "com"),
        ("$" + "9" * 39, "com"),
        ("x" * 100 + "$9", "com"),
    ],
)
def test_a_text_that_is_not_exactly_one_price_is_no_price(text: str, tld: str) -> None:
    assert money_from_text(text, ebay_site(tld)) is None


def test_a_unit_price_beside_the_price_is_left_out() -> None:
    assert money_from_text("£21.97 (£2.20/Unit)", ebay_site("co.uk")) == Money(2197, "GBP")


@given(text=st.text())
def test_no_text_makes_the_price_parser_fail(text: str) -> None:
    result = money_from_text(text, ebay_site("de"))
    assert result is None or (type(result.cents) is int and 0 <= result.cents <= int(MAX_AMOUNT) * 100)
