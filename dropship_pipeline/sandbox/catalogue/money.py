"""Prices as the marketplaces write them. Inside the sandbox an amount is integer cents; it is never converted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Currency:
    """How one site writes money.

    Args:
        code: ISO 4217.
        symbol: what stands before the amount.
        comma: True if decimals follow a comma.
    """

    code: str
    symbol: str
    comma: bool = False

    def text(self, cents: int) -> str:
        """`$1,204.50`, `€6,74`: the site's spelling of an amount."""
        plain = f"{cents // 100:,}.{cents % 100:02d}"
        if self.comma:
            plain = plain.translate({ord(","): ".", ord("."): ","})
        return f"{self.symbol}{plain}"


def number(cents: int) -> int | float:
    """The amount as a JSON number: an int when whole, as the live answers have it."""
    return cents // 100 if cents % 100 == 0 else cents / 100


_EURO = Currency("EUR", "€", comma=True)
_EBAY_EURO = Currency("EUR", "EUR ", comma=True)

AMAZON_CURRENCIES: dict[str, Currency] = {
    "amazon.com": Currency("USD", "$"),
    "amazon.co.uk": Currency("GBP", "£"),
    "amazon.ca": Currency("CAD", "$"),
    "amazon.com.au": Currency("AUD", "$"),
    "amazon.de": _EURO,
    "amazon.fr": _EURO,
    "amazon.it": _EURO,
    "amazon.es": _EURO,
}

EBAY_CURRENCIES: dict[str, Currency] = {
    "com": Currency("USD", "$"),
    "co.uk": Currency("GBP", "£"),
    "ca": Currency("CAD", "C $"),
    "com.au": Currency("AUD", "AU $"),
    "de": _EBAY_EURO,
    "fr": _EBAY_EURO,
    "it": _EBAY_EURO,
    "es": _EBAY_EURO,
}
