"""How rare a word is in titles: a small table of the usual ones; what is not in it is rare."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dropship_pipeline.matching.weights import shipped_weights

UNSEEN = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Rarity:
    """Rarity of words, 0 (in every title) to 1 (in none that was learnt from).

    Args:
        usual: the words that are not rare, folded and stemmed.
    """

    usual: Mapping[str, float]

    def of(self, word: str) -> float:
        """Rarity of a folded word."""
        return self.usual.get(word, UNSEEN)


@lru_cache(maxsize=1)
def shipped_rarity() -> Rarity:
    """The table of the package."""
    return Rarity(shipped_weights()["rarity"])
