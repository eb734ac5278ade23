"""Prices as they are written -> `Money`, or None. Nothing is guessed and no float takes part.

A shape that does not say exactly one amount in exactly one currency is no price. What a whole line of a page says
about a cost (`ebay.shipping`) or what an Amazon price means (`amazon.prices`) is read elsewhere, with `amounts_in`.
"""

import re
import unicodedata
from collections.abc import Hashable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Protocol

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
# Without space and in upper case. What several currencies share ($, ¥, kr) is not here.
_SYMBOLS = {
    "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "S$": "SGD", "SG$": "SGD", "NZ$": "NZD",
    "HK$": "HKD", "NT$": "TWD", "R$": "BRL", "MX$": "MXN", "£": "GBP", "€": "EUR", "RM": "MYR", "₱": "PHP", "ZŁ": "PLN",
    "円": "JPY", "JP¥": "JPY", "CN¥": "CNY", "RMB": "CNY", "人民币": "CNY", "人民幣": "CNY", "₩": "KRW", "원": "KRW",
    "₹": "INR", "RS": "INR", "₺": "TRY", "TL": "TRY", "₪": "ILS", "₫": "VND", "฿": "THB", "KČ": "CZK", "FT": "HUF",
}  # fmt: skip
# What a sign that several currencies share may stand for.
_SHARED_SIGNS = {
    "$": frozenset({"USD", "CAD", "AUD", "SGD", "NZD", "HKD", "TWD", "MXN"}),
    "¥": frozenset({"JPY", "CNY"}),
    "KR": frozenset({"SEK", "NOK", "DKK"}),
}
_DOLLARS = frozenset({"USD", "CAD", "AUD", "SGD"})
# Nothing is written in hundredths of these, so three digits after a mark are thousands in either notation.
_WITHOUT_HUNDREDTHS = frozenset({"JPY", "KRW", "VND"})

_PLAIN = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")
_MARK = (
    r"(?:(?:US|CA?|AU?|SG?|NZ|HK|NT|R|MX) ?\$|(?:JP|CN)¥|[$£€¥₩₱₹₺₪₫฿円원]|人民[币幣]|[Zz][Łł]"
    rf"|(?<![A-Za-z])(?:{'|'.join(sorted(_CURRENCIES))}|RMB|RM|TL|Kč|Ft)(?![A-Za-z]))"
)
_NUMBER = r"[0-9]{1,3}(?:[.,' ][0-9]{3})+(?:[.,][0-9]{1,2})?(?![0-9])|[0-9]+(?:[.,][0-9]{1,2})?(?![0-9])"
_AMOUNT = re.compile(
    rf"(?P<before>{_MARK}) ?(?P<number>{_NUMBER})|(?<![0-9.,])(?P<leading>{_NUMBER}) ?(?P<after>{_MARK})"
)
_WHOLE = r"(?P<whole>[0-9]{1,3}(?:(?P<mark>[%s])[0-9]{3})(?:(?P=mark)[0-9]{3})*|[0-9]+)"
_POINT = re.compile(_WHOLE % ",' " + r"(?:\.(?P<cents>[0-9]{1,2}))?")
_COMMA = re.compile(_WHOLE % ".' " + r"(?:,(?P<cents>[0-9]{1,2}))?")
_NO_CENTS = re.compile(_WHOLE % ".,' " + r"(?P<cents>(?!))?")
_DIGIT = re.compile(r"[0-9]")
_TWO_DECIMALS = re.compile(r".*[.,][0-9]{2}")
# `(£2.20/Unit)`, `(3,33 € pro Stück)`, `(100gあたり120円)`
_PER_UNIT = re.compile(
    r" ?\((?=[^()]*[0-9])[^()]*(?:/|\b(?:per|pro|je|par|por|al|il|za|cada)\b|あたり|当たり|당|每)[^()]*\)"
)
_RANGE_SIGN = r"(?:[-\u2013\u2014~〜]|to|bis|à|a|al|tot|do|até|から|에서|至|到)"
_RANGE_BETWEEN = re.compile(rf" ?{_RANGE_SIGN} ?", re.IGNORECASE)
_RANGE_BEFORE = re.compile(rf"(?:{_NUMBER}) ?{_RANGE_SIGN} ?$", re.IGNORECASE)
# `$39.50 - 20% off` is one price.
_RANGE_AFTER = re.compile(rf" ?{_RANGE_SIGN} ?(?:{_NUMBER})(?! ?%)", re.IGNORECASE)
# What no range is without: most lines need not be searched for amounts.
_HINT_AT_A_RANGE = re.compile(rf"{_RANGE_SIGN} ?(?:[0-9]|{_MARK})", re.IGNORECASE)


class Notation(Hashable, Protocol):
    """How a site writes amounts."""

    @property
    def currency(self) -> str:
        """ISO 4217 code of the site's own currency; a bare `$` means it where it is a dollar."""
        ...

    @property
    def decimal_comma(self) -> bool:
        """True where 1234.5 is written `1.234,50`."""
        ...

    @property
    def yen_sign(self) -> str | None:
        """What `¥` means: `JPY`, or None where the reader may take it for yuan."""
        ...


def normalised(text: str) -> str:
    """Return a line with full-width signs and every kind of space and apostrophe made plain, as NFKC makes them."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    return " ".join(text.split())


def iso_currency(value: object) -> str | None:
    """Return `value` if it is exactly the code of a currency that the marketplaces use, else None."""
    return value if isinstance(value, str) and value in _CURRENCIES else None


def mark_may_mean(mark: str, currency: str) -> bool:
    """True if a mark beside an amount (`€`, `US $`, `EUR`, `kr`) stands for `currency`, or may."""
    return currency in _meanings(mark)


def is_known_mark(mark: str) -> bool:
    """True for the mark of a currency that the marketplaces use."""
    return bool(_meanings(mark))


def _meanings(mark: str) -> frozenset[str]:
    sign = mark.replace(" ", "").rstrip(".").upper()
    known = sign if sign in _CURRENCIES else _SYMBOLS.get(sign)
    return frozenset({known}) if known else _SHARED_SIGNS.get(sign, frozenset())


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
    """Read `{"value": 39.5, "currency": "USD"}`; a range (`{"from": …, "to": …}`) or anything else is None."""
    if not isinstance(value, Mapping) or "from" in value or "to" in value:
        return None
    return money(value.get("value"), value.get("currency"))


def money_from_text(text: str, site: Notation) -> Money | None:
    """Read a price as a site prints it: `$1,234.50`, `£21.97`, `EUR 6,74`, `C $12.00`, `1 234,50 zł`, `1,200円`.

    A bare `$` is the site's own dollar. `£21.97 (£2.20/Unit)` is £21.97. A range or a text with anything
    more in it is None.
    """
    return None if len(text) > _LONGEST_PRICE_TEXT else _price_in(text, site)


# Sellers ask the same prices again and again.
@lru_cache(maxsize=4096)
def _price_in(text: str, site: Notation) -> Money | None:
    match = _AMOUNT.fullmatch(without_unit_price(normalised(text)))
    return _money_of(match, site) if match else None


def without_unit_price(text: str) -> str:
    """Return a line without what one piece, gram or litre costs: `£21.97 (£2.20/Unit)` is `£21.97`."""
    return _PER_UNIT.sub("", text).strip() if "(" in text else text


def amounts_in(text: str, site: Notation) -> list[Money | None]:
    """Read every number with a currency mark in a normalised line; days, counts and percentages are none.

    None stands for one whose notation or mark is not clear.
    """
    return [_money_of(match, site) for match in _AMOUNT.finditer(text)] if _DIGIT.search(text) else []


def is_range(text: str) -> bool:
    """True for a line in which two amounts are the ends of a range: `$10 to $15`, `10,00 bis 20,00 EUR`."""
    line = without_unit_price(normalised(text))
    if not _HINT_AT_A_RANGE.search(line):
        return False
    found = [match.span() for match in _AMOUNT.finditer(line)]
    if any(_RANGE_BETWEEN.fullmatch(line[end:start]) for (_, end), (start, _) in pairwise(found)):
        return True
    return any(_RANGE_BEFORE.search(line[:start]) or _RANGE_AFTER.match(line[end:]) for start, end in found)


def decimal_of(number: str) -> Decimal | None:
    """Read a number in whichever notation it is: `1,234.50`, `1.234,50`, `1 234`, `12,5`; None if it is neither."""
    for notation in (_POINT, _COMMA):
        if match := notation.fullmatch(number):
            return _decimal_of_match(match)
    return None


def _money_of(match: re.Match[str], site: Notation) -> Money | None:
    currency = _currency(match["before"] or match["after"], site)
    return money(_site_number(match["number"] or match["leading"], site, currency), currency) if currency else None


def _decimal(amount: object) -> Decimal | None:
    if isinstance(amount, bool):
        return None
    if isinstance(amount, int | Decimal):
        return Decimal(amount)
    if isinstance(amount, str) and _PLAIN.fullmatch(amount):
        return Decimal(amount)
    return None


def _currency(mark: str, site: Notation) -> str | None:
    mark = mark.replace(" ", "").upper()
    if mark == "$":
        return site.currency if site.currency in _DOLLARS else None
    if mark == "¥":
        return site.yen_sign
    return mark if mark in _CURRENCIES else _SYMBOLS.get(mark)


def _site_number(text: str, site: Notation, currency: str) -> Decimal | None:
    own, foreign = (_COMMA, _POINT) if site.decimal_comma else (_POINT, _COMMA)
    match = own.fullmatch(text)
    # Sites show foreign offers in foreign notation; two digits after the last mark can only be decimals.
    if match is None and _TWO_DECIMALS.fullmatch(text):
        match = foreign.fullmatch(text)
    if match is None and currency in _WITHOUT_HUNDREDTHS:
        match = _NO_CENTS.fullmatch(text)
    return _decimal_of_match(match) if match else None


def _decimal_of_match(match: re.Match[str]) -> Decimal:
    whole, mark = match["whole"], match["mark"]
    return Decimal((whole.replace(mark, "") if mark else whole) + "." + (match["cents"] or "0"))
