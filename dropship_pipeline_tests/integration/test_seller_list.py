"""The list of sellers: each once, in order, on pages that do not shift, with products counted exactly."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, text, update

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items, seller_scores, sellers
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.counts import refresh_products
from dropship_pipeline.storage.sellers.filters import SellerFilters
from dropship_pipeline.storage.sellers.listing import SELLER_SORTS, SellerList, SellerSort
from dropship_pipeline.storage.sellers.search_results import SellerSearchResults
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_item, add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing, add_seen_seller
from dropship_pipeline_tests.soak.test_seller_findings import batch, seen

RECOUNTED = text(
    """
    SELECT s.seller_name, s.products AS kept, count(DISTINCT i.asin) AS counted
    FROM sellers s LEFT JOIN collection_items i ON i.seller_id = s.id GROUP BY s.id
    HAVING s.products <> count(DISTINCT i.asin)
    """
)


@pytest.fixture
def listed(database: Database) -> SellerList:
    return SellerList(database, "default")


def names(listed: SellerList, search: str = "") -> list[str]:
    return [row.seller_name for row in listed.page(SellerFilters(search=search), sort="name", descending=False).rows]


def products(listed: SellerList) -> dict[str, int]:
    return {row.seller_name: row.products for row in listed.page(page_size=500).rows}


def walk(listed: SellerList, sort: SellerSort, page_size: int, *, descending: bool) -> Iterator[str]:
    cursor = None
    while True:
        page = listed.page(sort=sort, descending=descending, page_size=page_size, cursor=cursor)
        assert len(page.rows) <= page_size
        yield from (row.seller_name for row in page.rows)
        cursor = page.next_cursor
        if cursor is None:
            return


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", SELLER_SORTS)
def test_pages_of_any_order_hold_each_seller_once_though_most_are_alike(
    database: Database, listed: SellerList, sort: SellerSort, *, descending: bool
) -> None:
    for number in range(11):
        add_seller(
            database, f"s{number:02}", feedback_count=None if number % 3 else number // 6, collection_count=number // 5,
            last_seen_at=MOMENT + timedelta(microseconds=number // 4),
        )  # fmt: skip
    whole = list(walk(listed, sort, 500, descending=descending))
    assert sorted(whole) == [f"s{number:02}" for number in range(11)]
    assert list(walk(listed, sort, 3, descending=descending)) == whole
    assert list(walk(listed, sort, 11, descending=descending)) == whole
    assert list(walk(listed, sort, 500, descending=not descending)) == whole[::-1]


def test_a_seller_that_comes_in_between_shifts_no_page(database: Database, listed: SellerList) -> None:
    for name in "bdfh":
        add_seller(database, name)
    first = listed.page(sort="name", descending=False, page_size=2)
    add_seller(database, "a")
    second = listed.page(sort="name", descending=False, page_size=2, cursor=first.next_cursor)
    assert [row.seller_name for row in (*first.rows, *second.rows)] == list("bdfh")


def cursor_of(listed: SellerList, sort: SellerSort) -> str:
    cursor = listed.page(sort=sort, page_size=1).next_cursor
    assert cursor is not None
    return cursor


@pytest.mark.parametrize(
    "bad", ["", "x", "=", "é", "W10", "bnVsbA", "e30", "WyJzZWxsZXJzOnByb2R1Y3RzOmRlc2MiXQ", "A" * 9000]
)
def test_a_cursor_that_nobody_was_given_is_refused(listed: SellerList, bad: str) -> None:
    with pytest.raises(RequestInvalid, match="next_cursor"):
        listed.page(cursor=bad)


def test_a_cursor_of_another_order_is_refused(database: Database, listed: SellerList) -> None:
    for name in "ab":
        add_seller(database, name)
    for sort in SELLER_SORTS:
        with pytest.raises(RequestInvalid):
            listed.page(sort=sort, descending=False, cursor=cursor_of(listed, sort))
    with pytest.raises(RequestInvalid):
        listed.page(sort="runs", cursor=cursor_of(listed, "products"))


@pytest.mark.parametrize(
    ("search", "expected"),
    [("b", ["a%b", "a_b", "axb"]), ("_", ["a_b"]), ("%", ["a%b"]), ("\\", []), ("\0", []), ("\udcff", []),
     (" AX", ["axb"]), ("ｘＢ", ["axb"])],  # noqa: RUF001  (full-width letters)
)  # fmt: skip
def test_a_search_takes_every_character_as_itself_in_any_case_and_width(
    database: Database, listed: SellerList, search: str, expected: list[str]
) -> None:
    for name in ("a_b", "a%b", "axb"):
        add_seller(database, name)
    assert names(listed, search) == expected
    assert listed.count(SellerFilters(search=search)).number == len(expected)


def test_filters_hold_at_their_borders(database: Database, listed: SellerList, records: RunRecords) -> None:
    run_id = add_run(records, "d1")
    old = add_seller(database, "old", first_seen_at=MOMENT - timedelta(days=1))
    add_seller(database, "young")
    add_item(database, run_id, old, "A1", "1")

    def found(filters: SellerFilters) -> list[str]:
        return sorted(row.seller_name for row in listed.page(filters).rows)

    assert found(SellerFilters(min_products=1)) == ["old"]
    assert found(SellerFilters(min_products=2)) == []
    assert found(SellerFilters(first_seen_after=MOMENT - timedelta(days=1))) == ["young"]
    assert found(SellerFilters(first_seen_after=MOMENT - timedelta(days=2))) == ["old", "young"]


def test_filters_by_search_margin_feedback_and_sight_hold_at_their_borders(
    database: Database, listed: SellerList, records: RunRecords
) -> None:
    run_id = add_run(records, "d1")
    thin = add_seller(database, "thin", feedback_percent=99.0)
    thick = add_seller(database, "thick", feedback_percent=98.0, last_seen_at=MOMENT + timedelta(days=1))
    add_seller(database, "unknown")
    add_job_product(database, "A1", categories=[{"category": "Toys", "rank": 1}, {"category": "Lamps", "rank": 2}])
    add_seen_seller(database, thin, runs=[run_id])
    add_listing(database, run_id, thin, "A1")
    row = {"org_id": "default", "parts": [], "version": 1}
    with database.begin() as connection:
        for seller_id, margin in ((thin, -0.05), (thick, 0.25)):
            connection.execute(seller_scores.insert().values(row | {"seller_id": seller_id, "median_margin": margin}))

    def found(**wanted: Any) -> list[str]:
        return sorted(row.seller_name for row in listed.page(SellerFilters(**wanted)).rows)

    assert found(run_id=run_id) == found(job_id="job") == found(category="Lamps") == ["thin"]
    assert found(run_id=run_id + 1) == found(job_id="other") == found(category="Lamp") == []
    assert found(min_margin=-0.05) == ["thick", "thin"]
    assert found(max_margin=0.24) == ["thin"]
    assert found(min_margin=0.26) == []
    assert found(min_feedback=98.5) == ["thin"]
    assert found(last_seen_after=MOMENT) == ["thick"]
    assert found(ids=(thick,)) == ["thick"]
    assert found(ids=()) == []


def test_a_share_of_amazons_photos_holds_at_its_border_and_leaves_out_who_has_none_compared(
    database: Database, listed: SellerList
) -> None:
    photos = {"copies": (3, 4), "mostly own": (1, 3), "all own": (0, 2), "none compared": (0, 0)}
    row = {"org_id": "default", "parts": [], "version": 2}
    for name, (amazon_photos, compared) in photos.items():
        counts = {"amazon_photos": amazon_photos, "photos_compared": compared}
        with database.begin() as connection:
            score = row | counts | {"seller_id": add_seller(database, name)}
            connection.execute(seller_scores.insert().values(score))
    add_seller(database, "not scored")

    def found(share: float) -> list[str]:
        return sorted(row.seller_name for row in listed.page(SellerFilters(min_photo_share=share)).rows)

    assert found(0.76) == []
    assert found(0.75) == ["copies"]
    assert found(0.33) == ["copies", "mostly own"]
    assert found(0) == ["all own", "copies", "mostly own"]


def test_counting_ends_where_it_would_take_long(database: Database, listed: SellerList) -> None:
    for name in "abc":
        add_seller(database, name)
    assert [(c.number, c.exact) for c in (listed.count(at_most=2), listed.count(at_most=3))] == [(2, False), (3, True)]


def test_only_what_the_latest_finished_seller_search_saw_first_is_new(
    database: Database, listed: SellerList, records: RunRecords
) -> None:
    add_seller(database, "before", first_job_id="j0")
    add_seller(database, "then", first_job_id="j1")
    add_seller(database, "now", first_job_id="j2")
    assert [row.is_new for row in listed.page().rows] == [False] * 3
    add_run(records, "d0", "j0", status="completed")
    add_run(records, "d1", "j1", status="degraded")
    add_run(records, "d2", "j2", status="failed")
    assert {row.seller_name for row in listed.page().rows if row.is_new} == {"then"}
    assert [row.seller_name for row in listed.page(SellerFilters(new_only=True)).rows] == ["then"]


def test_a_product_found_by_many_listings_of_a_seller_counts_once(
    database: Database, listed: SellerList, records: RunRecords
) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "twice")
    for asin, item in (("A1", "1"), ("A1", "2"), ("A2", "3")):
        add_item(database, run_id, seller_id, asin, item)
    assert products(listed) == {"twice": 2}


def test_products_follow_listings_that_change_their_seller_or_go(
    database: Database, listed: SellerList, records: RunRecords
) -> None:
    run_id, here, there = add_run(records, "d1"), add_seller(database, "here"), add_seller(database, "there")
    for asin, item in (("A1", "1"), ("A1", "2"), ("A2", "3")):
        add_item(database, run_id, here, asin, item)
    assert products(listed) == {"here": 2, "there": 0}
    with database.begin() as connection:
        connection.execute(update(collection_items).where(collection_items.c.item_id == "3").values(seller_id=there))
        connection.execute(delete(collection_items).where(collection_items.c.item_id == "1"))
    assert products(listed) == {"here": 1, "there": 1}
    with database.begin() as connection:
        connection.execute(delete(sellers).where(sellers.c.id == here))
    assert products(listed) == {"there": 1}


def test_what_is_rolled_back_is_not_counted(database: Database, listed: SellerList, records: RunRecords) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "s")
    add_item(database, run_id, seller_id, "A1", "1")
    connection = database.engine.connect()
    connection.execute(update(collection_items).values(asin="A9"))
    assert products(listed) == {"s": 1}
    connection.close()
    assert products(listed) == {"s": 1}


def test_two_writers_and_a_reader_leave_products_exact_though_batches_come_twice(
    database: Database, listed: SellerList, records: RunRecords
) -> None:
    runs = {job: add_run(records, job, job) for job in ("one", "two")}
    errors: list[BaseException] = []
    done = threading.Event()

    def write(job: str) -> None:
        try:
            for number in range(12):
                results = SellerSearchResults(database, "default", job)
                crowd = list(range(20)) if job == "one" else list(range(19, -1, -1))
                # Half of the products are those of the other job too.
                asin = f"{'both' if number % 2 else job}{number:03}"
                outcomes, listings = batch(asin, crowd)
                results.save_searches(runs[job], outcomes, listings, seen(crowd, asin))
                results.save_searches(runs[job], outcomes, listings, seen(crowd, asin))
                if number % 4 == 0:
                    results.finish(runs[job])
        except BaseException as error:  # noqa: BLE001  (handed to the test)
            errors.append(error)

    def read() -> None:
        try:
            while not done.is_set():
                listed.page()
        except BaseException as error:  # noqa: BLE001  (handed to the test)
            errors.append(error)

    writers = [threading.Thread(target=write, args=(job,)) for job in runs]
    reader = threading.Thread(target=read)
    for thread in (*writers, reader):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    assert errors == []
    # No `finish` after the last batch: as a kill leaves it. The next look puts it right.
    assert set(products(listed).values()) == {18}
    with database.begin() as connection:
        assert connection.execute(RECOUNTED).all() == []
        assert connection.execute(text("SELECT count(*) FROM stale_sellers")).scalar_one() == 0


def test_a_reader_does_not_wait_while_another_counts(
    database: Database, listed: SellerList, records: RunRecords
) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "s")
    add_item(database, run_id, seller_id, "A1", "1")
    with database.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(hashtextextended('dropship:stale_sellers:default', 0))"
        )
        assert products(listed) == {"s": 0}
    refresh_products(database, "default")
    assert products(listed) == {"s": 1}


def test_sellers_of_another_org_are_not_listed(database: Database) -> None:
    add_seller(database, "ours")
    others = SellerList(database, "other")
    assert (others.page().rows, others.count().number) == ([], 0)
