"""The seller tables under load: two writers at once for 200 rounds, and five thousand products in little memory."""

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Iterator

import psutil
import pytest

from dropship_pipeline.collection.failures import FailureLog
from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers.control_search import ControlSearch
from dropship_pipeline.collection.sellers.search import SellerSearch
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.filters import SearchFilters
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Listing, Money, Reading, Seller, utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.search_results import SellerSearchResults
from dropship_pipeline.storage.sellers.values import FoundListing, SearchOutcome, SeenSeller, SourceProduct, WorkItem
from dropship_pipeline_tests.blackbox.evidence import rows

pytestmark = pytest.mark.soak
ROUNDS = 200
PRODUCTS, LISTINGS, SELLERS = 5_000, 50, 2_000
MIB = 1024 * 1024
MOST_GROWTH_MIB = 50
logger = logging.getLogger(__name__)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def open_run(database: Database, job_id: str) -> int:
    records = RunRecords(database, "default")
    return records.register(job_id, job_id=job_id, job_name="collect_sellers", config={}, total=0, sandbox=True).run_id


def seen(names: list[int], asin: str) -> list[SeenSeller]:
    return [
        SeenSeller(Seller(f"Seller {name}", 99.0, name), utc_now(), 1, [SourceProduct(asin, "Lamp", 1)])
        for name in names
    ]


def batch(asin: str, names: list[int]) -> tuple[list[SearchOutcome], list[FoundListing]]:
    now, cent = utc_now(), Money(1, "USD")
    listings = [
        FoundListing(
            asin=asin, position=place, amazon_price=cent, unverified=(), seen_at=now,
            listing=Listing(
                platform="ebay", product_id=f"{asin}-{name}", title="T", url="https://e.example/1", price=cent,
                shipping=Money(0, "USD"), seller=Seller(f"Seller {name}"),
            ),
        )
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip
    outcome = SearchOutcome(
        asin=asin,
        state="found",
        returned=len(names),
        stored=len(names),
        error_kind=None,
        reading=Reading(),
        started_at=now,
        ended_at=now,
    )
    return [outcome], listings


def test_two_writers_of_the_same_sellers_lose_nothing_and_never_deadlock(database: Database, database_url: str) -> None:
    jobs = ("one", "two")
    runs = {job: open_run(database, job) for job in jobs}
    together = threading.Barrier(2)
    errors: list[BaseException] = []

    def write(job: str) -> None:
        try:
            for number in range(ROUNDS):
                # A new one each round: one that knows its sellers writes them no more, and would not contend.
                results = SellerSearchResults(database, "default", job)
                # The same forty sellers, in opposite orders; each fourth round also settles the counts.
                names = list(range(40)) if job == "one" else list(range(39, -1, -1))
                outcomes, listings = batch(f"{job}{number:03}", names)
                together.wait(60)
                results.save_searches(runs[job], outcomes, listings, seen(names, f"{job}{number:03}"))
                if number % 4 == 0:
                    results.finish(runs[job])
        except BaseException as error:  # noqa: BLE001  (handed to the test)
            errors.append(error)
            together.abort()

    threads = [threading.Thread(target=write, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    kept = rows(database_url, "SELECT collection_count, jsonb_array_length(source_products) AS products FROM sellers")
    assert kept == [{"collection_count": 2, "products": 50}] * 40
    (counted,) = rows(database_url, "SELECT count(*) AS items, count(seller_id) AS linked FROM collection_items")
    assert counted == {"items": 2 * ROUNDS * 40, "linked": 2 * ROUNDS * 40}
    for job in jobs:
        SellerSearchResults(database, "default", job).finish(runs[job])
    assert rows(database_url, "SELECT DISTINCT listings FROM seller_jobs") == [{"listings": ROUNDS}]


class Plenty:
    """Answers every search with fifty listings, at once."""

    currency = "USD"
    meter = CallMeter()

    def __init__(self) -> None:
        self.calls = 0

    async def search(self, query: str, top_k: int, filters: SearchFilters, *, most_pages: int) -> list[Listing]:
        self.calls += 1
        await asyncio.sleep(0)
        number = int(query.rsplit(" ", 1)[-1])
        return [
            Listing(
                platform="ebay", product_id=str(number * LISTINGS + place), title=f"Lamp {number} offer {place}",
                url=f"https://www.ebay.com/itm/{number * LISTINGS + place}", price=Money(1000, "USD"),
                condition="Brand New", shipping=Money(0, "USD"),
                seller=Seller(f"Seller  {(number + place * 37) % SELLERS}", 99.1, 1204),
            )
            for place in range(LISTINGS)
        ]  # fmt: skip


async def test_five_thousand_products_are_searched_in_little_memory(database: Database, database_url: str) -> None:
    results = SellerSearchResults(database, "default", "many")
    run_id = open_run(database, "many")
    results.save_worklist(
        [
            WorkItem(
                asin=f"B{number:09}",
                position=number,
                title=f"Lamp {number}",
                url="https://a.example/1",
                price=Money(1000, "USD"),
            )
            for number in range(PRODUCTS)
        ]
    )
    products, ebay = results.worklist(), Plenty()
    process, peak = psutil.Process(), 0

    async def control(_: str) -> list[Listing]:
        return await ebay.search("Lamp 0", 1, SearchFilters(), most_pages=1)

    async def run(some: list[WorkItem]) -> None:
        await SellerSearch(
            SellersSettings(max_products=PRODUCTS), run_id, ebay, results, ControlSearch(control),
            max_in_flight=5, progress=SearchProgress(run_id), stop=StopSwitch(), failures=FailureLog(),
        ).run(some, results.searched())  # fmt: skip

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, process.memory_info().rss)
            await asyncio.sleep(0.05)

    await run(products[:200])  # everything is loaded and warm
    gc.collect()
    before, began = process.memory_info().rss, time.monotonic()
    watching = asyncio.create_task(watch())
    await run(products)
    watching.cancel()
    seconds, growth = time.monotonic() - began, (peak - before) / MIB
    listed = (PRODUCTS - 200) * LISTINGS
    logger.info(
        "%s listing rows in %.1f s: %.0f a second; %.1f MiB more memory", listed, seconds, listed / seconds, growth
    )
    assert growth < MOST_GROWTH_MIB
    assert results.outcome_counts() == {
        "products": PRODUCTS, "found": PRODUCTS, "none": 0, "failed": 0, "skipped": 0, "not_started": 0,
    }  # fmt: skip
    (counted,) = rows(
        database_url, "SELECT count(*) AS sellers, count(DISTINCT seller_name_normalized) AS names FROM sellers"
    )
    assert counted == {"sellers": SELLERS, "names": SELLERS}
    (linked,) = rows(database_url, "SELECT count(*) AS items, count(seller_id) AS linked FROM collection_items")
    assert linked == {"items": PRODUCTS * LISTINGS, "linked": PRODUCTS * LISTINGS}
    (listings,) = rows(database_url, "SELECT sum(listings) AS listings FROM seller_jobs")
    assert listings["listings"] == PRODUCTS * LISTINGS
