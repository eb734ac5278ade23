"""The weights: small trees over the numbers of a comparison, the bands, and the rarity of words, in `model.json`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from dropship_pipeline.matching.forest import Forest, Tree, forest_of
from dropship_pipeline.matching.rarity import Rarity
from dropship_pipeline.matching.values import FEATURES
from dropship_pipeline.matching.weights import shipped_weights


@dataclass(frozen=True, slots=True)
class Model:
    """Weights and bands.

    Args:
        version: of weights and rules; stored beside each judgement.
        forest: the logarithm of the odds, by the numbers of a comparison.
        accept_from: least probability of the accept band.
        review_from: least probability of the review band.
        barred_at_most: probability of a pair with a signal that bars, at most; below `accept_from`.
        refuted_at_most: of a pair with a signal that refutes, at most; below `review_from`.
        decide_from: the one probability from which F1 is best; for figures, it decides nothing.
        rarity: of words.
    """

    version: str
    forest: Forest
    accept_from: float
    review_from: float
    barred_at_most: float
    refuted_at_most: float
    decide_from: float
    rarity: Rarity

    def with_bands(self, accept_from: float, review_from: float) -> "Model":
        """The same weights with other bands; what is barred or refuted stays below them.

        Args:
            accept_from: least probability of the accept band, at least `review_from`.
            review_from: least probability of the review band, above 0.
        """
        return replace(
            self,
            accept_from=accept_from,
            review_from=review_from,
            barred_at_most=min(self.barred_at_most, math.nextafter(accept_from, 0)),
            refuted_at_most=min(self.refuted_at_most, math.nextafter(review_from, 0)),
        )

    def log_odds(self, features: Sequence[float]) -> float:
        """The logarithm of the odds that a pair with these numbers is a match."""
        return self.forest.score(features)


@lru_cache(maxsize=1)
def shipped_model() -> Model:
    """The model of the package."""
    return read_model(shipped_weights())


def read_model(written: Mapping[str, Any]) -> Model:
    """Read a model from its JSON.

    Raises:
        ValueError: it was learnt for other numbers than this version of the rules gives.
    """
    if list(FEATURES) != written["features"]:
        raise ValueError("model.json was learnt for other features than compare.py gives; run `make match-train`")
    return Model(
        version=written["version"],
        forest=forest_of(written["start"], [_tree(tree) for tree in written["trees"]]),
        rarity=Rarity(written["rarity"]),
        **written["bands"],
    )


def _tree(written: object) -> Tree:
    if isinstance(written, list):
        feature, threshold, low, high = written
        return feature, threshold, _tree(low), _tree(high)
    return float(str(written))
