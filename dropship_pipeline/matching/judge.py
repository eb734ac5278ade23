"""Judges evidence: a probability, a band, and the reasons."""

import math

from msgspec.structs import replace

from dropship_pipeline.matching.model import Model, shipped_model
from dropship_pipeline.matching.values import SIGNAL_ORDER, Evidence, PhotoBand
from dropship_pipeline.models import Band, Match, Signal

# By how much Amazon's own photo multiplies the odds; docs/photo-evidence.md says why by no more.
SAME_PHOTO_ODDS = 3.0
_CONFLICTS = ("bars", "refutes")
_PHOTO_SIGNALS = {
    PhotoBand.SAME: Signal("photo", "supports", "Amazon's photo."),
    PhotoBand.SIMILAR: Signal("photo", "neutral", "Similar photo."),
    PhotoBand.OTHER: Signal("photo", "neutral", "Other photo."),
}


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


def with_photo(match: Match, photo: PhotoBand, model: Model | None = None) -> Match:
    """Judge a pair once more, with what its pictures are to each other. Only the same photo moves the probability.

    Against a signal that bars or refutes it counts for nothing: sellers show the maker's photo for another size, too.

    Args:
        match: the judgement without the pictures.
        photo: of `compare_photos`.
        model: as above.
    """
    signal = _PHOTO_SIGNALS.get(photo)
    if signal is None:
        return match
    reasons = tuple(sorted((*match.reasons, signal), key=lambda reason: SIGNAL_ORDER[reason.effect]))
    if photo is not PhotoBand.SAME or any(reason.effect in _CONFLICTS for reason in match.reasons):
        return replace(match, reasons=reasons)
    odds = SAME_PHOTO_ODDS * match.probability
    probability = odds / (odds + 1 - match.probability)
    return replace(match, probability=probability, band=_band(probability, model or shipped_model()), reasons=reasons)


def _band(probability: float, model: Model) -> Band:
    if probability >= model.accept_from:
        return "accept"
    return "reject" if probability < model.review_from else "review"
