"""Learns the weights: rarity of words, small trees with monotone constraints, and bands. Needs scikit-learn.

Every public family of pairs weighs the same, and within each the matches weigh `MATCH_SHARE` of it, whatever share the
collectors of a set happened to keep: a probability speaks of a search in which that share of the listings matches.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from dropship_pipeline.matching.compare import compare
from dropship_pipeline.matching.model import Model, read_model
from dropship_pipeline.matching.rarity import Rarity
from dropship_pipeline.matching.titles.title import read_title
from dropship_pipeline.matching.titles.weighing import weight_of
from dropship_pipeline.matching.values import FEATURES, Evidence, Offer, TitleFacts
from dropship_pipeline_tests.match_eval.pairs import LabelledPair

MATCH_SHARE = 0.3
OWN = "own pairs"
# The pairs of this repository are labelled by the definition that the product uses; the public sets by others.
_OWN_WEIGHT = 3.0
_TREES, _LEAVES, _RATE, _LEAST_IN_LEAF, _L2 = 150, 4, 0.1, 300, 10.0
_TITLES, _USUAL_WORDS, _RARITY_FLOOR, _ONCE = 4000, 3000, 0.05, 0.5
_EVERYTHING = Rarity({})

Matrix = NDArray[np.float64]
Families = Mapping[str, Sequence[LabelledPair]]


class Titles:
    """Reads each title once, and gives it the rarities of one model after another."""

    def __init__(self) -> None:
        self._read: dict[str, TitleFacts] = {}

    def facts(self, title: str) -> TitleFacts:
        """A title's facts, each word as if it were in no other title."""
        if title not in self._read:
            self._read[title] = read_title(title, _EVERYTHING)
        return self._read[title]

    def evidence(self, pairs: Iterable[LabelledPair], rarity: Rarity) -> list[Evidence]:
        """The evidence about each pair, with these rarities."""
        weighed: dict[str, TitleFacts] = {}

        def of(title: str) -> TitleFacts:
            if title not in weighed:
                words = {word: weight_of(word, rarity) for word in self.facts(title).words}
                weighed[title] = replace(self.facts(title), words=words, weight=sum(words.values()))
            return weighed[title]

        return [
            compare(
                Offer(facts=of(pair.title_a), price=pair.price_a), Offer(facts=of(pair.title_b), price=pair.price_b)
            )
            for pair in pairs
        ]


def learn_rarity(families: Families, titles: Titles) -> Rarity:
    """How rare each word is, averaged over the families: a word of one family's trade stays rare elsewhere."""
    shares: Counter[str] = Counter()
    for pairs in families.values():
        distinct = {title for pair in pairs for title in (pair.title_a, pair.title_b)}
        counts = Counter(word for title in sorted(distinct) for word in titles.facts(title).words)
        for word, count in counts.items():
            shares[word] += count / len(distinct) / len(families)  # type: ignore[assignment]  # shares, not counts
    usual = {}
    for word, share in sorted(shares.items(), key=lambda item: (-item[1], item[0]))[:_USUAL_WORDS]:
        seen = share * _TITLES
        if seen >= 1:
            rarity = math.log((_TITLES + 1) / (seen + _ONCE)) / math.log((_TITLES + 1) / _ONCE)
            usual[word] = round(max(_RARITY_FLOOR, rarity), 2)
    return Rarity(usual)


@dataclass(frozen=True, slots=True)
class Learnt:
    """Weights without bands."""

    start: float
    trees: list[Any]
    rarity: Rarity

    def model(self, version: str, bands: Mapping[str, float]) -> Model:
        """The model with these bands."""
        return read_model(self.written(version, bands))

    def written(self, version: str, bands: Mapping[str, float]) -> dict[str, Any]:
        """What `model.json` holds."""
        return {
            "version": version,
            "features": list(FEATURES),
            "bands": dict(bands),
            "start": self.start,
            "trees": self.trees,
            "rarity": dict(self.rarity.usual),
        }


def learn(families: Families, titles: Titles, rarity: Rarity | None = None) -> Learnt:
    """Learn from some families of pairs; the same pairs give the same weights."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415  (a second; only training needs it)

    rarity = rarity or learn_rarity(families, titles)
    matrices, labels, weights = [], [], []
    for family, pairs in families.items():
        matrices.append(matrix(titles.evidence(pairs, rarity)))
        label = np.array([pair.match for pair in pairs], dtype=np.float64)
        labels.append(label)
        share = label.mean()
        balanced = np.where(label == 1, MATCH_SHARE / share, (1 - MATCH_SHARE) / (1 - share)) / len(label)
        weights.append(balanced * (_OWN_WEIGHT if family == OWN else 1.0))
    weight = np.concatenate(weights)
    booster = HistGradientBoostingClassifier(
        max_iter=_TREES, max_leaf_nodes=_LEAVES, learning_rate=_RATE, min_samples_leaf=_LEAST_IN_LEAF,
        l2_regularization=_L2, monotonic_cst=list(FEATURES.values()), early_stopping=False, random_state=0,
    )  # fmt: skip
    booster.fit(np.concatenate(matrices), np.concatenate(labels), sample_weight=weight / weight.mean())
    trees = [_tree(predictor.nodes, 0) for (predictor,) in booster._predictors]
    return Learnt(round(float(booster._baseline_prediction.item()), 5), trees, rarity)


def matrix(evidence: Iterable[Evidence]) -> Matrix:
    """One row of numbers for each pair."""
    return np.array([one.features for one in evidence], dtype=np.float64)


def _tree(nodes: Any, at: int) -> Any:
    node = nodes[at]
    if node["is_leaf"]:
        return round(float(node["value"]), 5)
    low, high = _tree(nodes, int(node["left"])), _tree(nodes, int(node["right"]))
    return [int(node["feature_idx"]), round(float(node["num_threshold"]), 5), low, high]
