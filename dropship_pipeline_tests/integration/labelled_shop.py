"""A seller whose listings people have something to say of."""

from typing import Any

from sqlalchemy import update

from dropship_pipeline.collection.sellers.labelling import Labelling
from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.evidence import SellerEvidence
from dropship_pipeline.storage.sellers.listing import SellerList
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing, add_seen_seller

ANNA, BO = "anna", "bo"
JUDGED: dict[str, Any] = {"match_probability": 0.03, "match_reasons": [], "matcher_version": "1", "image_url": "x"}


class Shop:
    """A seller with one listing that the matcher accepts, one in review, one that it rejects."""

    def __init__(self, database: Database, records: RunRecords) -> None:
        self.database = database
        self.run_id = add_run(records, "d1", status="completed")
        self.id = add_seller(database, "shop")
        add_seen_seller(database, self.id, runs=[self.run_id])
        for asin, band in (("A1", "accept"), ("A2", "review"), ("A3", "reject")):
            add_job_product(database, asin)
            add_listing(database, self.run_id, self.id, asin, item_id=band, match_band=band, **JUDGED)
        score_sellers(database, "default", "job", Settings())

    def says(self, who: str = ANNA) -> Labelling:
        return Labelling(self.database, "default", Settings(), by=who)

    def bands(self) -> dict[str, str | None]:
        """What counts of each listing."""
        items = SellerEvidence(self.database, "default").items(self.id).rows
        return {item.listing.item_id: item.band for item in items}

    def numbers(self) -> tuple[int, int, int, int]:
        """Of the list: products, accepted, in review, rejected."""
        (row,) = SellerList(self.database, "default").page().rows
        return row.products, row.accepted, row.in_review, row.rejected

    def scored(self) -> tuple[int, int]:
        """Distinct accepted products of the scorecard, and the likelihood by which the list is sorted."""
        (row,) = SellerList(self.database, "default").page().rows
        return SellerScores(self.database, "default").of([self.id])[self.id].facts.products, row.likelihood

    def judge_anew(self, band: str) -> None:
        """As a replay or a later search writes it: every listing with another band."""
        with self.database.begin() as connection:
            connection.execute(update(collection_items).values(match_band=band))
