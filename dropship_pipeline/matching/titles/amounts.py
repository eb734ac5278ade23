"""Reads numbers of a title: measures, dimensions, packs, counts, years, generations, sizes, numbers of a name."""

import re
from dataclasses import dataclass, field

from msgspec import Struct

from dropship_pipeline.matching.titles.lexicon import UNIT_PHRASES, UNIT_STARTS, Unit
from dropship_pipeline.matching.titles.text import Atom, Kind
from dropship_pipeline.matching.values import PLAIN_AMOUNTS, Amounts

_TIMES = frozenset({"x", "*", "by"})
_SIDE_NAMES = frozenset({"wide", "long", "deep", "high", "tall", "length", "width", "depth", "height"})
_ZOOMED = frozenset({"zoom", "optical", "opt", "dig", "magnification", "faster", "speed", "lens"})
_MOST_SIDES = 4
# Beside these a count may be that of one of them or of all: `120 teabags, 6 boxes`.
_CONTAINERS = frozenset({"box", "packs", "can", "bottle", "jar", "tube"})
_MOST_PIECES = 10_000
_MOST_TIMES = 48
_BINARY = 1024
PIECES = Unit("pack", "x", 1.0)
_LENGTH = "length"
# A point that parts the thousands: such amounts are round, and `31.103 g` is an ounce.
_THOUSANDS = re.compile(r"([1-9]\d{0,2})\.(\d\d0)(?!\d)")
_IN_THOUSANDS = frozenset({"mass", "volume", "charge", "lumen", "pack", "count"})


@dataclass(slots=True)
class AmountsRead:
    """Collects what `Amounts` holds while a title is read."""

    measures: dict[str, set[float]] = field(default_factory=dict)
    dimensions: list[tuple[float, ...]] = field(default_factory=list)
    dimensions_known: bool = False
    packs: list[float] = field(default_factory=list)
    loose_packs: bool = False
    counts: set[float] = field(default_factory=set)
    total_said: bool = False
    shown: dict[str, list[str]] = field(default_factory=dict)

    def add(self, value: float, unit: Unit, written: str) -> None:
        """Take a number with its unit; numbers of pieces beyond all reason are left out."""
        amount = value * unit.factor
        if unit.kind == "data" and value >= _BINARY and value % _BINARY == 0:
            amount *= 1000 / _BINARY
        if unit.kind in {"pack", "count"}:
            if not 0 < amount <= _MOST_PIECES:
                return
            if unit.kind == "pack":
                self.packs.append(amount)
                self.loose_packs = self.loose_packs or unit.name in _CONTAINERS
            else:
                self.counts.add(amount)
        else:
            self.measures.setdefault(unit.kind, set()).add(amount)
        self.shown.setdefault(unit.kind, []).append(written)

    def pack(self, value: float, written: str) -> None:
        """Take a number of packs or pieces that are sold together."""
        if 0 < value <= _MOST_PIECES:
            self.packs.append(value)
            self.shown.setdefault("pack", []).append(written)

    def total(self, before: str) -> None:
        """Take that a count speaks of all packs: `6 packs of 4, 24 in total`."""
        self.total_said = True
        if before.isdigit():
            self.counts.add(float(before))

    def count(self, value: float, written: str) -> None:
        """Take how many pieces one pack holds."""
        if 0 < value <= _MOST_PIECES:
            self.counts.add(value)
            self.shown.setdefault("count", []).append(written)

    def frozen(self) -> Amounts:
        """What was read. Two packs multiply only where they are said apart: `2x ... 6 pack`."""
        if not (self.shown or self.dimensions or self.counts or self.total_said):
            return PLAIN_AMOUNTS
        pack = 1.0
        for one in dict.fromkeys(self.packs):
            pack *= one
        return Amounts(
            measures={kind: frozenset(values) for kind, values in self.measures.items()},
            dimensions=frozenset(self.dimensions),
            dimensions_known=self.dimensions_known,
            pack=pack,
            counts=frozenset(self.counts),
            total_said=self.total_said,
            loose_packs=self.loose_packs,
            shown={kind: ", ".join(dict.fromkeys(words)) for kind, words in self.shown.items()},
        )


def unit_at(atoms: list[Atom], position: int) -> tuple[Unit | None, int]:
    """The unit whose words begin at a position, and how many atoms they take; the longest wins."""
    if position >= len(atoms) or atoms[position].text not in UNIT_STARTS:
        return None, 0
    for length in (3, 2, 1):
        unit = UNIT_PHRASES.get(tuple(atom.text for atom in atoms[position : position + length]))
        if unit is not None and position + length <= len(atoms):
            return unit, length
    return None, 0


class NumberRead(Struct, frozen=True):
    """A number with what belongs to it.

    Args:
        value: as written.
        unit: None where none follows.
        taken: how many atoms it took.
    """

    value: float
    unit: Unit | None
    taken: int


def number_at(atoms: list[Atom], position: int) -> NumberRead:
    """The number at a position with its unit: `12 fl oz`, `128gb`, `15.6"`; `10.000 g` are ten thousand."""
    read = _number_at(atoms, position)
    if read.unit is not None and read.unit.kind in _IN_THOUSANDS and read.unit.factor == 1:
        written = _THOUSANDS.match(atoms[position].text)
        if written is not None:
            return NumberRead(float(written.group(1) + written.group(2)), read.unit, read.taken)
    return read


def _number_at(atoms: list[Atom], position: int) -> NumberRead:
    atom = atoms[position]
    if atom.kind is Kind.MEASURE:
        if atom.unit == "x":
            return NumberRead(atom.value, PIECES, 1)
        attached = UNIT_PHRASES[(atom.unit,)]
        # `12fl oz` and `6er pack`: the unit goes on in the next word.
        if position + 1 < len(atoms):
            longer = UNIT_PHRASES.get((atom.unit, atoms[position + 1].text))
            if longer is not None:
                return NumberRead(atom.value, longer, 2)
        return NumberRead(atom.value, attached, 1)
    after = position + 1
    if after < len(atoms) and atoms[after].text == "-":
        after += 1
    unit, length = unit_at(atoms, after)
    if unit is None:
        return NumberRead(atom.value, None, 1)
    return NumberRead(atom.value, unit, after - position + length)


def sides_at(atoms: list[Atom], position: int) -> tuple[list[NumberRead], int]:
    """Numbers joined by x from a position on: `52 x 84 in`; one number where nothing is joined."""
    first = number_at(atoms, position)
    sides, after = [first], _behind_name(atoms, position + first.taken)
    while len(sides) < _MOST_SIDES and after + 1 < len(atoms) and atoms[after].text in _TIMES:
        if atoms[after + 1].kind not in (Kind.NUMBER, Kind.MEASURE):
            break
        side = number_at(atoms, after + 1)
        sides.append(side)
        after = _behind_name(atoms, after + 1 + side.taken)
    return sides, after - position


def _behind_name(atoms: list[Atom], position: int) -> int:
    """`24 in wide x 8 in deep`: the word says which side it is, and another side follows."""
    named = position + 1 < len(atoms) and atoms[position].text in _SIDE_NAMES and atoms[position + 1].text in _TIMES
    return position + named


def is_pack_of_measures(sides: list[NumberRead]) -> bool:
    """`6 x 330 ml`, `2 x 512 MB`: a bare number times a measure that is no length."""
    first, last = sides[0], sides[-1]
    return len(sides) == 2 and first.unit is None and last.unit is not None and last.unit.kind != _LENGTH  # noqa: PLR2004


def dimensions_of(sides: list[NumberRead]) -> tuple[tuple[float, ...], bool]:
    """The sides in ascending order, in mm where any has a unit of length; and whether one has."""
    factor = next((side.unit.factor for side in reversed(sides) if side.unit and side.unit.kind == _LENGTH), None)
    scaled = (
        side.value * (side.unit.factor if side.unit and side.unit.kind == _LENGTH else factor or 1.0) for side in sides
    )
    return tuple(sorted(round(side, 2) for side in scaled)), factor is not None


def is_times(read: NumberRead, atoms: list[Atom], position: int) -> bool:
    """`10x wide angle optical zoom`, `533x`: how much larger or faster, no pack."""
    if read.unit is not PIECES:
        return False
    return read.value > _MOST_TIMES or any(atom.text in _ZOOMED for atom in atoms[position : position + 4])
