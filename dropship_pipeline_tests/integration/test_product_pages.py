"""The list of products in a real browser: one row a product, its prices in place, and filters in the address."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from dropship_pipeline.models import Money, Platform, Product
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.products.rows import ProductCatalogue
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.admin_server import admin_pages
from dropship_pipeline_tests.browser import hurdles, log_in, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_run

pytestmark = needs_chromium
LONG = "Lamp with a very long name " + "x" * 150 + " and words that go on " * 12
QUERY = "a query that somebody typed " * 4 + "y" * 60
RANGE = '{"from": {"value": 30.19, "currency": "USD"}, "to": {"value": 1053.69, "currency": "USD"}}'
JOBS = ("january", "february", "march")


class Stored:
    """The admin page over three collections: a lamp that each saw, dearer each time, and two mats of the last one."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.token = Tokens(database).create("browser", ["admin.*"], org="default").secret.get_secret_value()
        records, catalogue = RunRecords(database, "default"), ProductCatalogue(database, "default")
        self.runs = [
            add_run(records, f"dagster-{job}", job, job_name="collect_and_store", status="completed") for job in JOBS
        ]
        for number, job in enumerate(JOBS):
            catalogue.save(_product("amazon", "B1", LONG, 1_000 + 250 * number, QUERY), job, None, None)
        mat = replace(_product("ebay", "2", "Yoga mat", 500, "mats"), price_raw="$5.00")
        catalogue.save(mat, JOBS[-1], None, None)
        catalogue.save(replace(mat, product_id="3", title="Any mat", price=None, price_raw=RANGE), JOBS[-1], None, None)


def _product(platform: Platform, product_id: str, title: str, cents: int, query: str) -> Product:
    url = f"https://{platform}.example/{product_id}"
    price = Money(cents, "USD")
    return Product(platform=platform, product_id=product_id, title=title, url=url, price=price, query=query)


@pytest.fixture(scope="module")
def stored(stack: LocalServers, _migrated_template: str) -> Iterator[Stored]:
    with admin_pages(stack, "products") as (database, address):
        yield Stored(address, database)


@pytest.fixture
def page(chromium: Browser, stored: Stored) -> Iterator[Page]:
    """A fresh browser on the list of products."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    log_in(opened, stored.url, stored.token)
    open_page(opened, f"{stored.url}/products")
    yield opened
    context.close()


def rows(page: Page) -> list[list[str]]:
    return [row.locator("td").all_inner_texts() for row in page.locator("tbody tr").all()]


def test_a_product_that_three_collections_stored_is_one_row_with_what_became_of_its_price(page: Page) -> None:
    expect(page.locator("tbody tr")).to_have_count(3)
    lamp = next(cells for cells in rows(page) if "Lamp" in cells[1])
    assert lamp[2:4] == ["15.00 USD", "+20.0 %"]
    assert lamp[6] == "3"
    assert next(cells for cells in rows(page) if "Any mat" in cells[1])[2] == "30.19 to 1,053.69 USD"
    mat = next(cells for cells in rows(page) if "Yoga mat" in cells[1])
    assert (mat[2:4], mat[6]) == (["5.00 USD", "–"], "1")
    link = page.get_by_role("link", name="Yoga mat")
    assert link.get_attribute("href") == "https://ebay.example/2"


def test_the_prices_of_a_product_open_below_its_row_with_dates_and_ways_to_the_runs(page: Page, stored: Stored) -> None:
    opens = page.get_by_role("button", name="Prices of Lamp")
    opens.click()
    prices = page.get_by_role("region", name="Prices of Lamp")
    expect(prices.locator(".bar-figure")).to_have_text(["10.00", "12.50", "15.00"])
    expect(prices.locator("time")).to_have_count(3)
    assert prices.locator("time").first.inner_text().startswith("20")
    heights = [shape.bounding_box()["height"] for shape in prices.locator(".bar-link").all()]  # type: ignore[index]
    assert heights == sorted(heights)
    assert heights[0] / heights[2] == pytest.approx(10 / 15, abs=0.02)
    links = [link.get_attribute("href") for link in prices.get_by_role("link").all()]
    assert links == [f"/history/{run}" for run in stored.runs]
    expect(opens).to_have_attribute("aria-expanded", "true")
    expect(opens).to_be_focused()
    opens.click()
    expect(prices).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(3)


def test_prices_that_are_open_close_when_the_rows_are_others(page: Page, stored: Stored) -> None:
    page.get_by_role("button", name="Prices of Lamp").click()
    prices = page.get_by_role("region", name="Prices of Lamp")
    expect(prices).to_have_count(1)
    page.get_by_role("button", name="Product", exact=True).click()
    expect(prices).to_have_count(0)
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("[aria-expanded=true]")).to_have_count(0)


def test_filters_order_and_columns_of_products_stand_in_the_address_and_filter(page: Page, stored: Stored) -> None:
    page.get_by_label("Price moved").select_option("up")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(f"{stored.url}/products?moved=up")
    page.get_by_label("Price moved").select_option("all")
    page.get_by_label("Price to").fill("5.00")
    expect(page).to_have_url(f"{stored.url}/products?price_to=5.00")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("Yoga mat")
    exported = page.get_by_role("link", name="Export Excel").get_attribute("href")
    assert exported == "/api/collection/products/export?format=xlsx&max_price_cents=500"
    open_page(page, f"{stored.url}/products?run={stored.runs[0]}&columns=price,run")
    expect(page.locator("thead th")).to_have_text(["Image", "Product", "Price", "Last run"])
    expect(page.locator("tbody tr")).to_have_count(1)  # the mat is of a later run
    expect(page.get_by_label("Run", exact=True)).to_have_value(str(stored.runs[0]))
    page.get_by_label("Run", exact=True).fill("")
    page.locator("thead .sort", has_text="Price").click()
    page.locator("thead .sort", has_text="Price").click()
    expect(page).to_have_url(f"{stored.url}/products?columns=price,run&sort=price&order=asc")
    expect(page.locator("tbody tr").nth(1)).to_contain_text("Yoga mat")  # behind the one whose price is not known
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Collections", exact=True).check()
    expect(page.locator("thead th")).to_have_text(["Image", "Product", "Price", "Collections", "Last run"])
    page.get_by_text("More filters", exact=True).click()
    page.get_by_label("Job id").fill("nobody's")
    expect(page.get_by_text("No product matches")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 390])
def test_products_with_long_titles_and_open_prices_fit_and_have_no_hurdle(
    chromium: Browser, stored: Stored, width: int
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    log_in(page, stored.url, stored.token)
    open_page(page, f"{stored.url}/products")
    page.get_by_role("button", name="Prices of Lamp").click()
    expect(page.locator(".bar-figure")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    frame = page.locator(".table-frame")
    assert frame.evaluate("frame => frame.scrollWidth - frame.clientWidth") <= 0
    assert hurdles(page) == []
    context.close()
