"""Compares which variant of a line two titles offer: colour, flavour, audience, size, edition, year, generation."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from dropship_pipeline.matching.titles.lexicon import COVERS, SHADES
from dropship_pipeline.matching.values import TitleFacts
from dropship_pipeline.models import Signal

T = TypeVar("T")
# Editions that are no praise: a title that names the line without the word offers another one.
_ONE_SIDED = frozenset(
    {"pro", "max", "mini", "lite", "plus", "ultra", "se", "deluxe", "elite", "slim", "premium", "basic", "travel"}
)
_SYSTEMS = ("eu", "uk", "us")


@dataclass(slots=True)
class VariantsFound:
    """What was found about the variant: signals for people, how many kinds agree and how many differ."""

    signals: list[Signal] = field(default_factory=list)
    agree: float = 0.0
    clash: float = 0.0

    def take(self, name: str, of_a: frozenset[str], of_b: frozenset[str], *, differs: bool) -> None:
        """Take the outcome of one kind that both titles speak of."""
        if differs:
            self.clash += 1
            sentence = f"Another {name}: {_listed(of_a)} and {_listed(of_b)}."
            self.signals.append(Signal(name, "bars", sentence))
        else:
            self.agree += 1
            self.signals.append(Signal(name, "supports", f"The same {name}: {_listed(of_a & of_b or of_a)}."))


def compare_variants(a: TitleFacts, b: TitleFacts) -> VariantsFound:
    """Compare the variants of two titles; a kind that one of them does not speak of is left out."""
    found = VariantsFound()
    one, other = a.variant, b.variant
    if one.colours and other.colours:
        of_a, of_b = _with_shades(one.colours), _with_shades(other.colours)
        found.take("colour", one.colours, other.colours, differs=_each_alone(of_a, of_b, one.colours, other.colours))
    if one.flavours and other.flavours:
        found.take("flavour", one.flavours, other.flavours, differs=_each_has_own(one.flavours, other.flavours))
    if one.audiences and other.audiences:
        differs = not _one_audience(one.audiences, other.audiences)
        found.take("audience", one.audiences, other.audiences, differs=differs)
    if one.sizes and other.sizes:
        found.take("size", one.sizes, other.sizes, differs=_other_size(one.sizes, other.sizes))
    if one.years and other.years:
        found.take("year", _texts(one.years), _texts(other.years), differs=_each_has_own(one.years, other.years))
    if one.generations and other.generations:
        differs = one.generations.isdisjoint(other.generations)
        found.take("generation", _texts(one.generations), _texts(other.generations), differs=differs)
    if one.formats and other.formats:
        found.take("format", one.formats, other.formats, differs=one.formats.isdisjoint(other.formats))
    if one.opposites and other.opposites:
        _opposites(found, one.opposites, other.opposites)
    if one.editions or other.editions:
        _editions(found, a, b)
    return found


def _each_has_own(a: frozenset[T], b: frozenset[T]) -> bool:
    return bool(a - b) and bool(b - a)


def _opposites(found: VariantsFound, a: frozenset[str], b: frozenset[str]) -> None:
    """Day and night, left and right: words of one line of which each title has its own."""
    lines = {word.partition(":")[0] for word in a} & {word.partition(":")[0] for word in b}
    for line in sorted(lines):
        of_a = frozenset(word.partition(":")[2] for word in a if word.startswith(f"{line}:"))
        of_b = frozenset(word.partition(":")[2] for word in b if word.startswith(f"{line}:"))
        if of_a.isdisjoint(of_b):
            found.take("kind", of_a, of_b, differs=True)


def _with_shades(colours: frozenset[str]) -> frozenset[str]:
    return colours | {SHADES[colour] for colour in colours if colour in SHADES}


def _each_alone(of_a: frozenset[str], of_b: frozenset[str], said_a: frozenset[str], said_b: frozenset[str]) -> bool:
    """Whether each title says a colour that is neither the other's nor a shade of it."""
    alone_a = [colour for colour in said_a if colour not in of_b and SHADES.get(colour) not in said_b]
    alone_b = [colour for colour in said_b if colour not in of_a and SHADES.get(colour) not in said_a]
    return bool(alone_a) and bool(alone_b)


def _one_audience(a: frozenset[str], b: frozenset[str]) -> bool:
    return not _covered(a).isdisjoint(b) or not _covered(b).isdisjoint(a)


def _covered(audiences: frozenset[str]) -> frozenset[str]:
    return audiences.union(*(COVERS.get(who, frozenset()) for who in audiences))


def _other_size(a: frozenset[str], b: frozenset[str]) -> bool:
    """Sizes of two systems (EU 42, US 9) cannot be compared; without a system only the number counts."""
    pairs = [(_system(one), _system(other)) for one in a for other in b]
    comparable = [
        number != other_number
        for (system, number), (other_system, other_number) in pairs
        if not system or not other_system or system == other_system
    ]
    return bool(comparable) and all(comparable)


def _system(size: str) -> tuple[str, str]:
    system = next((name for name in _SYSTEMS if size.startswith(name) and size[len(name) :][:1].isdigit()), "")
    return system, size[len(system) :]


def _editions(found: VariantsFound, a: TitleFacts, b: TitleFacts) -> None:
    of_a, of_b = a.variant.editions, b.variant.editions
    if of_a and of_b and (of_a & of_b) and (of_a <= of_b or of_b <= of_a):
        found.agree += 1
    if of_a - of_b and of_b - of_a:
        found.take("edition", of_a - of_b, of_b - of_a, differs=True)
        return
    for edition in sorted((of_a ^ of_b) & _ONE_SIDED):
        one, other = (a, b) if edition in of_a else (b, a)
        before = one.variant.after.get(edition, "")
        # `Sound 300 Pro` against `Sound 300`: the other title names the line and goes on without the edition.
        if before and before in other.words and before not in one.variant.colours:
            found.clash += 1
            sentence = f"Another edition: {before} {edition} and {before} without it."
            found.signals.append(Signal("edition", "bars", sentence))
            return


def _texts(numbers: frozenset[int]) -> frozenset[str]:
    return frozenset(str(number) for number in numbers)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(word.replace("-", " ") for word in sorted(words))
