"""The asset checks notice each way in which what was stored may disagree with itself, and nothing else."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text, update

from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import (
    api_calls,
    collection_items,
    collection_schedules,
    job_products,
    products,
    query_outcomes,
    seller_jobs,
)
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.upkeep.integrity import Integrity, IntegrityResult
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_run, add_seller

QUERIES = ["lamp", "desk"]
CONFIG = {"queries": QUERIES, "top_amz": 5, "top_ebay": 0}
OUTCOME = {
    "org_id": "default", "job_id": "job", "platform": "amazon", "state": "found", "returned": 3, "stored": 2,
    "store_errors": 1, "started_at": MOMENT, "ended_at": MOMENT,
}  # fmt: skip
CALL = {
    "org_id": "default", "job_id": "job", "provider": "rainforest", "fingerprint": "f" * 64, "request": {},
    "state": "settled", "credits_reserved": 1, "credits": 2,
}  # fmt: skip
PRODUCT = {
    "org_id": "default", "platform": "amazon", "title": "Lamp", "url": "https://a", "currency": "USD",
    "price_cents": 1999, "first_seen_at": MOMENT, "last_seen_at": MOMENT, "last_job_id": "job",
}  # fmt: skip
LISTED = {
    "org_id": "default", "job_id": "job", "asin": "B1", "position": 1, "title": "Lamp", "url": "https://a",
    "categories": [],
}  # fmt: skip
ITEM = {
    "org_id": "default", "job_id": "job", "asin": "B1", "item_id": "1", "position": 1, "title": "Lamp",
    "url": "https://e", "amazon_price_cents": 1001, "ebay_price_cents": 801, "currency": "USD",
}  # fmt: skip


@pytest.fixture
def integrity(database: Database) -> Integrity:
    return Integrity(database, "default")


def write(database: Database, table: Any, *rows: Mapping[str, Any]) -> None:
    with database.begin() as connection:
        for row in rows:
            connection.execute(insert(table).values(row))


def completed_collection(database: Database, records: RunRecords) -> int:
    """A run of two queries on Amazon alone, whole; returns its number."""
    run_id = add_run(records, "dagster-1", job_name="collect_and_store", status="completed", config=CONFIG,
                     credits_used=2)  # fmt: skip
    write(database, query_outcomes, *({**OUTCOME, "run_id": run_id, "query": query} for query in QUERIES))
    write(database, api_calls, CALL)
    return run_id


def failed(result: IntegrityResult, **numbers: int) -> bool:
    """Whether the check fails, and for these numbers."""
    return not result.passed and numbers.items() <= result.numbers.items()


def test_an_empty_database_passes_every_check(integrity: Integrity) -> None:
    results = [
        integrity.reconciled(),
        integrity.sellers_have_items(),
        integrity.prices_sane("amazon"),
        integrity.prices_in_band(),
        integrity.images_exist("ebay", lambda _: False),
        integrity.fresh("collect_sellers", utc_now()),
    ]
    assert [result.passed for result in results] == [True] * 6


def test_a_whole_run_is_reconciled(integrity: Integrity, database: Database, records: RunRecords) -> None:
    completed_collection(database, records)
    assert integrity.reconciled().passed


@pytest.mark.parametrize(
    ("damage", "numbers"),
    [
        ("UPDATE query_outcomes SET stored = 1 WHERE query = 'lamp'", {"unequal": 1}),
        ("DELETE FROM query_outcomes WHERE query = 'desk'", {"missing": 1}),
        ("DELETE FROM api_calls", {"credits_off": 2}),
    ],
)
def test_a_lost_product_query_or_credit_is_noticed(
    integrity: Integrity, database: Database, records: RunRecords, damage: str, numbers: dict[str, int]
) -> None:
    completed_collection(database, records)
    with database.begin() as connection:
        connection.execute(text(damage))
    assert failed(integrity.reconciled(), **numbers)


def test_a_seller_of_a_search_without_a_listing_is_noticed_and_one_of_a_collection_is_not(
    integrity: Integrity, database: Database
) -> None:
    seller_id = add_seller(database, "Shop")
    write(database, seller_jobs, {"seller_id": seller_id, "job_id": "job", "listings": 1})
    assert integrity.sellers_have_items().passed
    write(database, job_products, LISTED)
    assert failed(integrity.sellers_have_items(), sellers=1, without_item=1)


@pytest.mark.parametrize("cents", [0, 100_000_001])
def test_a_price_that_no_article_has_is_noticed(integrity: Integrity, database: Database, cents: int) -> None:
    write(database, products, {**PRODUCT, "product_id": "1"}, {**PRODUCT, "product_id": "2", "price_cents": cents})
    assert failed(integrity.prices_sane("amazon"), products=2, senseless=1)


@pytest.mark.parametrize(
    ("cents", "unverified", "outside"), [(801, [], 0), (799, [], 1), (1203, [], 1), (5, ["price"], 0)]
)
def test_a_listing_outside_of_the_band_is_noticed_unless_it_is_marked(
    integrity: Integrity, database: Database, records: RunRecords, cents: int, unverified: list[str], outside: int
) -> None:
    band = {"price_low": "0.80", "price_high": "1.20"}
    run_id = add_run(records, "dagster-1", status="completed", config=band)
    write(database, collection_items, {**ITEM, "run_id": run_id, "ebay_price_cents": cents, "unverified": unverified})
    assert integrity.prices_in_band().numbers == {"listings": 1, "outside": outside}


def test_a_product_that_names_a_missing_image_is_noticed(integrity: Integrity, database: Database) -> None:
    write(database, products, *({**PRODUCT, "product_id": key, "image_key": key} for key in ("here", "gone")))
    assert failed(integrity.images_exist("amazon", lambda key: key == "here"), sampled=2, missing=1)


def test_only_a_scheduled_job_grows_stale(integrity: Integrity, database: Database, records: RunRecords) -> None:
    now = utc_now()
    add_run(records, "dagster-1", status="completed", completed_at=now - timedelta(days=36))
    assert integrity.fresh("collect_sellers", now).passed
    with database.begin() as connection:
        connection.execute(update(collection_schedules).values(enabled=True))
    assert not integrity.fresh("collect_sellers", now).passed
    assert integrity.fresh("collect_sellers", now - timedelta(days=2)).passed
