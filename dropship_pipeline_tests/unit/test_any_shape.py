"""Products of other programs: mappings and objects of any shape."""

from typing import Any

import pytest

from dropship_pipeline.models import Money
from dropship_pipeline.storage.products.any_shape import product_of


@pytest.mark.parametrize(
    ("priced", "cents", "raw"),
    [
        ({"price": 19.99, "currency": "USD"}, 1_999, "19.99"),
        ({"price": Money(5, "EUR")}, 5, None),
        ({"price_cents": 250, "currency": "EUR"}, 250, "250"),
        ({"price": "19.99"}, None, "19.99"),
        ({"price": "from 3", "currency": "USD"}, None, "from 3"),
        ({"price": -1, "currency": "USD"}, None, "-1"),
        ({"price": "Infinity", "currency": "USD"}, None, "Infinity"),
        ({"price": True, "currency": "USD"}, None, "True"),
        ({"price": 0.001, "currency": "USD"}, None, "0.001"),
        ({"price": 3, "currency": "dollars"}, None, "3"),
        ({}, None, None),
    ],
)
def test_a_price_of_another_program_is_never_guessed(
    priced: dict[str, Any], cents: int | None, raw: str | None
) -> None:
    read = product_of({"id": 1, "title": "A lamp", **priced}, "amazon")
    assert ((read.price and read.price.cents), read.price_raw) == (cents, raw)
