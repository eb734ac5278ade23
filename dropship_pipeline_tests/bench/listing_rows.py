"""How fast the listings of `collect_sellers` are written: batches as a run writes them, into a real Postgres."""

import time
from collections.abc import Iterator
from datetime import datetime

from dropship_pipeline.models import Listing, Money, Reading, Seller, utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.search_results import SellerSearchResults
from dropship_pipeline.storage.sellers.values import FoundListing, SearchOutcome, SeenSeller, SourceProduct

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
        batches = list(_batches())
        began = time.monotonic()
        for batch in batches:
            results.save_searches(run.run_id, *batch)
        return BATCHES * PRODUCTS_A_BATCH * LISTINGS_A_PRODUCT / (time.monotonic() - began)
    finally:
        database.close()


Batch = tuple[list[SearchOutcome], list[FoundListing], list[SeenSeller]]


def _batches() -> Iterator[Batch]:
    now, number = utc_now(), 0
    for batch in range(BATCHES):
        outcomes: list[SearchOutcome] = []
        listings: list[FoundListing] = []
        sellers: dict[int, SeenSeller] = {}
        for product in range(PRODUCTS_A_BATCH):
            asin = f"B{batch:04}{product:05}"
            outcomes.append(
                SearchOutcome(
                    asin=asin, state="found", returned=LISTINGS_A_PRODUCT, stored=LISTINGS_A_PRODUCT, error_kind=None,
                    reading=Reading(), started_at=now, ended_at=now,
                )
            )  # fmt: skip
            for position in range(1, LISTINGS_A_PRODUCT + 1):
                number += 1
                seller = Seller(f"seller {number % SELLERS}", 99.1, number)
                listings.append(_found(asin, number, position, seller, now))
                sellers[number % SELLERS] = SeenSeller(seller, now, 1, [SourceProduct(asin, "A title", 1)])
        yield outcomes, listings, list(sellers.values())


def _found(asin: str, number: int, position: int, seller: Seller, now: datetime) -> FoundListing:
    return FoundListing(
        asin=asin, position=position, amazon_price=Money(2_499, "USD"), unverified=(), seen_at=now,
        listing=Listing(
            platform="ebay", product_id=str(200_000_000_000 + number), url=f"https://www.ebay.com/itm/{number}",
            title="A listing with a title of the usual length, new in its box", price=Money(2_599, "USD"),
            image_url="https://i.ebayimg.com/images/g/abc/s-l500.webp", condition="Brand New", shipping=Money(0, "USD"),
            seller=seller,
        ),
    )  # fmt: skip
