"""How much a telling word weighs in a comparison."""

from functools import lru_cache

from dropship_pipeline.matching.rarity import Rarity
from dropship_pipeline.matching.titles.lexicon import PLAIN_WORDS

_PLAIN_WEIGHT = 0.3


@lru_cache(maxsize=1 << 16)
def weight_of(word: str, rarity: Rarity) -> float:
    """Its rarity, but little where it tells no two products apart."""
    weight = rarity.of(word)
    return min(weight, _PLAIN_WEIGHT) if word in PLAIN_WORDS else weight
