"""The lists and forms of the admin pages as a person uses them in a real browser; Dagster is away, as it may be."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dropship_pipeline.storage.runs.schedules import Schedules
from dropship_pipeline_tests.admin_server import admin_pages
from dropship_pipeline_tests.browser import STARTS, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.filled_pages import SELLERS, Served, logged_in

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def served(stack: LocalServers, _migrated_template: str) -> Iterator[Served]:
    with admin_pages(stack, "used") as (database, address):
        yield Served(address, database)


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    with logged_in(chromium, served) as opened:
        yield opened


def test_the_table_searches_sorts_and_turns_its_pages(page: Page, served: Served) -> None:
    open_page(page, f"{served.url}/sellers?sort=name&order=asc")
    names = page.locator("tbody a[href^='/sellers/']")
    expect(names.nth(1)).to_have_text("Shop 000")
    page.get_by_role("button", name="Next").click()
    expect(names.first).to_have_text("Shop 049")
    page.get_by_role("button", name="Collections").click()
    expect(names.first).to_have_text(f"Shop {SELLERS - 1}")
    page.get_by_label("Search by name").fill("SHOP  07")
    expect(names).to_have_count(10)
    expect(page).to_have_url(f"{served.url}/sellers?search=SHOP++07&sort=runs")
    page.reload()
    expect(names).to_have_count(10)
    page.get_by_label("Search by name").fill("nobody")
    expect(page.get_by_text("No seller matches")).to_be_visible()


def test_names_are_copied_and_the_file_holds_what_the_filter_leaves(page: Page, served: Served) -> None:
    open_page(page, f"{served.url}/sellers?search=shop+00")
    page.get_by_role("button", name="Copy names").click()
    expect(page.get_by_text("Copied 10 names")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert sorted(copied) == [f"Shop 00{number}" for number in range(10)]
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    lines = download.value.path().read_text(encoding="utf-8").splitlines()
    assert download.value.suggested_filename == "sellers.csv"
    assert [line.split(",")[0].strip('"') for line in lines[1:]] == [f"Shop 00{number}" for number in range(10)]


def test_everything_can_be_reached_and_pressed_with_the_keyboard(page: Page, served: Served) -> None:
    open_page(page, f"{served.url}/sellers?search=script")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to content"
    for _ in range(40):
        if page.evaluate("document.activeElement.pathname") == f"/sellers/{served.seller_id}":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served.url}/sellers/{served.seller_id}")
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()


def test_a_schedule_is_saved_and_tells_its_next_three_times(page: Page, served: Served) -> None:
    open_page(page, f"{served.url}/schedule")
    page.get_by_label("Start by itself").check()
    page.get_by_label("Day of the month").fill("31")
    page.get_by_label("Hour").select_option("5")
    page.get_by_label("Timezone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("'Mars/Olympus' is not known")).to_be_visible()
    page.get_by_label("Timezone").fill("Europe/Berlin")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.locator(".moments li")).to_have_count(3)
    expect(page.locator(".moments li").first).to_contain_text("05:00")
    page.reload()
    expect(page.get_by_label("Day of the month")).to_have_value("31")


def test_a_schedule_that_cannot_start_is_red_and_says_why(page: Page, served: Served) -> None:
    values = {"day_of_month": 1, "hour": 6, "timezone": "UTC", "job_name": "collect_sellers", "enabled": True}
    schedules = Schedules(served.database, "default")
    schedules.save({**values, "config": {"max_credit": 5}})
    open_page(page, f"{served.url}/schedule")
    expect(page.locator(".badge.bad")).to_have_text("Cannot start")
    expect(page.get_by_text("did you mean max_credits?")).to_be_visible()
    schedules.save({**values, "config": {"max_credits": 5}})
    page.reload()
    expect(page.locator(".moments li")).to_have_count(3)


def test_the_forecast_follows_the_form_and_what_does_not_fit_is_said_before_anything_starts(
    page: Page, served: Served
) -> None:
    open_page(page, f"{served.url}/collect")
    page.get_by_text("Collect products", exact=True).click()
    page.get_by_label("Search terms, one a line").fill("desk lamp\nyoga mat")
    together = page.locator(".forecast tr.total td")
    expect(together.nth(1)).to_have_text("4")
    expect(together.nth(2)).to_have_text("2 + 10")
    page.get_by_label("Amazon products each").fill("-1")
    problem = page.locator(".field:has(input[name=top_amz]) .field-problem")
    expect(problem).to_have_text("“Amazon products each” is -1; it must be between 0 and 1000")
    start = page.get_by_role("button", name=STARTS)
    expect(start).to_be_disabled()
    page.get_by_label("Amazon products each").fill("3")
    expect(start).to_be_enabled()
    expect(problem).to_have_count(0)


def test_a_start_while_dagster_is_away_says_what_to_do(page: Page, served: Served) -> None:
    open_page(page, f"{served.url}/collect")
    expect(page.get_by_text("Dagster does not answer; trying again.")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name=STARTS).click()
    expect(page.locator(".toast")).to_contain_text("dropship up", timeout=15_000)


def test_filters_and_columns_stand_in_the_address_and_filter(page: Page, served: Served) -> None:
    open_page(page, f"{served.url}/sellers?run={served.run_id}&columns=score,marks")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("thead th")).to_have_text(["Seller", "Score", "Marks"])
    expect(page.get_by_label("Run", exact=True)).to_have_value(str(served.run_id))
    page.get_by_label("Run", exact=True).fill("")
    page.get_by_label("Category").fill("Lamps")
    expect(page).to_have_url(f"{served.url}/sellers?category=Lamps&columns=score,marks")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Category").fill("Toys")
    expect(page.get_by_text("No seller matches")).to_be_visible()
    page.get_by_label("Category").fill("")
    expect(page.locator("tbody tr")).not_to_have_count(0)
    page.get_by_label("Tag", exact=True).fill("nobody has this tag")
    expect(page).to_have_url(f"{served.url}/sellers?tag=nobody+has+this+tag&columns=score,marks")
    expect(page.get_by_text("No seller matches")).to_be_visible()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Feedback", exact=True).check()
    expect(page.locator("thead th")).to_have_text(["Seller", "Score", "Feedback", "Marks"])
