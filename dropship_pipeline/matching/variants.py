"""Compares which variant of a line two titles offer: colour, flavour, audience, size, edition, year, generation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from dropship_pipeline.matching.titles.lexicon import COVERED, COVERS, SHADES, head_of, kinds_of
from dropship_pipeline.matching.values import TitleFacts, Variant
from dropship_pipeline.models import Signal

T = TypeVar("T")
_PRAISED = ("voltage", "data_rate", "power")  # ends of the words that these measures are read as
_OLDER = "older"  # whatever stands before it
# Editions that are no praise: a title that names the line without the word offers another one.
_ONE_SIDED = frozenset(
    {
        "pro",
        "max",
        "mini",
        "lite",
        "plus",
        "ultra",
        "se",
        "deluxe",
        "elite",
        "slim",
        "premium",
        "basic",
        "travel",
        "junior",
        "large-print",
        "xl",
        *(f"over-{age}" for age in range(40, 80, 10)),
        _OLDER,
    }
)
_ANIMALS = frozenset({"dog", "cat"})
_NAMED = " edition"
_SYSTEMS = ("eu", "uk", "us")
# By how much the number of one system may exceed that of another, in shoes and dresses of grown people.
_EXCESS = {("eu", "us"): (29.5, 35.0), ("eu", "uk"): (26.0, 35.0), ("us", "uk"): (-4.0, 2.5)}
_LEAST_EU = 34


@dataclass(slots=True)
class VariantsFound:
    """What was found about the variant: signals for people, how many kinds agree and how many differ."""

    signals: list[Signal] = field(default_factory=list)
    agree: float = 0.0
    clash: float = 0.0
    same_thing: float = 0.0

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
    _looks(found, a.variant, b.variant)
    _makes(found, a, b)
    return found


def _looks(found: VariantsFound, one: Variant, other: Variant) -> None:
    """What a person sees of it, and for whom it is."""
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


def _makes(found: VariantsFound, a: TitleFacts, b: TitleFacts) -> None:
    """When it was made, on what it comes, what it is."""
    one, other = a.variant, b.variant
    if one.years and other.years:
        found.take("year", _texts(one.years), _texts(other.years), differs=_each_has_own(one.years, other.years))
    if other.generations:
        _generations(found, a, b)
    if one.formats and other.formats:
        found.take("format", one.formats, other.formats, differs=one.formats.isdisjoint(other.formats))
    if one.opposites and other.opposites:
        _opposites(found, one.opposites, other.opposites)
    if a.things and b.things:
        _things(found, a, b)
    elif _leaves_it_out(a, b) or _leaves_it_out(b, a):
        found.same_thing = -0.5
    if one.editions or other.editions:
        _editions(found, a, b)


def _each_has_own(a: frozenset[T], b: frozenset[T]) -> bool:
    return bool(a - b) and bool(b - a)


def _generations(found: VariantsFound, a: TitleFacts, b: TitleFacts) -> None:
    of_a, of_b = a.variant.generations, b.variant.generations
    if of_a:
        found.take("generation", _texts(of_a), _texts(of_b), differs=of_a.isdisjoint(of_b))
    elif of_b.isdisjoint(a.numbers):
        sentence = f"Only the listing names a generation: {_listed(_texts(of_b))}."
        found.signals.append(Signal("generation", "bars", sentence))


def _opposites(found: VariantsFound, a: frozenset[str], b: frozenset[str]) -> None:
    """Day and night, left and right: words of one line of which each title has its own."""
    lines = {word.partition(":")[0] for word in a} & {word.partition(":")[0] for word in b}
    for line in sorted(lines):
        of_a = frozenset(word.partition(":")[2] for word in a if word.startswith(f"{line}:"))
        of_b = frozenset(word.partition(":")[2] for word in b if word.startswith(f"{line}:"))
        if _covering(of_a).isdisjoint(of_b) and _covering(of_b).isdisjoint(of_a):
            found.take("kind" if line != "material" else line, of_a, of_b, differs=True)


def _things(found: VariantsFound, a: TitleFacts, b: TitleFacts) -> None:
    if _one_thing(a.things, b.things):
        found.same_thing = 1.0
        return
    found.same_thing = -1.0
    if _names_it_too(a, b) or _names_it_too(b, a):
        sentence = f"Perhaps another thing: {_listed(a.things)} and {_listed(b.things)}."
        found.signals.append(Signal("thing", "weakens", sentence))
    else:
        found.take("thing", frozenset(a.things), frozenset(b.things), differs=True)


def _leaves_it_out(a: TitleFacts, b: TitleFacts) -> bool:
    """Whether one title names a thing, and the other none and no word of it."""
    return bool(a.things) and not any(head_of(words) in b.words for words in a.things.values())


def _names_it_too(a: TitleFacts, b: TitleFacts) -> bool:
    """`frother with stand, two whisks` names the `milk frother`, though it is read as a whisk."""
    of_b = {word for words in b.things.values() for word in words}
    return any((head := head_of(words)) in b.words and head not in of_b for words in a.things.values())


def _one_thing(a: Mapping[str, object], b: Mapping[str, object]) -> bool:
    """Whether a thing of one title is one of the other's, or a kind of it: a camping chair is a chair."""
    return not a.keys().isdisjoint(b) or _is_kind_of(a, b) or _is_kind_of(b, a)


def _is_kind_of(a: Mapping[str, object], b: Mapping[str, object]) -> bool:
    """Whether the first thing of a title is what one of the other's is a kind of."""
    return next(iter(a)) in {kind for thing in b for kind in kinds_of(thing)}


def _covering(sides: frozenset[str]) -> frozenset[str]:
    return sides.union(*(COVERED.get(side, frozenset()) for side in sides))


def _with_shades(colours: frozenset[str]) -> frozenset[str]:
    return colours | {SHADES[colour] for colour in colours if colour in SHADES}


def _each_alone(of_a: frozenset[str], of_b: frozenset[str], said_a: frozenset[str], said_b: frozenset[str]) -> bool:
    """Whether each title says a colour that is neither the other's nor a shade of it."""
    alone_a = [colour for colour in said_a if colour not in of_b and SHADES.get(colour) not in said_b]
    alone_b = [colour for colour in said_b if colour not in of_a and SHADES.get(colour) not in said_a]
    return bool(alone_a) and bool(alone_b)


def _one_audience(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether one of them covers one of the others; food for adult cats is none for adult dogs."""
    animals, others = a & _ANIMALS, b & _ANIMALS
    if animals and others and animals.isdisjoint(others):
        return False
    return not _covered(a).isdisjoint(b) or not _covered(b).isdisjoint(a)


def _covered(audiences: frozenset[str]) -> frozenset[str]:
    """Those that are meant: all that a word covers, but where a title names some of these (`senior dogs`) only they."""
    covered = (COVERS.get(who, frozenset()) for who in audiences)
    return audiences.union(*(those for those in covered if those.isdisjoint(audiences)))


def _other_size(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether no two sizes agree; EU 42 and US 9 say nothing where one may be the other."""
    verdicts = {_same_size(_system(one), _system(other)) for one in a for other in b}
    return False in verdicts and True not in verdicts


def _same_size(one: tuple[str, str], other: tuple[str, str]) -> bool | None:
    if one[0] and other[0] and one[0] != other[0]:
        return None if _may_be_one(dict([one, other])) else False
    # `34x32` and `34`: the waist alone says less.
    if ("x" in one[1]) != ("x" in other[1]) and one[1][:1].isdigit():
        return one[1].partition("x")[0] == other[1].partition("x")[0]
    return one[1] == other[1]


def _may_be_one(numbers: Mapping[str, str]) -> bool:
    if "eu" in numbers and float(numbers["eu"]) < _LEAST_EU:
        return True
    (first, second) = next(pair for pair in _EXCESS if pair[0] in numbers and pair[1] in numbers)
    least, most = _EXCESS[first, second]
    return least <= float(numbers[first]) - float(numbers[second]) <= most


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
    named = sorted(edition for edition in of_b - of_a if edition.endswith(_NAMED))
    if named and not any(edition.removesuffix(_NAMED) in a.words for edition in named):
        found.take("edition", frozenset({"none"}), frozenset(named), differs=True)
        return
    for edition in sorted((of_a ^ of_b) & _ONE_SIDED):
        one, other = (a, b) if edition in of_a else (b, a)
        before = one.variant.after.get(edition, "")
        # `Sound 300 Pro` against `Sound 300`: the other title names the line and goes on without the edition.
        of_line = before in other.words and before not in one.variant.colours and not _is_measure(before, one)
        if of_line or edition == _OLDER:
            found.clash += 1
            line = before if of_line else "one"
            sentence = f"Another edition: {line} {edition} and {line} without it."
            found.signals.append(Signal("edition", "bars", sentence))
            return


def _is_measure(word: str, facts: TitleFacts) -> bool:
    """`20V Max` and `48 Gbps Ultra High Speed` praise a measure; `12 Pro`, `2a Plus` and `S22 Ultra` name a model."""
    return word not in facts.codes and word.endswith(_PRAISED)


def _texts(numbers: frozenset[int]) -> frozenset[str]:
    return frozenset(str(number) for number in numbers)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(word.replace("-", " ") for word in sorted(words))
