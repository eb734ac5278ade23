"""Judges evidence: a probability, a band, and the reasons."""

import math

from dropship_pipeline.matching.model import Model, shipped_model
from dropship_pipeline.matching.values import Evidence
from dropship_pipeline.models import Band, Match


def judge(evidence: Evidence, model: Model | None = None) -> Match:
    """Judge a pair.

    A signal that bars keeps the probability below the accept band, one that refutes below the review band: no
    similarity makes up for another capacity or an empty box.

    Args:
        evidence: of `compare`.
        model: weights and bands; the shipped ones where it is left out.
    """
    model = model or shipped_model()
    probability = 1 / (1 + math.exp(-model.log_odds(evidence.features) - evidence.log_odds))
    effects = {signal.effect for signal in evidence.signals}
    if "refutes" in effects:
        probability = min(probability, model.refuted_at_most)
    elif "bars" in effects:
        probability = min(probability, model.barred_at_most)
    return Match(probability, _band(probability, model), evidence.signals, model.version)


def _band(probability: float, model: Model) -> Band:
    if probability >= model.accept_from:
        return "accept"
    return "reject" if probability < model.review_from else "review"
