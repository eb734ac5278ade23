"""Prices as they are written -> `Money`, or None. Nothing is guessed and no float takes part.

A shape that does not say exactly one amount in exactly one currency is no price.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from dropship_pipeline.marketplaces.ebay.sites import EbaySite
from dropship_pipeline.models import Money

MAX_AMOUNT = Decimal(10_000_000)
# Float arithmetic at a provider turns 19.99 into 19.990000000000002; a third decimal that is meant is larger.
_ARTEFACT_CENTS = Decimal("1e-6")
_LONGEST_PRICE_TEXT = 64

# The currencies of Amazon's and eBay's sites and of the sellers who list on them.
_CURRENCIES = frozenset({
    "AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EGP", "EUR", "GBP", "HKD", "HUF", "IDR", "ILS",
    "INR", "JPY", "KRW", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "QAR", "RON", "SAR", "SEK", "SGD", "THB",
    "TRY", "TWD", "USD", "VND", "ZAR",
})  # fmt: skip
_SYMBOLS = {
    "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "S$": "SGD", "SG$": "SGD",
    "NZ$": "NZD", "HK$": "HKD", "£": "GBP", "€": "EUR", "RM": "MYR", "₱": "PHP", "ZŁ": "PLN",
}  # fmt: skip
_DOLLARS = frozenset({"USD", "CAD", "AUD", "SGD"})

_PLAIN = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
_AMOUNT = re.compile(r"(?P<before>[^0-9]*?) ?(?P<number>[0-9](?:[0-9.,' ]*[0-9])?) ?(?P<after>[^0-9]*)")
_WHOLE = r"(?P<whole>[0-9]{1,3}(?:(?P<mark>[%s])[0-9]{3})(?:(?P=mark)[0-9]{3})*|[0-9]+)"
_POINT = re.compile(_WHOLE % ",'" + r"(?:\.(?P<cents>[0-9]{1,2}))?")
_COMMA = re.compile(_WHOLE % ". '" + r"(?:,(?P<cents>[0-9]{1,2}))?")
_TWO_DECIMALS = re.compile(r".*[.,][0-9]{2}")
_PER_UNIT = re.compile(r" ?\([^()]*/[^()]*\)$")
_RANGE = re.compile(r"[0-9][^0-9]{0,4}(?:[-\u2013\u2014]|\bto\b)[^0-9]{0,5}[0-9]")


def iso_currency(value: object) -> str | None:
    """Return `value` if it is exactly the code of a currency that the marketplaces use, else None."""
    return value if isinstance(value, str) and value in _CURRENCIES else None


def money(amount: object, currency: object) -> Money | None:
    """Build `Money` from a number and an ISO currency code.

    Args:
        amount: int or Decimal, in main units (150 is one hundred and fifty dollars), or text such as `39.50`.
        currency: ISO 4217 code.

    Returns:
        None if the amount is negative, above 10,000,000, no number or has more than two decimals, or if the
        currency is not exactly a known code.
    """
    code = iso_currency(currency)
    number = _decimal(amount) if code else None
    if code is None or number is None or not number.is_finite() or not 0 <= number <= MAX_AMOUNT:
        return None
    cents = number * 100
    whole = cents.to_integral_value(ROUND_HALF_UP)
    return Money(int(whole), code) if abs(cents - whole) <= _ARTEFACT_CENTS else None


def money_from_object(value: object) -> Money | None:
    """Read `{"value": 39.5, "currency": "USD"}`; a range (`{"from": …, "to": …}`) or anything else is None.

    A provider that writes a range into `raw` beside a single `value` has named two prices: None as well.
    """
    if not isinstance(value, Mapping) or "from" in value or "to" in value:
        return None
    raw = value.get("raw")
    if isinstance(raw, str) and _RANGE.search(raw):
        return None
    return money(value.get("value"), value.get("currency"))


def money_from_text(text: str, site: EbaySite) -> Money | None:
    """Read a price as a site prints it: `$1,234.50`, `£21.97`, `EUR 6,74`, `C $12.00`, `1.234,50 zł`.

    A bare `$` is the site's own dollar. `£21.97 (£2.20/Unit)` is £21.97. A range or a text with anything
    more in it is None.
    """
    text = " ".join(text.split()).replace("\u2019", "'")
    match = _AMOUNT.fullmatch(_PER_UNIT.sub("", text)) if len(text) <= _LONGEST_PRICE_TEXT else None
    if match is None:
        return None
    marks = [mark for mark in (match["before"], match["after"]) if mark]
    if len(marks) != 1:
        return None
    return money(_site_number(match["number"], site), _currency(marks[0], site))


def _decimal(amount: object) -> Decimal | None:
    if isinstance(amount, bool):
        return None
    if isinstance(amount, int | Decimal):
        return Decimal(amount)
    if isinstance(amount, str) and _PLAIN.fullmatch(amount):
        return Decimal(amount)
    return None


def _currency(mark: str, site: EbaySite) -> str | None:
    mark = mark.replace(" ", "").upper()
    if mark == "$":
        return site.currency if site.currency in _DOLLARS else None
    return mark if mark in _CURRENCIES else _SYMBOLS.get(mark)


def _site_number(text: str, site: EbaySite) -> Decimal | None:
    own, foreign = (_COMMA, _POINT) if site.decimal_comma else (_POINT, _COMMA)
    match = own.fullmatch(text)
    # Sites show foreign offers in foreign notation; two digits after the last mark can only be decimals.
    if match is None and _TWO_DECIMALS.fullmatch(text):
        match = foreign.fullmatch(text)
    if match is None:
        return None
    return Decimal(re.sub(r"[^0-9]", "", match["whole"]) + "." + (match["cents"] or "0"))
