"""How fast the listings of `collect_sellers` are written: batches as a run writes them, into a real Postgres."""

import time
from collections.abc import Iterator
from typing import Any

from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.search_results import SellerSearchResults

PRODUCTS_A_BATCH, LISTINGS_A_PRODUCT, BATCHES = 50, 50, 100
SELLERS = 4_000


def listing_rows_per_second(database_url: str) -> float:
    """Write 250,000 listings of 4,000 sellers in batches of 2,500; rows a second."""
    database = Database(database_url)
    try:
        run = RunRecords(database, "default").register(
            "bench-listings", job_id="bench-listings", job_name="collect_sellers", config={}, total=0, sandbox=True
        )
        results = SellerSearchResults(database, "default", run.job_id)
        batches = list(_batches(run.run_id))
        began = time.monotonic()
        for batch in batches:
            results.save_searches(*batch)
        return BATCHES * PRODUCTS_A_BATCH * LISTINGS_A_PRODUCT / (time.monotonic() - began)
    finally:
        database.close()


Rows = list[dict[str, Any]]


def _batches(run_id: int) -> Iterator[tuple[Rows, Rows, Rows]]:
    now, number = utc_now(), 0
    for batch in range(BATCHES):
        outcomes: Rows = []
        items: Rows = []
        found: dict[str, dict[str, Any]] = {}
        for product in range(PRODUCTS_A_BATCH):
            asin = f"B{batch:04}{product:05}"
            outcomes.append({
                "platform": "ebay", "query": asin, "run_id": run_id, "state": "found", "returned": LISTINGS_A_PRODUCT,
                "stored": LISTINGS_A_PRODUCT, "collect_errors": 0, "errors_by_kind": {}, "started_at": now,
                "ended_at": now,
            })  # fmt: skip
            for position in range(1, LISTINGS_A_PRODUCT + 1):
                number += 1
                name = f"seller {number % SELLERS}"
                items.append(_item(asin, number, position, name, run_id))
                found[name] = {
                    "seller_name": name, "seller_name_normalized": name, "feedback_percent": 99.1,
                    "feedback_count": number, "first_seen_at": now, "last_seen_at": now,
                    "source_products": [f"amazon:{asin}"], "listings": 1,
                }  # fmt: skip
        yield outcomes, items, list(found.values())


def _item(asin: str, number: int, position: int, seller: str, run_id: int) -> dict[str, Any]:
    return {
        "asin": asin, "item_id": str(200_000_000_000 + number), "run_id": run_id, "position": position,
        "title": "A listing with a title of the usual length, new in its box", "url": f"https://www.ebay.com/itm/{number}",
        "image_url": "https://i.ebayimg.com/images/g/abc/s-l500.webp", "amazon_price_cents": 2_499,
        "ebay_price_cents": 2_599, "currency": "USD", "condition": "Brand New", "shipping_cents": 0, "unverified": [],
        "seen_at": utc_now(), "seller_name_normalized": seller,
    }  # fmt: skip
