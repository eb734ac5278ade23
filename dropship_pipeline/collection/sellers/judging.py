"""Judges the listings of a search: is each one the product that was searched for?"""

from collections.abc import Iterable

from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.ebay.titles import split_fitment
from dropship_pipeline.matching.judge import judge
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.matching.values import Offer
from dropship_pipeline.models import Listing, Match
from dropship_pipeline.storage.sellers.values import WorkItem


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


def _one_language(title: str) -> str:
    """A listing's title, in which what eBay appends about fitment is written `(For: ...)`, in whatever language."""
    own, fitment = split_fitment(title)
    if fitment is None:
        return title
    fits = fitment.replace("\uff1a", ":").partition(":")[2].strip()
    return f"{own} (For: {fits})"
