"""Draws the rows of Rainforest's search answers, and says of each which price may be believed."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from dropship_pipeline_tests.answers_of_rainforest.domains import DOMAINS, Domain

Money = tuple[int, str]  # hundredths and ISO 4217
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """One row, as it is answered and as it is to be read.

    Args:
        kind: what is special about its price.
        fields: the members of the answer's row.
        right: the prices that may be read; None among them where "no price" is right.
        raws: what was written as its price; one of them, or a part of one, is kept.
        taken: can the row be a product.
    """

    kind: str
    fields: Json
    right: frozenset[Money | None]
    raws: tuple[str, ...]
    taken: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered page."""

    number: int
    domain: Domain
    rows: tuple[Row, ...]

    @property
    def document(self) -> Json:
        """The answer's JSON."""
        return {
            "request_info": {"success": True, "credits_used_this_request": 1, "credits_remaining": 9},
            "request_parameters": {"type": "search", "amazon_domain": self.domain.name, "page": "1"},
            "search_results": [row.fields for row in self.rows],
            "pagination": {"current_page": 1, "total_pages": 2},
        }


@dataclass(frozen=True, slots=True)
class Priced:
    """The price members of a row, what may be read from them, and what was written."""

    fields: Json
    right: frozenset[Money | None]
    raws: tuple[str, ...]


def draw_answer(number: int) -> Answer:
    """The answer with this number; the numbers walk through the domains, and each answer holds every kind of price."""
    random = Random(f"rainforest answer {number}")
    domain = DOMAINS[number % len(DOMAINS)]
    kinds = list(KINDS)
    random.shuffle(kinds)
    rows = [_row(kind, KINDS[kind](_Till(random, domain)), random) for kind in kinds]
    return Answer(number, domain, tuple(_spoilt(row, random) for row in rows))


def _row(kind: str, priced: Priced, random: Random) -> Row:
    asin = "B0" + "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=8))
    fields: Json = {
        "position": random.randint(1, 60),
        "title": f"Invented MP3 Player {random.randint(1, 99)} GB, 2004 model",
        "asin": asin,
        "link": f"https://www.amazon.com/dp/{asin}?psc=1",
        "image": f"https://m.media-amazon.com/images/I/71{asin}L._AC_UL320_.jpg",
        **priced.fields,
    }
    return Row(kind, fields, priced.right, priced.raws)


def _spoilt(row: Row, random: Random) -> Row:
    """At times, a row that cannot be a product: without an ASIN or a title."""
    if random.random() >= 0.05:
        return row
    missing = random.choice(("asin", "title"))
    return Row(
        row.kind, {name: value for name, value in row.fields.items() if name != missing}, row.right, row.raws, False
    )


class _Till:
    """Writes amounts of one row."""

    def __init__(self, random: Random, domain: Domain) -> None:
        self.random = random
        self.domain = domain
        self.cents = domain.rounded(random.choice((random.randint(199, 9999), random.randint(100_000, 9_999_999))))
        self.other = domain.rounded(self.cents + random.randint(1, 90) * 100)
        self.raw = domain.write(self.cents)
        self.believed: Money = (self.cents, domain.currency)

    def price(self, value: object, raw: str | None, **more: object) -> Json:
        """A price object; without a raw text or a value where they are None."""
        fields: Json = {"symbol": self.domain.symbol, "currency": self.domain.currency, **more}
        if value is not None:
            fields["value"] = value
        if raw is not None:
            fields["raw"] = raw
        return fields

    def one(self, value: object, raw: str, right: frozenset[Money | None]) -> Priced:
        """A row whose only price is this."""
        return Priced({"price": self.price(value, raw)}, right, (raw,))


def _value(cents: int) -> float | int:
    """As Rainforest gives values: whole ones without a fraction."""
    return cents // 100 if cents % 100 == 0 else cents / 100


def _only(*right: Money | None) -> frozenset[Money | None]:
    return frozenset(right)


def _agreeing(till: _Till) -> Priced:
    return till.one(_value(till.cents), till.raw, _only(till.believed))


def _nothing(till: _Till) -> Priced:
    return Priced({}, _only(None), ())


def _value_of_another_row(till: _Till) -> Priced:
    return till.one(_value(till.other), till.raw, _only(till.believed, None))


def _misplaced_sign(till: _Till) -> Priced:
    """The thousands' separator was taken for the decimal sign, or the other way round."""
    wrong = till.random.choice((till.cents / 100_000, float(till.cents), till.cents * 10.0))
    return till.one(wrong, till.raw, _only(till.believed, None))


def _number_of_the_prose(till: _Till) -> Priced:
    value, raw = till.random.choice((
        (20044.7, "Invented 2004 edition 4.7 out of 5 stars"),
        (3, "MP3"),
        (3, "Invented MP3 Player"),
        (12, "Pack of 12"),
        (4.5, "4.5 out of 5 stars 1,204 ratings"),
    ))  # fmt: skip
    return till.one(value, raw, _only(None))


def _unit_price(till: _Till) -> Priced:
    return till.one(_value(till.cents), till.random.choice(till.domain.units).format(amount=till.raw), _only(None))


def _unit_price_beside(till: _Till) -> Priced:
    unit_cents = till.domain.rounded(max(100, till.cents // 7))
    unit = till.random.choice(till.domain.units).format(amount=till.domain.write(unit_cents))
    value = till.random.choice((till.cents, unit_cents))
    return till.one(
        _value(value), f"{till.raw} {unit if unit.startswith('(') else f'({unit})'}", _only(till.believed, None)
    )


def _rate(till: _Till) -> Priced:
    return till.one(_value(till.cents), till.random.choice(till.domain.rates).format(amount=till.raw), _only(None))


def _range(till: _Till) -> Priced:
    written = till.random.choice(till.domain.ranges).format(low=till.raw, high=till.domain.write(till.other))
    return till.one(_value(till.random.choice((till.cents, till.other))), written, _only(None))


def _twice(till: _Till) -> Priced:
    return till.one(_value(till.cents), till.raw + till.raw, _only(till.believed, None))


def _only_entry(till: _Till) -> Priced:
    return Priced({"prices": [till.price(_value(till.cents), till.raw)]}, _only(till.believed), (till.raw,))


def _flagged_primary(till: _Till) -> Priced:
    entries = [
        till.price(_value(till.other), till.domain.write(till.other), is_rrp=True, name="RRP"),
        till.price(_value(till.cents), till.raw, is_primary=True),
    ]
    till.random.shuffle(entries)
    return Priced({"prices": entries}, _only(till.believed), (till.raw,))


def _named_primary(till: _Till) -> Priced:
    entries = [
        till.price(_value(till.cents), till.raw, name=till.random.choice(("primary", "Primary"))),
        till.price(_value(till.other), till.domain.write(till.other), name="original"),
    ]
    till.random.shuffle(entries)
    return Priced({"prices": entries}, _only(till.believed), (till.raw,))


def _only_list_price(till: _Till) -> Priced:
    return Priced({"prices": [till.price(_value(till.cents), till.raw, is_rrp=True)]}, _only(None), (till.raw,))


def _members_price(till: _Till) -> Priced:
    """The price for members of Prime stands in the prose and in an entry; the other entry is the price."""
    dear = till.domain.write(till.other)
    join = f"Join Prime to buy this item at {till.raw}"
    prose = f"Simulated kids set  {dear}{dear}{join} FREE delivery"
    entries = [
        {"raw": prose},
        till.price(_value(till.cents), join),
        till.price(_value(till.other), dear),
    ]
    return Priced(
        {"price": {"raw": prose}, "prices": entries},
        _only((till.other, till.domain.currency), None),
        (prose, join, dear),
    )


def _disagreeing_entries(till: _Till) -> Priced:
    dear = till.domain.write(till.other)
    entries = [till.price(_value(till.cents), till.raw), till.price(_value(till.other), dear)]
    return Priced({"prices": entries}, _only(None), (till.raw, dear))


def _raw_without_value(till: _Till) -> Priced:
    return Priced({"price": till.price(None, till.raw)}, _only(till.believed, None), (till.raw,))


def _value_without_raw(till: _Till) -> Priced:
    return Priced({"price": till.price(_value(till.cents), None)}, _only(till.believed), ())


KINDS: dict[str, Callable[[_Till], Priced]] = {
    "value and raw agree": _agreeing,
    "no price at all": _nothing,
    "value of another row": _value_of_another_row,
    "decimal sign misplaced": _misplaced_sign,
    "number out of prose": _number_of_the_prose,
    "price of a unit": _unit_price,
    "price of a unit beside the price": _unit_price_beside,
    "rate per month": _rate,
    "range": _range,
    "the same amount twice": _twice,
    "one entry of prices": _only_entry,
    "entry marked as primary": _flagged_primary,
    "entry named primary": _named_primary,
    "nothing but the list price": _only_list_price,
    "price for members": _members_price,
    "entries that disagree": _disagreeing_entries,
    "raw without value": _raw_without_value,
    "value without raw": _value_without_raw,
}
