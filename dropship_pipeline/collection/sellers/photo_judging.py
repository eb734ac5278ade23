"""Judges listings once more, with their pictures. It imports what compares pictures; a search for listings does not."""

from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.matching.judge import with_photo
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.matching.photos.photo import AmazonPhoto, compare_photos
from dropship_pipeline.storage.sellers.photos import PhotoJudge, PhotoPair, PhotoVerdict


def photo_judge(settings: SellersSettings) -> PhotoJudge:
    """Judges pairs with their pictures, in the bands of the settings."""
    model = shipped_model().with_bands(settings.accept_from, settings.review_from)

    def judge(pair: PhotoPair) -> PhotoVerdict:
        amazon = AmazonPhoto.unpacked(pair.frames or b"")
        evidence = compare_photos(amazon, pair.phash)
        return PhotoVerdict(pair, evidence.band, evidence.distance, with_photo(pair.match, evidence.band, model))

    return judge
