"""What searches yielded by category: each accepted match of a seller and a product once, under its first list."""

from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.yields import category_yields
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing

LISTS = {"A1": ["Lamps", "Gifts"], "A2": ["Lamps"], "A3": ["Gifts"], "A4": []}


def test_a_match_counts_once_in_each_search_and_for_the_first_list_of_its_product(
    database: Database, records: RunRecords
) -> None:
    one, two = add_seller(database, "one"), add_seller(database, "two")
    numbers = {}
    for job in ("first", "second"):
        numbers[job] = run_id = add_run(records, f"dagster-{job}", job, status="completed", started_at=utc_now())
        for asin, lists in LISTS.items():
            add_job_product(database, asin, job_id=job, categories=[{"category": name, "rank": 1} for name in lists])

        def add(seller: int | None, asin: str, item: str, band: str = "accept", job: str = job) -> None:
            add_listing(database, numbers[job], seller, asin, job_id=job, item_id=item, match_band=band)

        add(one, "A1", "1")
        add(one, "A1", "another of the same match")
        add(two, "A1", "2")
        add(one, "A2", "3")
        add(one, "A3", "4")
        add(one, "A4", "5")
        add(two, "A3", "6", "review")
        add(two, "A2", "7", "reject")
        add(None, "A3", "8")
        add_listing(database, run_id, one, "not on the list", job_id=job, item_id="9", match_band="accept")
    add(two, "A3", "10")
    running = add_run(records, "dagster-running", "third", status="failed", started_at=utc_now())
    add_listing(database, running, one, "A1", job_id="third", match_band="accept")
    found = [(one.run_id, one.category, one.matches) for one in category_yields(database, "default", searches=5)]
    first, second = numbers["first"], numbers["second"]
    assert found == [
        (first, "Lamps", 3), (first, "", 1), (first, "Gifts", 1),
        (second, "Lamps", 3), (second, "Gifts", 2), (second, "", 1),
    ]  # fmt: skip
    assert [one.run_id for one in category_yields(database, "default", searches=1)] == [second] * 3
