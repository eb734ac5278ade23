"""Compares the telling words of two titles: which they share, which each has alone."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from math import fsum

from rapidfuzz.distance import OSA, Prefix
from rapidfuzz.fuzz import ratio

from dropship_pipeline.matching.quantities import DIMENSIONS
from dropship_pipeline.matching.values import TitleFacts

_AMOUNT = re.compile(r"[\d.e+]+(?:([a-z_]+)|(?:x[\d.e+]+)+)")
_LEAST_LETTERS = 4
_ALIKE = 86.0
_MOST_COMPARED = 12  # words of each side that are compared letter by letter
_ABBREVIATION = 3
VOWELS = frozenset("aeiouy")
_TELLING = 0.5
_BEGINNING, _MOST_OF_IT = 4, 0.6


@dataclass(slots=True)
class Overlap:
    """What two titles share.

    Args:
        shared: weight of the words of both.
        rarest: greatest rarity of a shared word.
        alone_a: words of the first title alone, with their rarity.
        alone_b: words of the second title alone.
    """

    shared: float
    rarest: float
    alone_a: dict[str, float]
    alone_b: dict[str, float]


def overlap(a: TitleFacts, b: TitleFacts, same_amounts: Iterable[str] = ()) -> Overlap:
    """Find the shared words: equal, of one amount, written as one or two, abbreviated, or with a slip.

    Args:
        a: one title.
        b: the other.
        same_amounts: kinds of amounts that agree, in whatever unit each title gives them.
    """
    of_a, of_b = a.words, b.words
    common = of_a.keys() & of_b.keys()
    weights = [of_a[word] for word in common]
    found = Overlap(
        shared=fsum(weights),  # the same whatever the order, which a set changes from process to process
        rarest=max(weights, default=0.0),
        alone_a={word: weight for word, weight in of_a.items() if word not in common},
        alone_b={word: weight for word, weight in of_b.items() if word not in common},
    )
    for thing in a.things.keys() & b.things.keys():
        _one_thing(found, a.things[thing], b.things[thing])
    for kind in sorted(same_amounts):  # as above
        _one_thing(found, _amounts(found.alone_a, kind), _amounts(found.alone_b, kind))
    if found.alone_a and found.alone_b:
        _one_or_two(found, found.alone_a, found.alone_b, b)
        _one_or_two(found, found.alone_b, found.alone_a, a)
        _alike(found)
    return found


def _one_thing(found: Overlap, of_a: Collection[str], of_b: Collection[str]) -> None:
    """`saucepan` and `stielkasserolle` are one word."""
    weights = [found.alone_a.pop(word) for word in of_a if word in found.alone_a]
    weights += [found.alone_b.pop(word) for word in of_b if word in found.alone_b]
    found.shared += sum(weights) / 2


def _amounts(words: Iterable[str], kind: str) -> list[str]:
    """The words of one kind of amount: `907mass`, `32pieces`, `432x610`."""
    found = ((word, _AMOUNT.fullmatch(word)) for word in words if word[0].isdigit())
    return [word for word, amount in found if amount and (amount.group(1) or DIMENSIONS) == kind]


def _one_or_two(found: Overlap, ones: dict[str, float], others: dict[str, float], other: TitleFacts) -> None:
    """`bt410` here and `bt 410` there; `coffeemaker` and `coffee maker`."""
    for word in [word for word in ones if word in other.adjacent]:
        first, second = other.adjacent[word]
        if first in others or second in others:
            found.shared += ones[word]
            found.rarest = max(found.rarest, ones[word])
            del ones[word]
            others.pop(first, None)
            others.pop(second, None)


def _alike(found: Overlap) -> None:
    candidates = _letters(found.alone_b)
    if not candidates:
        return
    for word in _letters(found.alone_a):
        other = next((one for one in candidates if one[0] == word[0] and _same_word(word, one)), None)
        if other is not None:
            found.shared += (found.alone_a.pop(word) + found.alone_b.pop(other)) / 2
            candidates.remove(other)


def _letters(words: Iterable[str]) -> list[str]:
    return [word for word in words if len(word) >= _ABBREVIATION and word.isalpha()][:_MOST_COMPARED]


def _same_word(one: str, other: str) -> bool:
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) < _LEAST_LETTERS:
        return _abbreviates(short, long)
    return long.startswith(short) or is_slip(one, other) or _abbreviates(short, long)


def is_slip(one: str, other: str) -> bool:
    """Whether two words differ by a slip: `coffe`, `raost`."""
    return ratio(one, other, score_cutoff=_ALIKE) > 0 or _are_swapped(one, other)


def _are_swapped(one: str, other: str) -> bool:
    """`raost` of `roast`: two neighbours in the wrong order."""
    swapped = len(one) == len(other) > _LEAST_LETTERS and sorted(one) == sorted(other)
    return swapped and OSA.distance(one, other, score_cutoff=1) == 1


def _abbreviates(short: str, long: str) -> bool:
    """`btl` of `bottle`: its consonants in their order, without a vowel of its own."""
    return VOWELS.isdisjoint(short) and _is_in_order(short, long)


def _is_in_order(short: str, long: str) -> bool:
    """Whether a longer word has the letters of a shorter one in their order; one letter more is another word."""
    letters = iter(long)
    return len(long) > len(short) + 1 and all(letter in letters for letter in short)


def alone(words: Overlap) -> tuple[list[str], list[str]]:
    """The telling words that each title has alone: `fig` of `... Toothpaste Fig`, `quince` of `... toothpaste quince`.

    A word that is a form or a part of the other (`haube`, `staubschutzhaube`) tells nothing apart.
    """
    one, other = (
        [word for word, rarity in own.items() if rarity >= _TELLING and word.isalpha() and len(word) > 1]
        for own in (words.alone_a, words.alone_b)
    )
    for word in list(one):
        kin = next((their for their in other if akin(word, their)), None)
        if kin is not None:
            one.remove(word)
            other.remove(kin)
    return one, other


def akin(one: str, other: str) -> bool:
    """Whether a word is a form of the other, a part of it or short for it."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) < _ABBREVIATION:
        return False
    if short in long:
        return True
    if short[0] != long[0]:
        return False
    if _is_in_order(short, long):
        return True
    common = Prefix.similarity(one, other)
    return common >= _BEGINNING and common >= _MOST_OF_IT * len(long)
