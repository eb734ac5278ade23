"""What a row of Amazon's search says of the price: to the cent, or not at all."""

import json

import pytest

from dropship_pipeline.marketplaces.amazon.rainforest import parse_page
from dropship_pipeline.models import ApiAnswer, Money
from dropship_pipeline_tests.unit.rainforest_rows import only, search_answer, search_row


def test_an_integer_price_of_150_is_150_dollars() -> None:
    assert only(search_row(price={"value": 150, "currency": "USD", "raw": "$150"})).price == Money(15000, "USD")


def test_without_price_the_primary_of_prices_counts() -> None:
    prices = [
        {"value": 30, "currency": "USD", "raw": "$30.00", "is_rrp": True},
        {"value": 19.99, "currency": "USD", "raw": "$19.99", "is_primary": True},
    ]
    product = only(search_row(price=..., prices=prices))
    assert (product.price, product.price_raw) == (Money(1999, "USD"), "$19.99")


@pytest.mark.parametrize(
    ("price", "raw"),
    [
        ({"from": {"value": 1}, "to": {"value": 2}}, '{"from": {"value": 1}, "to": {"value": 2}}'),
        ({"value": 24.5, "raw": "$24.50"}, "$24.50"),
        ({"value": 12, "currency": "EUR", "raw": "12,00 € – 30,00 €"}, "12,00 € – 30,00 €"),
        ({"value": 20044.7, "currency": "USD", "raw": "2004 4.7 out of 5"}, "2004 4.7 out of 5"),
        ({"value": 3, "currency": "USD", "raw": "MP3"}, "MP3"),
        ({"value": 0.62, "currency": "USD", "raw": "$0.62/Ounce"}, "$0.62/Ounce"),
        ({"value": 33.29, "currency": "USD", "raw": "$33.29/mo"}, "$33.29/mo"),
        ({"value": 33.29, "currency": "EUR", "raw": "33,29 € al mes"}, "33,29 € al mes"),
        ({"value": 22.39, "currency": "USD", "raw": "Join Prime to buy at $22.39"}, "Join Prime to buy at $22.39"),
        ({"value": 12, "currency": "USD", "raw": "€12,00"}, "€12,00"),
        ({"value": -1, "currency": "USD", "raw": "-$1.00"}, "-$1.00"),
        ({"value": 12, "currency": "USD", "raw": "$12.00 - $30.00"}, "$12.00 - $30.00"),
        (24.5, "24.5"),
        ("$24.50", "$24.50"),
    ],
)
def test_a_price_of_unknown_shape_is_none_and_kept_raw(price: object, raw: object) -> None:
    product = only(search_row(price=price))
    assert (product.price, product.price_raw) == (None, raw)


@pytest.mark.parametrize(
    ("price", "cents"),
    [
        ({"value": 20044.7, "currency": "USD", "raw": "$24.99"}, 2499),
        ({"value": 0.62, "currency": "USD", "raw": "$24.99 ($0.62/Ounce)"}, 2499),
        ({"currency": "USD", "raw": "$24.99"}, 2499),
        ({"value": 24.99, "currency": "USD", "raw": "$24.99$24.99"}, 2499),
        ({"value": 1299, "currency": "INR", "raw": "₹1,299"}, 129900),
        ({"value": 123456, "currency": "INR", "raw": "₹1,23,456"}, 12345600),
        ({"value": 1299, "currency": "JPY", "raw": "￥1,299"}, 129900),
        ({"value": 1299.5, "currency": "PLN", "raw": "1 299,50 zł"}, 129950),
        ({"value": 249, "currency": "SEK", "raw": "249 kr", "symbol": "kr"}, 24900),
        ({"value": 24.99, "currency": "USD", "raw": "24.99"}, 2499),
    ],
)
def test_where_value_and_text_disagree_the_one_amount_that_was_written_counts(price: object, cents: int) -> None:
    found = only(search_row(price=price)).price
    assert found is not None
    assert found.cents == cents


@pytest.mark.parametrize(
    ("prices", "cents", "raw"),
    [
        ([{"value": 13.99, "currency": "USD", "raw": "$13.99"}], 1399, "$13.99"),
        (
            [
                {"value": 29.99, "currency": "USD", "raw": "$29.99", "name": "original"},
                {"value": 24.99, "currency": "USD", "raw": "$24.99", "name": "primary"},
            ],
            2499,
            "$24.99",
        ),
        ([{"value": 29.99, "currency": "USD", "raw": "$29.99", "is_rrp": True}], None, "$29.99"),
        (
            [
                {"value": 22.39, "currency": "USD", "raw": "Join Prime to buy at $22.39"},
                {"value": 27.99, "currency": "USD", "raw": "$27.99"},
            ],
            None,
            "Join Prime to buy at $22.39",
        ),
    ],
)
def test_a_row_without_a_price_is_read_from_its_prices_where_one_is_clearly_meant(
    prices: list[object], cents: int | None, raw: str
) -> None:
    product = only(search_row(price=..., prices=prices))
    assert (product.price.cents if product.price else None, product.price_raw) == (cents, raw)


def test_a_nan_costs_one_price_and_not_the_answer() -> None:
    body = json.dumps(search_answer([search_row(price={"value": float("nan"), "currency": "USD"})])).encode()
    assert parse_page(ApiAnswer(200, {}, body), 1, "amazon.com").products[0].price is None


def test_no_float_is_left_where_money_is_made() -> None:
    price = only(search_row(price={"value": 0.29, "currency": "USD"})).price
    assert price == Money(29, "USD")
    assert type(price.cents) is int
