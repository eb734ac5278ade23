"""Compares how much two titles offer: measures, dimensions, packs, counts. What is not said is no conflict."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import product

from dropship_pipeline.matching.values import PLAIN_AMOUNTS, Amounts, TitleFacts
from dropship_pipeline.models import Signal

_NAMES = {
    "data": "capacity", "mass": "content", "volume": "content", "ounce": "content", "length": "length",
    "cups": "capacity", "charge": "capacity", "persons": "capacity",
}  # fmt: skip
# Kinds that titles of one product give in different ways; a difference weakens and bars nothing.
_SOFT = frozenset({
    "hours", "frequency", "resolution", "share", "lumen", "data_rate", "temperature", "strands", "speed",
    "channels", "keys",
})  # fmt: skip
PIECES, DIMENSIONS = "pieces", "dimensions"
_CONTENTS = ("mass", "volume", "ounce")
_GRAMS_OF_AN_OUNCE, _MILLILITRES_OF_AN_OUNCE = 28.3495, 29.5735
_SAME_UNIT, _OTHER_UNIT = 0.012, 0.04
# So many pieces are sold together of what is sold singly, too.
SMALL_NUMBERS = frozenset(range(2, 25))
_UNITS_OF_LENGTH = (1.0, 10.0, 25.4, 304.8)


@dataclass(slots=True)
class AmountsFound:
    """What was found about amounts.

    Args:
        signals: for people.
        agree: kinds of amounts that agree.
        clash: kinds that differ, those of `_SOFT` by a half.
        pack_clash: 1 where the number of pieces differs.
        added: a small number of pieces that only the listing gives; 0 where there is none.
        same: kinds of amounts that both titles give and that agree, in whatever unit, with `pieces` and `dimensions`.
    """

    signals: list[Signal] = field(default_factory=list)
    agree: float = 0.0
    clash: float = 0.0
    pack_clash: float = 0.0
    added: float = 0.0
    same: set[str] = field(default_factory=set)


def compare_amounts(a: TitleFacts, b: TitleFacts) -> AmountsFound:
    """Compare the amounts of two titles."""
    found = AmountsFound()
    one, other = a.amounts, b.amounts
    if one is other is PLAIN_AMOUNTS:
        return found
    same_total = _same_total(one, other)
    if one.measures and other.measures:
        _measures(found, one, other, same_total=same_total)
    if one.dimensions and other.dimensions:
        _dimensions(found, one, other)
    if not same_total:
        _pieces(found, one, other, a.numbers, b.numbers)
    else:
        found.agree += 1
        found.same.update((*_CONTENTS, PIECES))
        found.signals.append(Signal("pack", "supports", "The same quantity in all, packed in another way."))
    return found


def _measures(found: AmountsFound, a: Amounts, b: Amounts, *, same_total: bool) -> None:
    for kind, of_a, of_b, tolerance in _comparable(a, b):
        if same_total and kind in _CONTENTS:
            continue
        alone_a = [value for value in of_a if not _any_close(value, of_b, tolerance)]
        alone_b = [value for value in of_b if not _any_close(value, of_a, tolerance)]
        shown = (_shown(a, kind), _shown(b, kind))
        if not alone_a or not alone_b:
            found.agree += 1
            found.same.update((kind, "ounce") if kind in _CONTENTS else (kind,))
            found.signals.append(Signal(_NAMES.get(kind, kind), "supports", f"The same {_spoken(kind)}: {shown[0]}."))
        elif kind in _SOFT:
            found.clash += 0.5
            found.signals.append(Signal(kind, "weakens", f"Another {_spoken(kind)}: {shown[0]} and {shown[1]}."))
        elif kind == "data" or (len(alone_a) == len(of_a) and len(alone_b) == len(of_b)):
            found.clash += 1
            name = _NAMES.get(kind, kind)
            found.signals.append(Signal(name, "bars", f"Another {_spoken(kind)}: {shown[0]} and {shown[1]}."))


def _comparable(a: Amounts, b: Amounts) -> Iterator[tuple[str, Collection[float], Collection[float], float]]:
    """Kinds of both sides; an ounce is compared with grams and with millilitres, whichever the other side gives."""
    for kind in sorted(a.measures.keys() & b.measures.keys()):
        yield kind, a.measures[kind], b.measures[kind], _OTHER_UNIT if kind != "data" else _SAME_UNIT
    for one, other, first in ((a, b, True), (b, a, False)):
        ounces = one.measures.get("ounce")
        if not ounces or "ounce" in other.measures:
            continue
        for kind, factor in (("mass", _GRAMS_OF_AN_OUNCE), ("volume", _MILLILITRES_OF_AN_OUNCE)):
            values = other.measures.get(kind)
            if values and kind not in one.measures:
                scaled = [ounce * factor for ounce in ounces]
                yield (kind, scaled, values, _OTHER_UNIT) if first else (kind, values, scaled, _OTHER_UNIT)
                break


def _close(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(one, other)


def _any_close(value: float, values: Collection[float], tolerance: float) -> bool:
    return value in values or any(_close(value, other, tolerance) for other in values)


def _shown(amounts: Amounts, kind: str) -> str:
    return amounts.shown.get(kind) or amounts.shown.get("ounce") or "?"


def _spoken(kind: str) -> str:
    return {"data": "capacity", "mass": "weight", "ounce": "content", "charge": "battery capacity"}.get(kind, kind)


def _dimensions(found: AmountsFound, a: Amounts, b: Amounts) -> None:
    if any(_same_sides(one, other, a, b) for one, other in product(a.dimensions, b.dimensions)):
        found.agree += 1
        found.same.add(DIMENSIONS)
        found.signals.append(Signal("dimensions", "supports", "The same dimensions."))
        return
    comparable = any(len(one) == len(other) for one, other in product(a.dimensions, b.dimensions))
    if comparable:
        found.clash += 1
        found.signals.append(Signal("dimensions", "bars", f"Other dimensions: {_sides(a)} and {_sides(b)}."))


def _same_sides(one: tuple[float, ...], other: tuple[float, ...], a: Amounts, b: Amounts) -> bool:
    """Equal in any order; a title that names fewer sides may leave the least out."""
    short, long = sorted((one, other), key=len)
    long = long[len(long) - len(short) :]
    factors = (1.0,) if a.dimensions_known == b.dimensions_known else _UNITS_OF_LENGTH
    return any(
        all(
            _close(x, y * factor, _OTHER_UNIT) or _close(x * factor, y, _OTHER_UNIT)
            for x, y in zip(short, long, strict=True)
        )
        for factor in factors
    )


def _sides(amounts: Amounts) -> str:
    unit = " mm" if amounts.dimensions_known else ""
    return ", ".join(f"{' × '.join(f'{side:g}' for side in sides)}{unit}" for sides in sorted(amounts.dimensions))


def _same_total(a: Amounts, b: Amounts) -> bool:
    """`6 x 330 ml` and `1980 ml`: another pack, the same content in all."""
    if a.pack == b.pack or a.counts or b.counts:
        return False
    for kind in _CONTENTS:
        of_a, of_b = a.measures.get(kind, ()), b.measures.get(kind, ())
        if any(_close(x * a.pack, y * b.pack, _SAME_UNIT) for x, y in product(of_a, of_b)):
            return True
    return False


def _pieces(found: AmountsFound, a: Amounts, b: Amounts, bare_a: frozenset[float], bare_b: frozenset[float]) -> None:
    if _multiplied(a, b) or _multiplied(b, a):
        found.agree += 1
        found.same.update((PIECES, DIMENSIONS))
        found.signals.append(Signal("count", "supports", f"The same number of pieces: {max(a.counts or b.counts):g}."))
        return
    if a.pack == b.pack and (not a.counts or not b.counts):
        if a.pack > 1:
            found.agree += 1
            found.signals.append(Signal("pack", "supports", f"The same pack of {a.pack:g}."))
        elif b.counts and max(b.counts) in SMALL_NUMBERS:
            found.added = max(b.counts)
        return
    of_a, of_b = _piece_numbers(a, b), _piece_numbers(b, a)
    if of_a & of_b:
        found.agree += 1
        found.same.add(PIECES)
        found.signals.append(Signal("count", "supports", f"The same number of pieces: {max(of_a & of_b):g}."))
        return
    # `8 lavender steamers` may say what `8-Pack` says: a bare number of the same size is no conflict.
    if (max(of_a) > 1 and of_a & bare_b) or (max(of_b) > 1 and of_b & bare_a):
        return
    found.pack_clash = 1.0
    name = "pack" if a.pack != b.pack else "count"
    found.signals.append(Signal(name, "bars", f"Another {name}: {_said(a)} and {_said(b)}."))


def _multiplied(a: Amounts, b: Amounts) -> bool:
    """`tablets 2 x 50` beside `100 tablets`: what looks like two sides is how many of how many."""
    if not a.counts or b.dimensions_known or b.counts:
        return False
    return any(math.prod(one) in a.counts for one in b.dimensions)


def _piece_numbers(amounts: Amounts, other: Amounts) -> frozenset[float]:
    """How many pieces in all, as far as the title tells; a title without a word about packs sells one.

    `120 teabags, 6 boxes` may be 120 in all where the other title speaks of packs, too.
    """
    if not amounts.counts:
        return frozenset({amounts.pack, 1.0} if _is_kit(amounts, other) else {amounts.pack})
    if amounts.total_said:
        return frozenset({max(amounts.counts)})
    if amounts.pack in amounts.counts and not amounts.loose_packs:
        return amounts.counts
    pieces = {count * amounts.pack for count in amounts.counts}
    if amounts.loose_packs and other.pack > 1:
        pieces.update(count for count in amounts.counts if count > amounts.pack and count % amounts.pack == 0)
    return frozenset(pieces)


def _is_kit(amounts: Amounts, other: Amounts) -> bool:
    """`16 GB (2 x 8 GB)` is 16 GB, where the other title does not speak of less."""
    data, theirs = amounts.measures.get("data", ()), other.measures.get("data", ())
    return any(value * amounts.pack in data for value in data) and (not theirs or max(theirs) == max(data))


def _said(amounts: Amounts) -> str:
    parts = [amounts.shown[kind] for kind in ("pack", "count") if kind in amounts.shown]
    return " of ".join(parts) if parts else "one"
