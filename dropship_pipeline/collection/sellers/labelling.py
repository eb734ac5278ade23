"""What a person says of a match, with what follows from it at once: the numbers and the scores of its sellers."""

from collections.abc import Sequence

from dropship_pipeline.collection.sellers.scoring import score_some
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.change_log import Changed
from dropship_pipeline.storage.review.labels import MatchLabels
from dropship_pipeline.storage.review.undo import Undone, undo_latest
from dropship_pipeline.storage.sellers.counts import refresh_if_stale


class Labelling:
    """Labels matches of one org, and takes changes back. Every method raises StorageUnavailable.

    Args:
        settings: the fees of a sale.
        by: the person's name.
    """

    def __init__(self, database: Database, org_id: str, settings: Settings, *, by: str) -> None:
        self._database = database
        self._org_id = org_id
        self._settings = settings
        self._by = by

    def say(self, seller_id: int, asin: str, item_id: str, *, is_match: bool | None) -> Changed:
        """Keep whether a seller's listing is the product; None takes back what was said.

        Raises:
            RequestInvalid: the org has no such listing of this seller for this product.
        """
        labels = MatchLabels(self._database, self._org_id)
        labelled = labels.say(seller_id, asin, item_id, is_match=is_match, by=self._by)
        self._follow(labelled.seller_ids)
        return labelled

    def undo(self) -> Undone:
        """Take back the person's latest change, be it of marks or of a label."""
        undone = undo_latest(self._database, self._org_id, by=self._by)
        self._follow(undone.relabelled)
        return undone

    def _follow(self, seller_ids: Sequence[int]) -> None:
        if seller_ids:
            refresh_if_stale(self._database, self._org_id)
            score_some(self._database, self._org_id, seller_ids, self._settings)
