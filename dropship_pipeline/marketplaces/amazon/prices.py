"""What an Amazon row costs, as Rainforest gives it: `price {value, raw, currency, symbol}` and `prices[]`.

Rainforest takes `value` out of whatever Amazon shows in the place of a price, and that can be prose, a price per
ounce, a rate per month or a range. A value is believed only where it agrees with what was written.
"""

import re
from collections.abc import Mapping
from decimal import Decimal

from dropship_pipeline.marketplaces.fields import raw_text
from dropship_pipeline.marketplaces.money import decimal_of, is_known_mark, mark_may_mean, money, normalised
from dropship_pipeline.models import Money

_LONGEST_PRICE_TEXT = 64
_NUMBER = (
    r"[0-9]{1,3}(?:[.,' ][0-9]{2,3})*[.,' ][0-9]{3}(?:[.,][0-9]{1,2})?(?![0-9])|[0-9]+(?:[.,][0-9]{1,2})?(?![0-9])"
)
# What stands beside an amount for its currency: signs, or a few letters (`kr`, `Rs.`, `zł`, `EUR`).
_MARK = r"[^\W\d_]{0,3}\.? ?[$£€¥₩₹₱₺₪₫฿円원]|[^\W\d_]{1,4}\.?"
_AMOUNT = re.compile(rf"(?P<before>{_MARK})? ?(?P<number>{_NUMBER}) ?(?P<after>{_MARK})?")
# `$24.99 ($0.62/Ounce)`: what a part of it costs, and what a rate is for, are not the price.
_ASIDE = re.compile(r"\([^()]*\)")
_RATE = re.compile(
    r"[0-9] ?[^\s\d/]{0,3} ?(?:/|\b(?:per|pro|par|por|al|a|je|each|every)\b|毎|あたり|月額)", re.IGNORECASE
)
_LAKH = re.compile(r"[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}(?:\.[0-9]{1,2})?")
# The price before a discount is never what the product costs.
_NOT_THE_PRICE = frozenset({"rrp", "original", "list", "list price", "list_price", "was", "msrp", "typical price"})


def price_of_row(row: Mapping[str, object]) -> tuple[Money | None, str | None]:
    """Return what a row of any type costs, and the price as it was written.

    `price` counts where it has a value; else, of `prices`, the one that is clearly meant: marked or named as primary,
    or the only one that is not a price before a discount.

    Returns:
        No money where nothing is clear; the text also then, None only where the row has no price in any shape.
    """
    price, prices = row.get("price"), row.get("prices")
    entries = [entry for entry in prices if isinstance(entry, Mapping)] if isinstance(prices, list) else []
    if isinstance(price, Mapping) and price.get("value") is not None:
        return believed(price), written(price)
    meant = _meant(entries)
    found = next((money for money in map(believed, (price, meant)) if money), None)
    return found, next((text for text in map(written, (price, meant, *entries)) if text), None)


def believed(price: object) -> Money | None:
    """Read one price object; None unless its value and what was written name one and the same amount.

    Where they contradict each other, or there is no value, the one amount that was written counts.
    """
    if not isinstance(price, Mapping) or "from" in price or "to" in price:
        return None
    value, raw, currency = price.get("value"), price.get("raw"), price.get("currency")
    stated = money(value, currency)
    if not isinstance(raw, str) or not raw.strip():
        return stated
    if not isinstance(currency, str):
        return None
    amount, marked = _one_amount(_with_known_mark(normalised(raw), price.get("symbol"), currency), currency)
    meant = money(amount, currency)
    # A bare number may be anything: a year, stars, a model.
    return meant if marked or meant == stated else None


def written(price: object) -> str | None:
    """Return a price as it was written, whatever its shape."""
    raw = raw_text(price.get("raw")) if isinstance(price, Mapping) else None
    return raw or raw_text(price)


def _meant(entries: list[Mapping[str, object]]) -> Mapping[str, object] | None:
    possible = [entry for entry in entries if entry.get("is_rrp") is not True and _name(entry) not in _NOT_THE_PRICE]
    marked = [entry for entry in possible if entry.get("is_primary") is True]
    named = [entry for entry in possible if _name(entry) == "primary"]
    for choice in (marked, named, possible):
        if choice:
            return choice[0] if len(choice) == 1 or choice is not possible else None
    return None


def _name(entry: Mapping[str, object]) -> str:
    name = entry.get("name")
    return name.strip().casefold() if isinstance(name, str) else ""


def _with_known_mark(text: str, symbol: object, currency: str) -> str:
    """Put the currency's code in the place of a mark that only the provider's `symbol` explains."""
    mark = normalised(symbol) if isinstance(symbol, str) else ""
    return text.replace(mark, f" {currency} ") if mark and not is_known_mark(mark) else text


def _one_amount(text: str, currency: str) -> tuple[Decimal | None, bool]:
    """Return the amount if a text is one price and nothing else, and whether it has a mark of its currency."""
    text = " ".join(_ASIDE.sub(" ", text).split())
    if len(text) > _LONGEST_PRICE_TEXT or _RATE.search(text) or _AMOUNT.sub("", text).strip(" .,"):
        return None, False  # more than amounts: prose, a range, a minus
    found = [*_AMOUNT.finditer(text)]
    marks = [mark for match in found for mark in (match["before"], match["after"]) if mark]
    amounts = {decimal_of(match["number"]) or _lakh(match["number"]) for match in found}
    if len(amounts) != 1 or not all(mark_may_mean(mark, currency) for mark in marks):
        return None, False
    return amounts.pop(), bool(marks)


def _lakh(number: str) -> Decimal | None:
    """Read Indian groups: `1,23,456.00`."""
    return Decimal(number.replace(",", "")) if _LAKH.fullmatch(number) else None
