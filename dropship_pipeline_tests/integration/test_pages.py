"""The admin pages in a real browser, on the admin page's own process; Dagster is away, as it may be."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dropship_pipeline.models import Reading
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.schedules import Schedules
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.admin_server import admin_pages
from dropship_pipeline_tests.browser import STARTS, log_in, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import (
    add_job_product,
    add_listing,
    add_outcome,
    add_product,
    add_seen_seller,
)

pytestmark = needs_chromium
SCRIPT = "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
SELLERS = 120
PAGES = ("", "collect", "sellers", "products", "history", "schedule")


class Served:
    """The admin page with two orgs: `default` with what a run left behind, `empty` with nothing."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.database = database
        self.tokens = Tokens(database)
        self.seller_id, self.run_id = _fill(database)
        self.pages = (*PAGES, "?search=window.hit", f"sellers/{self.seller_id}", f"history/{self.run_id}")

    def token(self, *permissions: str, org: str = "default") -> str:
        return self.tokens.create("browser", permissions or ("admin.*",), org=org).secret.get_secret_value()


def _fill(database: Database) -> tuple[int, int]:
    """Rows in which a marketplace tries to run a script, and some more; returns a seller and a run."""
    records = RunRecords(database, "default")
    run_id = add_run(records, "d1", phase="ebay_search", phase_total=3, phase_progress=3)
    records.activate(run_id)
    records.errors.record(run_id, "job", RunError("ebay", "collect", "blocked", f"It was {SCRIPT}", SCRIPT, "B1", 200))
    add_outcome(database, run_id, "lamp", Reading(pages=1, rows=60, skipped={"no_id": 25}, pages_in_part=1))
    records.settlement.finish(run_id, "failed", message=f"It said {SCRIPT}")
    seller_id = add_seller(database, SCRIPT, feedback_percent=99.5, feedback_count=1_204)
    add_job_product(database, title=SCRIPT, url="javascript:window.hit = 1")
    add_listing(database, run_id, seller_id, title=SCRIPT, url="javascript:window.hit = 1")
    add_seen_seller(database, seller_id, runs=[run_id])
    add_product(database, title=SCRIPT, url="javascript:window.hit = 1", query=SCRIPT)
    for number in range(SELLERS):
        add_seller(database, f"Shop {number:03}", collection_count=number + 1)
    add_seller(database, "of another org", org_id="other")
    return seller_id, run_id


@pytest.fixture(scope="module")
def served(stack: LocalServers, _migrated_template: str) -> Iterator[Served]:
    with admin_pages(stack, "pages") as (database, address):
        yield Served(address, database)


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    """A fresh browser profile, logged in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    log_in(opened, served.url, served.token())
    yield opened
    context.close()


def test_what_a_marketplace_wrote_is_text_on_every_page_and_never_runs(page: Page, served: Served) -> None:
    shown = 0
    for path in served.pages:
        open_page(page, f"{served.url}/{path}")
        shown += page.get_by_text("<script>window.hit").count()
        assert page.evaluate("window.hit") is None, path
        assert page.locator("a[href^='javascript:']").count() == 0, path
    # Seller in the list, in the row of Today and above its evidence; product and listing beside it; seller, product and
    # listing in the evidence; title and query; error and its subject; reason.
    assert shown >= 12


def test_the_page_of_a_run_says_what_could_not_be_read(page: Page, served: Served) -> None:
    open_page(page, f"{served.url}/history/{served.run_id}")
    said = "1 of 1 eBay searches were read in part; of 60 rows, lost are: 25 rows without a number or link of its own."
    expect(page.get_by_text(said)).to_be_visible()


def test_the_page_of_a_replay_says_what_changed(page: Page, served: Served) -> None:
    shown = {"kind": "moved", "asin": "B1", "item_id": "7", "title": SCRIPT, "before": "accept", "after": "reject"}
    changes = {
        "listings": {"gained": 0, "lost": 0, "moved": 1},
        "moves": {"accept → reject": 1},
        "sellers": {"gained": 0, "lost": 1, "accepted": 0, "not_accepted": 0},
        "named_listings": [shown],
        "named_sellers": {"lost": [SCRIPT]},
    }
    replay = {"job_id": "job", "searches": 3, "not_kept": [], "lists_read": True, "changes": changes}
    records = RunRecords(served.database, "default")
    run_id = add_run(records, "again", "of its own", job_name="replay_collection", replay=replay, status="completed")
    open_page(page, f"{served.url}/history/{run_id}")
    card = page.get_by_role("region", name="What changed")
    expect(card).to_contain_text("another band (accept to reject): <script>")
    expect(card).to_contain_text("Sellers lost: <script>")
    assert page.evaluate("window.hit") is None
    open_page(page, f"{served.url}/history/{served.run_id}")
    expect(page.get_by_role("button", name="Judge again (free)")).to_be_visible()


def hurdles(page: Page) -> list[tuple[str, str]]:
    """What is in the way of somebody, and why, once the page is at rest: colours change while its theme is applied."""
    found: list[tuple[str, str]] = []
    for _ in range(5):
        page.wait_for_timeout(300)
        violations = Axe().run(page).response["violations"]
        found = [(one["id"], one["nodes"][0]["html"][:200]) for one in violations if one["impact"] != "minor"]
        if not found:
            break
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_moderate_or_serious_hurdle_for_anybody(
    chromium: Browser, served: Served, width: int, scheme: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    found: list[tuple[str, ...]] = []
    page.goto(f"{served.url}/login")
    found += [("login", one["id"]) for one in Axe().run(page).response["violations"]]
    log_in(page, served.url, served.token())
    for path in served.pages:
        open_page(page, f"{served.url}/{path}")
        found += [(path, *one) for one in hurdles(page)]
        found += [(path, "more than one main")] if page.locator("main").count() != 1 else []
    context.close()
    assert found == []


def test_no_page_is_wider_than_a_phone(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    log_in(page, served.url, served.token())
    for path in served.pages:
        open_page(page, f"{served.url}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    context.close()


def test_no_page_asks_another_site_for_anything(page: Page, served: Served) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in served.pages:
        open_page(page, f"{served.url}/{path}")
    ours = (served.url, served.url.replace("http", "ws"), "data:", "blob:")
    assert [address for address in asked if not address.startswith(ours)] == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_without_anything_to_show_says_what_to_do_next(chromium: Browser, served: Served, path: str) -> None:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, served.url, served.token(org="other"), f"/{path}")
    open_page(page, f"{served.url}/{path}")
    said = {
        "": "of another org",
        "collect": "New run",
        "sellers": "of another org",
        "products": "No products yet",
        "history": "No runs yet",
        "schedule": "Tick “Start by itself” and save.",
    }
    expect(page.get_by_text(said[path], exact=True).first).to_be_visible()
    assert page.get_by_text("Something went wrong").count() == 0
    context.close()


def test_one_org_does_not_see_the_pages_of_another(chromium: Browser, served: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, served.url, served.token(org="other"))
    for path in (f"sellers/{served.seller_id}", f"history/{served.run_id}"):
        open_page(page, f"{served.url}/{path}")
        expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    context.close()


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


def test_who_may_only_look_is_offered_nothing_that_costs(chromium: Browser, served: Served) -> None:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, served.url, served.token("collection.read"))
    for path in served.pages:
        open_page(page, f"{served.url}/{path}")
        for name in (STARTS, "Stop", "Resume", "Save schedule"):
            assert page.get_by_role("button", name=name, exact=True).count() == 0, path
    context.close()


def test_a_revoked_token_ends_the_pages_that_were_opened_with_it(page: Page, served: Served) -> None:
    made = served.tokens.create("revoked", ["collection.read"], org="default")
    page.context.clear_cookies()
    log_in(page, served.url, made.secret.get_secret_value())
    open_page(page, f"{served.url}/sellers")
    served.tokens.revoke(made.token.id, org="default")
    page.get_by_role("button", name="Copy names").click()
    page.wait_for_url(f"{served.url}/login?next=%2Fsellers")


def test_logging_out_closes_the_pages(page: Page, served: Served) -> None:
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{served.url}/login")
    page.goto(f"{served.url}/sellers")
    page.wait_for_url(f"{served.url}/login?next=/sellers")


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
