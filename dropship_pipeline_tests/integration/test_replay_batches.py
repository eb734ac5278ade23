"""A replay writes a seller once, however many of its batches meet it, as the search did; without sellers no listing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from dropship_pipeline.collection.seen_sellers import SeenSellers
from dropship_pipeline.models import Reading, Seller
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.replay.job import replayed_job
from dropship_pipeline.storage.replay.rows import JobReplacement
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.counts import refresh_products
from dropship_pipeline.storage.sellers.listing_rows import listing_row
from dropship_pipeline.storage.sellers.search_results import SellerSearchResults
from dropship_pipeline.storage.sellers.values import FoundListing, SearchOutcome, SeenSeller, SourceProduct, WorkItem
from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_run
from dropship_pipeline_tests.unit.seller_fakes import listing, product

PRODUCTS = [product(number) for number in range(1, 4)]
# Whom each search finds: one seller whose feedback one page alone tells, and one who stays the same.
FOUND = ((Seller("Shop A"), Seller("b")), (Seller("shop a", 99.5, 1_204), Seller("b")), (Seller("Shop A"), Seller("b")))
TABLES = {
    "sellers": "SELECT * FROM sellers ORDER BY seller_name_normalized",
    "seller_jobs": "SELECT * FROM seller_jobs ORDER BY seller_id",
    "seller_runs": "SELECT * FROM seller_runs ORDER BY seller_id",
    "collection_items": "SELECT * FROM collection_items ORDER BY asin, item_id",
}


def batch(run_id: int, item: WorkItem, sellers: tuple[Seller, ...]) -> tuple[Any, Any, Any]:
    """What a search saves of one product, an hour after that of the one before."""
    at = MOMENT + timedelta(hours=item.position)
    listings = [listing(10 * item.position + number, seller) for number, seller in enumerate(sellers)]
    seen = SeenSellers()
    for one in listings:
        seen.add(one, SourceProduct(item.asin, item.title, run_id))
    found = [
        FoundListing(
            asin=item.asin, position=number, listing=one, amazon_price=item.price, unverified=(), seen_at=at, match=None
        )
        for number, one in enumerate(listings, start=1)
    ]
    outcome = SearchOutcome(
        asin=item.asin, state="found", returned=len(found), stored=len(found), error_kind=None, reading=Reading(),
        started_at=at, ended_at=at,
    )  # fmt: skip
    return [outcome], found, [SeenSeller(one.seller, at, one.listings, one.products) for one in seen.sellers()]


def told(database_url: str) -> dict[str, list[dict[str, Any]]]:
    untold = ("created_at", "updated_at", "id", "seller_id")
    return {
        name: [{key: value for key, value in row.items() if key not in untold} for row in rows(database_url, query)]
        for name, query in TABLES.items()
    }


def test_a_seller_whom_several_batches_meet_does_not_lose_products_feedback_or_the_time_it_was_seen_last(
    database: Database, database_url: str
) -> None:
    run_id = add_run(RunRecords(database, "default"), "dagster", status="completed")
    results = SellerSearchResults(database, "default", "job")
    results.save_worklist(PRODUCTS)
    batches = [batch(run_id, item, sellers) for item, sellers in zip(PRODUCTS, FOUND, strict=True)]
    for one in batches:
        results.save_searches(run_id, *one)
    results.finish(run_id)
    fresh = told(database_url)
    assert fresh["sellers"][0]["last_seen_at"] == MOMENT + timedelta(hours=3)
    with database.begin() as connection:
        connection.execute(text("TRUNCATE sellers CASCADE"))  # as if an older version had read no seller
        replayed = JobReplacement(connection, "default", replayed_job(database, "default", "job"))
        replayed.begin()
        for outcomes, found, seen in batches:
            replayed.save_searches(outcomes, list(map(listing_row, found)), seen)
        replayed.settle()
    refresh_products(database, "default")
    now = told(database_url)
    for table in TABLES:
        assert now[table] == fresh[table], table


def test_a_listing_whose_seller_nobody_wrote_is_refused_and_not_kept_without_one(database: Database) -> None:
    run_id = add_run(RunRecords(database, "default"), "dagster")
    results = SellerSearchResults(database, "default", "job")
    results.save_worklist(PRODUCTS)
    outcomes, found, _ = batch(run_id, PRODUCTS[0], FOUND[0])
    with pytest.raises(IntegrityError, match="seller_id"):
        results.save_searches(run_id, outcomes, found, [])
