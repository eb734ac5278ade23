"""Chooses thresholds, by what models say about train and valid pairs that they have not seen."""

from collections.abc import Mapping, Sequence

from dropship_pipeline_tests.match_eval.figures import Judged, decision
from dropship_pipeline_tests.match_eval.learning import MATCH_SHARE, OWN

# The accept band begins as high as this recall allows: what is in doubt goes to a person. Up to it precision hardly
# falls on pairs that the judging model has not seen (0.978 at 0.60, 0.976 at 0.65), behind it does (0.968 at 0.70).
ACCEPT_RECALL, REJECT_PRECISION, MOST_REJECTED = 0.66, 0.05, 0.03
# While thresholds are chosen, nothing is capped but what the rules bar, and the bands are wide open.
OPEN_BANDS = {
    "accept_from": 0.999,
    "review_from": 0.001,
    "barred_at_most": 0.998,
    "refuted_at_most": 0.0005,
    "decide_from": 0.5,
}
# Software, which differs by edition and licence, says little about goods; own pairs do not count among public sets.
_NOT_GOODS = frozenset({"amazon_google", OWN})
_STEPS = 200
_BELOW = 0.01

Unseen = Mapping[str, Sequence[Judged]]


def choose(unseen: Unseen, accept_by: Sequence[Judged]) -> dict[str, float]:
    """Choose the bands of `model.json`.

    Args:
        unseen: judgements on families that the judging model has not seen.
        accept_by: judgements on pairs that the judging model has not seen, labelled by the product's definition: the
            public sets call other packs and other capacities a match, so they cannot say what may be accepted.
    """
    steps = [step / _STEPS for step in range(1, _STEPS)]
    # As strict as the recall allows: a wrong accept costs more than a look. Without such pairs there is no such band.
    accept = max([step for step in steps if _recall({"": accept_by}, step) >= ACCEPT_RECALL], default=steps[-1])
    review = max([step for step in steps if step < accept and _may_reject(unseen, step)], default=steps[0])
    goods = [pairs for family, pairs in unseen.items() if family not in _NOT_GOODS]
    best = max(steps, key=lambda step: (sum(decision(pairs, step).f1 for pairs in goods), -step))
    return {
        "accept_from": accept,
        "review_from": review,
        "barred_at_most": round(accept - _BELOW, 3),
        "refuted_at_most": round(review / 2, 4),
        "decide_from": best,
    }


def _recall(unseen: Unseen, threshold: float) -> float:
    """Share of the matches that would be accepted, each family alike."""
    return sum(_rates(pairs, threshold, accepted=True)[0] for pairs in unseen.values()) / len(unseen)


def _may_reject(unseen: Unseen, threshold: float) -> bool:
    """Whether few matches would be rejected, and few of the rejected would be matches."""
    found = false = 0.0
    for pairs in unseen.values():
        kept, wrong = _rates(pairs, threshold, accepted=False)
        found += (1 - kept) / len(unseen)
        false += (1 - wrong) / len(unseen)
    below = MATCH_SHARE * found / (MATCH_SHARE * found + (1 - MATCH_SHARE) * false or 1.0)
    return found <= MOST_REJECTED and below <= REJECT_PRECISION


def _rates(pairs: Sequence[Judged], threshold: float, *, accepted: bool) -> tuple[float, float]:
    """Share of the matches and of the others from a probability on; accepted ones only where nothing bars them."""
    counts = {True: [0, 0], False: [0, 0]}
    for one in pairs:
        count = counts[one.pair.match]
        count[1] += 1
        count[0] += one.match.probability >= threshold and not (accepted and one.barred)
    return tuple(part / whole if whole else 0.0 for part, whole in (counts[True], counts[False]))  # type: ignore[return-value]
