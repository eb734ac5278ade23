"""Rows as a seller search and a collection leave them, for what reads them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import insert

from dropship_pipeline.models import Reading
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import (
    collection_items,
    images,
    job_products,
    products,
    query_outcomes,
    seller_jobs,
    seller_runs,
)
from dropship_pipeline.storage.runs.readings import reading_columns
from dropship_pipeline_tests.integration.cli_runner import MOMENT


def add_job_product(database: Database, asin: str = "A1", **columns: Any) -> None:
    """A best seller on the worklist of `job`."""
    row = {
        "job_id": "job", "asin": asin, "org_id": "default", "position": 1, "title": f"Lamp {asin}",
        "price_cents": 2_000, "currency": "USD", "url": f"https://www.amazon.com/dp/{asin}",
        "categories": [{"category": "Lamps", "rank": 7}], **columns,
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(job_products).values(row))


def add_listing(database: Database, run_id: int, seller_id: int | None, asin: str = "A1", **columns: Any) -> None:
    """A listing that came up for it."""
    row = {
        "job_id": "job", "asin": asin, "item_id": "1", "org_id": "default", "run_id": run_id, "seller_id": seller_id,
        "position": 1, "title": "Lamp, new", "url": "https://www.ebay.com/itm/1", "amazon_price_cents": 2_000,
        "ebay_price_cents": 2_150, "currency": "USD", "condition": "Brand New", "shipping_cents": 0,
        "unverified": ["shipping"], "seen_at": MOMENT, **columns,
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(collection_items).values(row))


def add_outcome(database: Database, run_id: int, query: str, reading: Reading | None, **columns: Any) -> None:
    """How a search ended, and how well its answers could be read; None as in a release that did not note it."""
    row = {
        "job_id": "job", "platform": "ebay", "query": query, "org_id": "default", "run_id": run_id, "state": "found",
        "started_at": MOMENT, "ended_at": MOMENT, **(reading_columns(reading) if reading else {}), **columns,
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(query_outcomes).values(row))


def add_seen_seller(
    database: Database, seller_id: int, job_id: str = "job", listings: int = 1, runs: Iterable[int] = ()
) -> None:
    """That a job saw a seller, in these of its runs."""
    with database.begin() as connection:
        connection.execute(insert(seller_jobs).values(seller_id=seller_id, job_id=job_id, listings=listings))
        for run_id in runs:
            connection.execute(insert(seller_runs).values(seller_id=seller_id, run_id=run_id, listings=listings))


def add_product(database: Database, product_id: str = "B1", **columns: Any) -> None:
    """A stored product."""
    row = {
        "org_id": "default", "platform": "amazon", "product_id": product_id, "title": f"Lamp {product_id}",
        "price_cents": 1_999, "currency": "USD", "price_raw": "$19.99", "url": f"https://www.amazon.com/dp/{product_id}",
        "first_seen_at": MOMENT, "last_seen_at": MOMENT, "last_job_id": "job", **columns,
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(products).values(row))


def add_image(database: Database, url: str, sha256: str, key: str) -> None:
    """A stored image."""
    row = {
        "url": url, "sha256": sha256, "key": key, "content_type": "image/jpeg", "size_bytes": 1, "width": 1,
        "height": 1, "fetched_at": MOMENT,
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(images).values(row))
