"""Judges the listings of a search: is each one the product that was searched for?

By title and price as they are found, and once more with the pictures where these are known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.ebay.titles import split_fitment
from dropship_pipeline.matching.judge import judge, with_photo
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.matching.photos.photo import PHOTO_VERSION, AmazonPhoto, compare_photos
from dropship_pipeline.matching.values import Offer
from dropship_pipeline.models import Listing, Match
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.sellers.photos import KnownPhotos, PhotoJudge, PhotoPair, PhotoVerdict
from dropship_pipeline.storage.sellers.values import FoundListing, WorkItem


class ListingJudge:
    """Judges with the shipped weights.

    Args:
        settings: where the bands begin.
    """

    def __init__(self, settings: SellersSettings) -> None:
        # Their word lists take a second to read: only a step that judges does, and before it begins.
        from dropship_pipeline.matching.compare import compare  # noqa: PLC0415
        from dropship_pipeline.matching.titles.title import read_title  # noqa: PLC0415

        self._compare, self._read = compare, read_title
        self._model = shipped_model().with_bands(settings.accept_from, settings.review_from)

    def judge(self, product: WorkItem, listings: Iterable[Listing]) -> list[Match]:
        """Judge the listings of one search, each title read once."""
        wanted = Offer(facts=self._read(product.title), price=product.price)
        found = (Offer(facts=self._read(_one_language(listing.title)), price=listing.price) for listing in listings)
        return [judge(self._compare(wanted, offer), self._model) for offer in found]


def photo_judge(settings: SellersSettings) -> PhotoJudge:
    """Judges pairs with their pictures, in the bands of the settings."""
    model = shipped_model().with_bands(settings.accept_from, settings.review_from)

    def judge(pair: PhotoPair) -> PhotoVerdict:
        amazon = AmazonPhoto.unpacked(pair.frames or b"")
        evidence = compare_photos(amazon, pair.phash)
        return PhotoVerdict(pair, evidence.band, evidence.distance, with_photo(pair.match, evidence.band, model))

    return judge


class PhotosAgain:
    """Judges listings of a replay with what is known of their pictures: nothing is fetched.

    Args:
        database: holds what is known.
        org_id: whose job.
        settings: of the job.
    """

    def __init__(self, database: Database, org_id: str, settings: SellersSettings) -> None:
        self._known = KnownPhotos(database, org_id, settings.photo_bands, version=PHOTO_VERSION)
        self._judge = photo_judge(settings)

    def judge(self, listings: Sequence[FoundListing], products: Mapping[str, str | None]) -> list[FoundListing]:
        """The listings, with their pictures where both are known; others stay without a photo.

        Args:
            listings: judged without.
            products: for each ASIN the address of Amazon's picture; None where there is none.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        verdicts = {pair.place: self._judge(pair) for pair in self._known.pairs(listings, products)}
        return [
            one
            if (verdict := verdicts.get((one.asin, one.listing.product_id))) is None
            else replace(one, match=verdict.match, photo_band=verdict.band, photo_distance=verdict.distance)
            for one in listings
        ]


def _one_language(title: str) -> str:
    """A listing's title, in which what eBay appends about fitment is written `(For: ...)`, in whatever language."""
    own, fitment = split_fitment(title)
    if fitment is None:
        return title
    fits = fitment.replace("\uff1a", ":").partition(":")[2].strip()
    return f"{own} (For: {fits})"
