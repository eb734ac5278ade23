"""How Amazon's national sites write money."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """One of Amazon's sites.

    Args:
        name: its domain.
        currency: ISO 4217.
        symbol: as Rainforest gives it.
        template: where the number stands beside the symbol.
        thousands: between groups of digits.
        decimal: before the hundredths; empty where the currency has none.
        rates: how a monthly rate is written, `{amount}`.
        units: how the price of a unit is written, `{amount}`.
        ranges: how a range is written, `{low}` and `{high}`.
        lakhs: are digits grouped by two above the thousand.
    """

    name: str
    currency: str
    symbol: str
    template: str
    thousands: str = ","
    decimal: str = "."
    rates: tuple[str, ...] = ("{amount}/mo", "{amount}/month for 24 months")
    units: tuple[str, ...] = ("{amount}/Ounce", "{amount} / count", "({amount}/Fl Oz)")
    ranges: tuple[str, ...] = ("{low} - {high}", "{low} to {high}", "{low} – {high}")
    lakhs: bool = False

    def write(self, cents: int) -> str:
        """An amount in hundredths, as the site writes it."""
        number = self._grouped(cents // 100)
        if self.decimal:
            number += f"{self.decimal}{cents % 100:02}"
        return self.template.format(number)

    def rounded(self, cents: int) -> int:
        """The nearest amount below that the site can write."""
        return cents if self.decimal else cents - cents % 100

    def _grouped(self, number: int) -> str:
        if not self.lakhs or number < 1000:
            return f"{number:,}".replace(",", self.thousands)
        rest, last = divmod(number, 1000)
        groups = [f"{last:03}"]
        while rest:
            rest, group = divmod(rest, 100)
            groups.insert(0, f"{group:02}" if rest else str(group))
        return ",".join(groups)


_EURO_RANGES = ("{low} - {high}", "{low} – {high}")

DOMAINS = (
    Domain(name="amazon.com", currency="USD", symbol="$", template="${}"),
    Domain(name="amazon.co.uk", currency="GBP", symbol="£", template="£{}"),
    Domain(name="amazon.ca", currency="CAD", symbol="$", template="${}"),
    Domain(name="amazon.com.au", currency="AUD", symbol="$", template="${}"),
    Domain(name="amazon.in", currency="INR", symbol="₹", template="₹{}", lakhs=True),
    Domain(
        name="amazon.de",
        currency="EUR",
        symbol="€",
        template="{}\N{NO-BREAK SPACE}€",
        thousands=".",
        decimal=",",
        rates=("{amount}/Monat", "{amount} pro Monat (24 Monate)"),
        units=("{amount}/kg", "({amount} / 100 ml)", "{amount} / stück"),
        ranges=(*_EURO_RANGES, "{low} bis {high}"),
    ),
    Domain(
        name="amazon.fr",
        currency="EUR",
        symbol="€",
        template="{}\N{NO-BREAK SPACE}€",
        thousands="\N{NARROW NO-BREAK SPACE}",
        decimal=",",
        rates=("{amount}/mois", "{amount} par mois"),
        units=("{amount}/kg", "({amount} / l)", "{amount} / unité"),
        ranges=(*_EURO_RANGES, "{low} à {high}"),
    ),
    Domain(
        name="amazon.it",
        currency="EUR",
        symbol="€",
        template="{}\N{NO-BREAK SPACE}€",
        thousands=".",
        decimal=",",
        rates=("{amount}/mese", "{amount} al mese"),
        units=("{amount}/kg", "({amount} / unità)"),
        ranges=_EURO_RANGES,
    ),
    Domain(
        name="amazon.es",
        currency="EUR",
        symbol="€",
        template="€{}",
        thousands=".",
        decimal=",",
        rates=("{amount}/mes", "{amount} al mes"),
        units=("{amount}/kg", "({amount} / unidad)"),
        ranges=_EURO_RANGES,
    ),
    Domain(
        name="amazon.pl",
        currency="PLN",
        symbol="zł",
        template="{}\N{NO-BREAK SPACE}zł",
        thousands="\N{NO-BREAK SPACE}",
        decimal=",",
        rates=("{amount}/mies.", "{amount} miesięcznie"),
        units=("{amount}/kg", "({amount} / szt.)"),
        ranges=(*_EURO_RANGES, "{low} do {high}"),
    ),
    Domain(
        name="amazon.com.br",
        currency="BRL",
        symbol="R$",
        template="R$\N{NO-BREAK SPACE}{}",
        thousands=".",
        decimal=",",
        rates=("{amount}/mês", "{amount} por mês"),
        units=("{amount}/kg", "({amount} / unidade)"),
        ranges=_EURO_RANGES,
    ),
    Domain(
        name="amazon.co.jp",
        currency="JPY",
        symbol="￥",
        template="￥{}",
        decimal="",
        rates=("{amount}/月", "月額 {amount}"),
        units=("{amount}/個", "({amount} / kg)"),
        ranges=("{low} - {high}", "{low} ～ {high}", "{low}から{high}"),
    ),
)
