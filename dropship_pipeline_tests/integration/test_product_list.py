"""The list of products: every filter, every order, each product once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from dropship_pipeline.models import Money, Product
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.products.filters import ProductFilters
from dropship_pipeline.storage.products.listing import PRODUCT_SORTS, ProductList, ProductSort
from dropship_pipeline.storage.products.rows import ProductCatalogue
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_run
from dropship_pipeline_tests.integration.found_rows import add_product


@pytest.fixture
def listed(database: Database) -> ProductList:
    return ProductList(database, "default")


def found(listed: ProductList, filters: ProductFilters) -> list[str]:
    return sorted(row.product_id for row in listed.page(filters).rows)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", PRODUCT_SORTS)
def test_pages_of_any_order_hold_each_product_once(
    database: Database, listed: ProductList, sort: ProductSort, *, descending: bool
) -> None:
    for number in range(7):
        add_product(
            database, f"B{number}", title="x" * 5_000 if number % 2 else "Lamp", price_cents=number % 3 or None,
            currency="USD" if number % 3 else None, last_seen_at=MOMENT + timedelta(days=number // 3),
            platform="ebay" if number == 6 else "amazon", collection_count=number % 2 + 1,
            first_seen_at=MOMENT - timedelta(days=number // 2), previous_price_cents=1 if number % 3 else None,
        )  # fmt: skip
    whole = [row.product_id for row in listed.page(sort=sort, descending=descending).rows]
    paged: list[str] = []
    cursor = None
    for _ in range(4):
        page = listed.page(sort=sort, descending=descending, page_size=2, cursor=cursor)
        paged += [row.product_id for row in page.rows]
        cursor = page.next_cursor
    assert (sorted(paged), paged, cursor) == ([f"B{number}" for number in range(7)], whole, None)


def test_each_filter_finds_its_own(database: Database, listed: ProductList, records: RunRecords) -> None:
    run_id = add_run(records, "d1", "job 1")
    add_product(database, "B1", title="Blue LAMP", last_job_id="job 1")
    add_product(database, "E1", platform="ebay", title="50% off_", seller_name="Shop", query="desk lamp")
    add_product(database, "B2", title="Pan", category="Kitchen")
    assert found(listed, ProductFilters(platform="ebay")) == ["E1"]
    assert found(listed, ProductFilters(search="lamp")) == ["B1"]
    assert found(listed, ProductFilters(search="%")) == ["E1"]
    assert found(listed, ProductFilters(search="shop")) == ["E1"]
    assert found(listed, ProductFilters(search="b")) == ["B1", "B2"]
    assert found(listed, ProductFilters(query="LAMP")) == ["E1"]
    assert found(listed, ProductFilters(query="kitchen")) == ["B2"]
    assert found(listed, ProductFilters(job_id="job 1")) == ["B1"]
    assert found(listed, ProductFilters(run_id=run_id)) == ["B1"]
    assert found(listed, ProductFilters(run_id=run_id + 1)) == []
    assert found(listed, ProductFilters(search="\0")) == []


def test_filters_by_price_and_by_who_saw_it_hold_at_their_borders(
    database: Database, listed: ProductList, records: RunRecords
) -> None:
    first = add_run(records, "d1", "one")
    for number, (job, price) in enumerate((("one", 1_000), ("two", 1_250), ("three", 1_250))):
        save(database, "up and same", price, job)
        if number:
            save(database, "down", 3_000 - price - number, job)
    save(database, "only once", 500, "one")
    save(database, "without a price", None, "two")
    assert found(listed, ProductFilters(seen_by_job_id="one")) == ["only once", "up and same"]
    assert found(listed, ProductFilters(seen_by_run_id=first)) == ["only once", "up and same"]
    assert found(listed, ProductFilters(seen_by_run_id=first, seen_by_job_id="two")) == ["up and same"]
    assert found(listed, ProductFilters(seen_by_run_id=first + 1)) == []
    assert found(listed, ProductFilters(seen_by_job_id="nobody's\0")) == []
    assert found(listed, ProductFilters(job_id="one")) == ["only once"]
    assert found(listed, ProductFilters(min_price_cents=500, max_price_cents=1_250)) == ["only once", "up and same"]
    assert found(listed, ProductFilters(min_price_cents=501, max_price_cents=1_249)) == []
    assert found(listed, ProductFilters(moved="moved")) == found(listed, ProductFilters(moved="down")) == ["down"]
    assert found(listed, ProductFilters(moved="same")) == ["up and same"]
    assert found(listed, ProductFilters(moved="up")) == []
    save(database, "up and same", 1_251, "four")
    assert found(listed, ProductFilters(moved="up")) == ["up and same"]


def save(database: Database, product_id: str, price: int | None, job_id: str, currency: str = "USD") -> None:
    """Store a product as a collection does that saw this price, in cents."""
    product = Product(
        platform="amazon", product_id=product_id, title="Lamp", url="https://a.example/",
        price=None if price is None else Money(price, currency),
    )  # fmt: skip
    ProductCatalogue(database, "default").save(product, job_id, None, None)


def test_a_product_of_several_jobs_is_one_row_that_counts_each_job_once_and_knows_the_price_before(
    database: Database, listed: ProductList, records: RunRecords
) -> None:
    def known() -> tuple[int, int | None, int | None]:
        (row,) = listed.page().rows
        return row.collection_count, row.previous_price_cents, row.price_cents

    save(database, "B1", 1_000, "one")
    assert known() == (1, None, 1_000)
    save(database, "B1", 1_200, "two")
    save(database, "B1", 1_250, "two")  # met again by another query, or by a run that goes on with the job
    assert known() == (2, 1_000, 1_250)
    save(database, "B1", 1_100, "one")  # the first job is resumed
    assert known() == (2, 1_250, 1_100)
    save(database, "B1", None, "three")
    assert known() == (3, None, None)
    save(database, "B1", 900, "four")  # that the job before could not read a price does not hide the one before it
    assert known() == (4, 1_100, 900)
    save(database, "B1", 900, "five", "EUR")  # dollars and euros are not compared
    assert known() == (5, None, 900)


def test_the_prices_of_a_product_are_those_of_its_jobs_the_latest_first(
    database: Database, listed: ProductList, records: RunRecords
) -> None:
    for product_id, price, job in (("B1", 1_000, "one"), ("B2", 7, "one"), ("B1", 1_200, "two"), ("B1", 1_250, "two")):
        save(database, product_id, price, job)
    add_run(records, "d1", "two")
    latest = add_run(records, "d2", "two")
    found = [(one.job_id, one.run_id, one.price_cents) for one in listed.prices("amazon", "B1")]
    assert found == [("two", latest, 1_250), ("one", None, 1_000)]
    assert listed.prices("ebay", "B1") == listed.prices("amazon", "\0") == []
    assert ProductList(database, "other").prices("amazon", "B1") == []


def test_two_workers_that_store_one_product_for_one_job_count_it_once(database: Database, listed: ProductList) -> None:
    with ThreadPoolExecutor(2) as pool:
        for price in range(20):
            list(pool.map(lambda price: save(database, "B1", price, "job"), (price, price + 1)))
    (row,) = listed.page().rows
    assert (row.collection_count, row.previous_price_cents) == (1, None)
    assert [one.price_cents for one in listed.prices("amazon", "B1")] == [row.price_cents]


def test_counting_products_ends_where_it_would_take_long(database: Database, listed: ProductList) -> None:
    for number in range(3):
        add_product(database, f"B{number}")
    assert [(c.number, c.exact) for c in (listed.count(at_most=2), listed.count(at_most=3))] == [(2, False), (3, True)]


def test_a_product_names_the_latest_run_of_its_job(
    database: Database, listed: ProductList, records: RunRecords
) -> None:
    add_product(database, "B1", url="javascript:alert(1)")
    assert [row.last_run_id for row in listed.page().rows] == [None]
    add_run(records, "d1")
    latest = add_run(records, "d2")
    (row,) = listed.page().rows
    assert (row.last_run_id, row.url) == (latest, None)


def test_the_query_that_found_a_product_is_kept_with_it(database: Database, listed: ProductList) -> None:
    product = Product(
        platform="amazon", product_id="B1", title="Lamp", url="https://a.example/", price=Money(1, "USD"), query="lamps"
    )
    ProductCatalogue(database, "default").save(product, "job", None, None)
    assert found(listed, ProductFilters(query="lamps")) == ["B1"]


def test_products_of_another_org_are_not_listed(database: Database, records: RunRecords) -> None:
    run_id = add_run(records, "d1")
    add_product(database)
    assert ProductList(database, "other").page(ProductFilters(run_id=run_id)).rows == []
    assert ProductList(database, "other").page().rows == []
