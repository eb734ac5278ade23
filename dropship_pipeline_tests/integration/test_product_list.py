"""The list of products: every filter, every order, each product once."""

from datetime import timedelta

import pytest

from dropship_pipeline.models import Money, Product
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.products.listing import PRODUCT_SORTS, ProductFilters, ProductList, ProductSort
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
            platform="ebay" if number == 6 else "amazon",
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
