"""Reads a product of any shape: a `Product`, or a mapping or an object of somebody else's program. No SQL."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import partial

from dropship_pipeline.errors import StoreError
from dropship_pipeline.models import Money, Platform, Product
from dropship_pipeline.storage.database.connection import storable

# What a product may be called by: the first that it has.
_NAMES = ("id", "sku", "product_id")
# The id is part of a key, whose entries in the index are short.
MAX_ID_BYTES = 1_000
_MOST_CENTS = 2**63 - 1
_CURRENCY = re.compile("[A-Z]{3}")
_HUNDREDTHS = 100


def name_of(product: object) -> str | None:
    """What a product is called in logs and records: its `id`, else its `sku`, else its `product_id`."""
    name = _part(product, *_NAMES)
    return None if name is None else str(name)


def title_of(product: object) -> str:
    """A product's title on one line, empty if it has none."""
    title = _part(product, "title")
    return " ".join(storable(title).split()) if isinstance(title, str) else ""


def product_of(product: object, platform: Platform) -> Product:
    """Read a product that is to be stored.

    Args:
        product: a `Product`, which is returned as it is; or a mapping or object with `id`, `sku` or `product_id`, and
            `title`. Further keys that are read, each of them optional: `url` or `link`; `image_url` or `image`;
            `category`; `query`; `price` (a `Money`, or a number or text in units of `currency`) or `price_cents`,
            which both count only beside a `currency` (ISO 4217).
        platform: where it is from.

    Raises:
        StoreError: it has no id, or no title, or the id is too long.
    """
    name = name_of(product)
    product_id = " ".join(storable(name).split()) if name is not None else ""
    if len(product_id.encode()) > MAX_ID_BYTES:
        raise StoreError(product_id[:100], f"the id has more than {MAX_ID_BYTES:,} bytes", kind="product_invalid")
    if isinstance(product, Product):
        return product
    title = title_of(product)
    if not product_id or not title:
        missing = "title" if product_id else "id, sku or product_id"
        raise StoreError(product_id, f"the product ({type(product).__name__}) has no {missing}", kind="product_invalid")
    price, price_raw = _price(product)
    return Product(
        platform=platform,
        product_id=product_id,
        title=title,
        url=_text(product, "url", "link") or "",
        price=price,
        price_raw=price_raw,
        image_url=_text(product, "image_url", "image"),
        category=_text(product, "category"),
        query=_text(product, "query"),
    )


def _part(product: object, *names: str) -> object:
    """The first of these keys or attributes that a product has, None if it has none."""
    read = product.get if isinstance(product, Mapping) else partial(getattr, product)
    found = (read(name, None) for name in names)
    return next((value for value in found if value is not None), None)


def _text(product: object, *names: str) -> str | None:
    value = _part(product, *names)
    return storable(value).strip() or None if isinstance(value, str) else None


def _price(product: object) -> tuple[Money | None, str | None]:
    """The price, and how it was written; nothing is guessed where the currency is not said."""
    price, cents, currency = _part(product, "price"), _part(product, "price_cents"), _part(product, "currency")
    if isinstance(price, Money):
        return price, None
    written = price if price is not None else cents
    raw = None if written is None else storable(str(written))[:200]
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        return None, raw
    amount = _decimal(cents) if cents is not None else _decimal(price) * _HUNDREDTHS
    whole = amount.is_finite() and amount == amount.to_integral_value() and 0 <= amount <= _MOST_CENTS
    return (Money(int(amount), currency) if whole else None), raw


def _decimal(value: object) -> Decimal:
    """A number or the text of one; not a number otherwise."""
    if isinstance(value, bool):
        return Decimal("nan")
    try:
        return Decimal(str(value).strip())
    except InvalidOperation:
        return Decimal("nan")
