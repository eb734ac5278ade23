"""Every admin page in a real browser, on the admin page's own process; Dagster is away, as it may be."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.admin_server import admin_pages
from dropship_pipeline_tests.browser import STARTS, hurdles, log_in, log_in_by_hand, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_run
from dropship_pipeline_tests.integration.filled_pages import PAGES, SCRIPT, Served, logged_in

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def served(stack: LocalServers, _migrated_template: str) -> Iterator[Served]:
    with admin_pages(stack, "pages") as (database, address):
        yield Served(address, database)


@pytest.fixture
def page(chromium: Browser, served: Served) -> Iterator[Page]:
    with logged_in(chromium, served) as opened:
        yield opened


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


# Where the navigation ends; it lies over the end of no page.
_BELOW_PAGES = "document.querySelector('.top .nav').getBoundingClientRect().bottom === innerHeight"


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_moderate_or_serious_hurdle_for_anybody(chromium: Browser, served: Served, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{served.url}/login")
    found: list[tuple[str, ...]] = [("login", *one) for one in hurdles(page)]
    log_in_by_hand(page, served.url, served.token(), "/collect")
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
        assert page.evaluate(_BELOW_PAGES), f"{path}: the navigation is out of a thumb's reach"
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
    log_in(page, served.url, served.token(org="other"))
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
    # What the page asks by itself may end it before anybody clicks.
    page.get_by_role("button", name="Copy names").or_(page.get_by_label("Token")).first.click()
    page.wait_for_url(f"{served.url}/login?next=%2Fsellers")


def test_logging_out_closes_the_pages(page: Page, served: Served) -> None:
    open_page(page, f"{served.url}/collect")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{served.url}/login")
    page.goto(f"{served.url}/sellers")
    page.wait_for_url(f"{served.url}/login?next=/sellers")
