"""Scores sellers anew after a search or a person's word, from what is stored: no credit, no network."""

from collections.abc import Collection

from dropship_pipeline.collection.sellers.likelihood import VERSION, likelihood_parts
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.review.values import SaleFees


def score_sellers(database: Database, org_id: str, job_id: str, settings: Settings) -> int:
    """Compute the scorecard of each seller; return how many there are.

    Args:
        database: where sellers and listings are.
        org_id: whose.
        job_id: of the search that is about to end; it counts as finished.
        settings: the fees of a sale.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    scores = SellerScores(database, org_id)
    return scores.compute(likelihood_parts, _fees(settings), version=VERSION, finishing=job_id)


def score_some(database: Database, org_id: str, seller_ids: Collection[int], settings: Settings) -> None:
    """Compute the scorecards of these sellers; arguments and errors as above."""
    if seller_ids:
        scores = SellerScores(database, org_id)
        scores.compute(likelihood_parts, _fees(settings), version=VERSION, only=seller_ids)


def _fees(settings: Settings) -> SaleFees:
    return SaleFees(
        share=settings.ebay_fee_percent / 100,
        per_order_cents=settings.ebay_order_fee_cents,
        per_small_order_cents=settings.ebay_small_order_fee_cents,
        small_order_cents=settings.ebay_small_order_cents,
    )
