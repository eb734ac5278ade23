"""Which products a query means: an inverted index over words, as simple as it can be and still answer plausibly."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    ("a", "an", "and", "best", "by", "for", "from", "in", "new", "of", "on", "or", "the", "to", "with")
)
_SHORTEST_PLURAL = 4


def words(text: str) -> frozenset[str]:
    """The words that count, lower case, plurals cut to one form."""
    found = _WORD.findall(unicodedata.normalize("NFKC", text).lower())
    return frozenset(_stem(word) for word in found if word not in _STOP_WORDS)


class TextIndex:
    """Finds documents, numbered 0…n-1, by their words."""

    def __init__(self, documents: Iterable[str]) -> None:
        self._postings: dict[str, list[int]] = {}
        for number, text in enumerate(documents):
            for word in words(text):
                self._postings.setdefault(word, []).append(number)

    def matches(self, query: str, least_share: float) -> Mapping[int, int]:
        """Documents that hold at least `least_share` (0-1) of the query's words, and how many of them each holds."""
        asked = words(query)
        counts = Counter[int]()
        for word in asked:
            counts.update(self._postings.get(word, ()))
        needed = max(1.0, least_share * len(asked))
        return {number: count for number, count in counts.items() if count >= needed}


def _stem(word: str) -> str:
    return word[:-1] if len(word) >= _SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss") else word
