"""Judges the listings of a search: is each one the product that was searched for?"""

from collections.abc import Iterable

from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.ebay.titles import split_fitment
from dropship_pipeline.matching.judge import judge
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.matching.values import Offer, TitleFacts
from dropship_pipeline.models import Listing, Match
from dropship_pipeline.storage.sellers.values import WorkItem


class ListingJudge:
    """Judges with the shipped weights.

    Args:
        settings: where the bands begin.
    """

    def __init__(self, settings: SellersSettings) -> None:
        self._model = shipped_model().with_bands(settings.accept_from, settings.review_from)

    def judge(self, product: WorkItem, listings: Iterable[Listing]) -> list[Match]:
        """Judge the listings of one search, each title read once."""
        from dropship_pipeline.matching.compare import compare  # noqa: PLC0415  (as below)

        wanted = Offer(facts=_read(product.title), price=product.price)
        found = (Offer(facts=_facts(listing.title), price=listing.price) for listing in listings)
        return [judge(compare(wanted, offer), self._model) for offer in found]


def _read(title: str) -> TitleFacts:
    from dropship_pipeline.matching.titles.title import read_title  # noqa: PLC0415  (its word lists take a second)

    return read_title(title)


def _facts(title: str) -> TitleFacts:
    """Read a listing's title; what eBay appends about fitment, in whatever language, is read as `(For: ...)`."""
    own, fitment = split_fitment(title)
    if fitment is None:
        return _read(title)
    fits = fitment.replace("\uff1a", ":").partition(":")[2].strip()
    return _read(f"{own} (For: {fits})")
