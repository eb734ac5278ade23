"""Figures of a judge on labelled pairs: precision, recall, F1, and both error rates of the bands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dropship_pipeline.matching.judge import judge
from dropship_pipeline.matching.model import Model
from dropship_pipeline.matching.values import Evidence
from dropship_pipeline.models import Match
from dropship_pipeline_tests.match_eval.pairs import LabelledPair


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled pair with its judgement."""

    pair: LabelledPair
    match: Match

    @property
    def barred(self) -> bool:
        """Whether a signal keeps the pair out of the accept band."""
        return any(signal.effect in {"bars", "refutes"} for signal in self.match.reasons)


@dataclass(frozen=True, slots=True)
class Decision:
    """Precision, recall and F1 where every pair from some probability on is called a match."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean; 0 where both are."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Bands:
    """How a judge fills its bands.

    Args:
        precision: share of matches among the accepted; 1 where none is accepted.
        recall: share of the matches that are accepted.
        false_accepts: share of the non-matches that are accepted.
        false_rejects: share of the matches that are rejected.
        review: share of all pairs that are left to a person.
    """

    precision: float
    recall: float
    false_accepts: float
    false_rejects: float
    review: float


def judged(pairs: Sequence[LabelledPair], evidence: Iterable[Evidence], model: Model) -> list[Judged]:
    """Judge each pair."""
    return [Judged(pair, judge(one, model)) for pair, one in zip(pairs, evidence, strict=True)]


def decision(pairs: Iterable[Judged], threshold: float) -> Decision:
    """The figures of one threshold."""
    found = missed = false = 0
    for one in pairs:
        called = one.match.probability >= threshold
        found += called and one.pair.match
        missed += not called and one.pair.match
        false += called and not one.pair.match
    return Decision(_share(found, found + false), _share(found, found + missed))


def bands(pairs: Sequence[Judged]) -> Bands:
    """The figures of the bands."""
    matches = [one for one in pairs if one.pair.match]
    others = [one for one in pairs if not one.pair.match]
    right, wrong = _in_band(matches, "accept"), _in_band(others, "accept")
    return Bands(
        precision=_share(right, right + wrong) if right + wrong else 1.0,
        recall=_share(right, len(matches)),
        false_accepts=_share(wrong, len(others)),
        false_rejects=_share(_in_band(matches, "reject"), len(matches)),
        review=_share(_in_band(pairs, "review"), len(pairs)),
    )


def _in_band(pairs: Iterable[Judged], band: str) -> int:
    return sum(one.match.band == band for one in pairs)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
