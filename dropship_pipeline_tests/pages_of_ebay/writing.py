"""How sites and readers' languages write amounts and numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Amount:
    """Hundredths of a currency's main unit, and the amount as it is written."""

    cents: int
    currency: str
    text: str


@dataclass(frozen=True, slots=True)
class Notation:
    """How one national site, in one language, writes money.

    Args:
        tld: the site.
        currency: ISO 4217.
        template: where the number stands beside the currency's mark.
        thousands: between groups of three digits.
        decimal: before the hundredths; empty where the currency has none.
    """

    tld: str
    currency: str
    template: str
    thousands: str
    decimal: str

    @property
    def step(self) -> int:
        """The smallest amount that it can write, in hundredths."""
        return 1 if self.decimal else 100

    def amount(self, cents: int) -> Amount:
        """Write an amount."""
        cents -= cents % self.step
        number = grouped(cents // 100, self.thousands)
        if self.decimal:
            number += f"{self.decimal}{cents % 100:02}"
        return Amount(cents, self.currency, self.template.format(number))


def grouped(number: int, separator: str) -> str:
    """A whole number with a separator between groups of three digits."""
    return f"{number:,}".replace(",", separator)
