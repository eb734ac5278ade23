"""Compares the telling words of two titles: which they share, which each has alone."""

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from dropship_pipeline.matching.values import TitleFacts

_LEAST_LETTERS = 4
_ALIKE = 86.0
_MOST_COMPARED = 12  # words of each side that are compared letter by letter
_ABBREVIATION = 3


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


def overlap(a: TitleFacts, b: TitleFacts) -> Overlap:
    """Find the shared words: equal, written as one or two, abbreviated, or with a slip."""
    of_a, of_b = a.words, b.words
    common = of_a.keys() & of_b.keys()
    weights = [of_a[word] for word in common]
    found = Overlap(
        shared=sum(weights),
        rarest=max(weights, default=0.0),
        alone_a={word: weight for word, weight in of_a.items() if word not in common},
        alone_b={word: weight for word, weight in of_b.items() if word not in common},
    )
    if found.alone_a and found.alone_b:
        _one_or_two(found, found.alone_a, found.alone_b, b)
        _one_or_two(found, found.alone_b, found.alone_a, a)
        _alike(found)
    return found


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
    if len(short) >= _LEAST_LETTERS:
        return long.startswith(short) or ratio(one, other, score_cutoff=_ALIKE) > 0
    return _abbreviates(short, long)


def _abbreviates(short: str, long: str) -> bool:
    """`btl` of `bottle`: its consonants in their order, without a vowel of its own."""
    if len(long) <= len(short) + 1 or not set("aeiouy").isdisjoint(short):
        return False
    letters = iter(long)
    return all(letter in letters for letter in short)
