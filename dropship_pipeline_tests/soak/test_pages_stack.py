"""The whole stack through a browser: from login to evidence, two viewers, servers that go away, Dagster's own UI."""

import csv
import re
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.browser import STARTS, browser, log_in_by_hand, open_page
from dropship_pipeline_tests.integration.test_stack_supervisor import Up, running
from dropship_pipeline_tests.soak.operating import LOCATION, without

pytestmark = pytest.mark.soak
# Forty searches take twenty seconds: time to look, to stop, and to go on.
QUOTA = {"RAINFOREST_REQUESTS_PER_MINUTE": "600", "SCRAPERAPI_REQUESTS_PER_MINUTE": "120"}
PRODUCTS = 40
PATIENCE_MS = 90_000
TOGETHER_WITHIN_MS = 2_000
SEARCHED_AT_LEAST = "number => parseInt(document.querySelector('.live .figures dd')?.innerText) >= number"
LONG_RUN = "ops: {collection_config: {config: {queries: [a lamp, b lamp, c lamp], throttle_seconds: 60}}}"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with running(tmp_path_factory.mktemp("pages") / ".dropship", **QUOTA) as started:
        yield started


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened.set_default_timeout(PATIENCE_MS)
    opened.grant_permissions(["clipboard-read", "clipboard-write"])
    yield opened
    opened.close()


def setting(up: Up, name: str) -> str:
    return str(up.stack()["settings"][name])


def admin_url(up: Up) -> str:
    return setting(up, "DROPSHIP_ADMIN_URL")


def token(up: Up) -> str:
    with closing(Database(setting(up, "DROPSHIP_DATABASE_URL"))) as database:
        return Tokens(database).create("browser", ["admin.*"], org="default").secret.get_secret_value()


def start_search(page: Page, products: int = PRODUCTS) -> None:
    """Fill in the form for sellers, and start."""
    category = page.get_by_label("Best-seller categories")
    category.fill("kitchen")
    category.press("Enter")
    page.get_by_label("Products at most").fill(str(products))
    page.get_by_role("button", name=STARTS).click()


def percent(page: Page) -> int:
    return int(page.locator(".live [role=progressbar]").get_attribute("aria-valuenow") or 0)


def figures(page: Page) -> str:
    """What the panel of the current run says."""
    return " ".join(page.locator(".live .figures").all_inner_texts())


def searched(page: Page) -> int:
    """The first of its figures: how many products were searched for."""
    return int(page.locator(".live .figures dd").first.inner_text())


def wait_for_movement(page: Page) -> None:
    expect(page.locator(".live .progress")).to_contain_text("of 40", timeout=PATIENCE_MS)
    page.wait_for_function("Number(document.querySelector('.live [role=progressbar]').ariaValueNow) > 0")


def state(page: Page, word: str) -> None:
    expect(page.locator(".live .badge").first).to_have_text(word, timeout=PATIENCE_MS)


def test_a_person_gets_from_the_login_link_to_the_evidence_behind_a_seller(up: Up, context: BrowserContext) -> None:
    page = context.new_page()
    (link,) = re.findall(r"http://\S+/login/once/\S+", "".join(up.said))
    page.goto(link)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{admin_url(up)}/")
    open_page(page, f"{admin_url(up)}/collect")
    start_search(page)
    wait_for_movement(page)
    assert 0 < percent(page) < 100

    page.get_by_role("button", name="Stop", exact=True).click()
    state(page, "stopped")
    before = searched(page)
    assert 0 < before < PRODUCTS
    page.get_by_role("button", name="Resume").click()
    state(page, "running")
    state(page, "completed")
    assert searched(page) == PRODUCTS  # of the collection, over both runs

    open_page(page, f"{admin_url(up)}/sellers")
    name = page.locator("tbody a").first.inner_text()
    page.get_by_label("Search by name").fill(name[1:-1].upper())
    expect(page.locator("tbody a", has_text=name).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    assert name in [row["seller_name"] for row in rows]
    page.get_by_role("button", name="Copy names").click()
    expect(page.locator(".toast")).to_contain_text("Copied")
    assert name in page.evaluate("navigator.clipboard.readText()").split("\n")

    page.locator("tbody a", has_text=name).first.click()
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    pictures = page.locator(".pair").first.locator("img")
    expect(pictures).to_have_count(2)
    for picture in (pictures.first, pictures.last):
        expect(picture).to_have_js_property("complete", value=True)
        assert picture.evaluate("picture => picture.naturalWidth") > 0

    open_page(page, f"{admin_url(up)}/schedule")
    page.get_by_label("Start by itself").check()
    page.get_by_label("Day of the month").fill("28")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.locator(".moments li")).to_have_count(3)
    page.get_by_label("Start by itself").uncheck()
    page.get_by_role("button", name="Save schedule").click()
    expect(page.get_by_text("Nothing starts by itself")).to_be_visible()


def test_two_viewers_see_the_same_and_a_reload_shows_the_truth(
    up: Up, chromium: Browser, context: BrowserContext
) -> None:
    first = context.new_page()
    log_in_by_hand(first, admin_url(up), token(up), "/collect")
    other = chromium.new_context()
    other.set_default_timeout(PATIENCE_MS)
    second = other.new_page()
    log_in_by_hand(second, admin_url(up), token(up), "/collect")
    start_search(first)
    wait_for_movement(first)
    for ahead, behind in [(first, second), (second, first)] * 2:
        behind.wait_for_function(SEARCHED_AT_LEAST, arg=searched(ahead), timeout=TOGETHER_WITHIN_MS)
    before = searched(second)
    first.reload()
    first.wait_for_function(SEARCHED_AT_LEAST, arg=before)
    for page in (first, second):
        state(page, "completed")
    first.wait_for_timeout(TOGETHER_WITHIN_MS)
    assert figures(first) == figures(second)
    other.close()


def test_the_pages_outlive_their_servers(up: Up, context: BrowserContext) -> None:
    page = context.new_page()
    log_in_by_hand(page, admin_url(up), token(up), "/collect")
    open_page(page, f"{admin_url(up)}/collect")
    with without(up, "dagster-webserver"):
        expect(page.get_by_text("Dagster does not answer; trying again.")).to_be_visible(timeout=PATIENCE_MS)
        page.get_by_role("button", name=STARTS).click()
        expect(page.locator(".toast")).to_contain_text("dropship up", timeout=PATIENCE_MS)
    expect(page.get_by_text("Dagster does not answer; trying again.")).to_be_hidden(timeout=PATIENCE_MS)
    with without(up, "postgres"):
        expect(page.get_by_text("Postgres does not answer; trying again.")).to_be_visible(timeout=PATIENCE_MS)
        sellers = context.new_page()
        sellers.goto(f"{admin_url(up)}/sellers")
        expect(sellers.get_by_text("does not answer").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Postgres does not answer; trying again.")).to_be_hidden(timeout=PATIENCE_MS)
    page.get_by_label("Products at most").fill("2")
    page.get_by_role("button", name=STARTS).click()
    state(page, "completed")
    open_page(sellers, f"{admin_url(up)}/sellers")
    expect(sellers.locator("tbody tr").first).to_be_visible()


def test_the_dagster_ui_behind_its_guard_launches_and_stops_a_run(up: Up, context: BrowserContext) -> None:
    page = context.new_page()
    base = setting(up, "DROPSHIP_DAGSTER_URL")
    page.goto(f"{base}/locations/{LOCATION}/jobs/collect_and_store/playground/setup?config={quote(LONG_RUN)}")
    page.get_by_role("button", name="Launch Run").click()
    page.wait_for_url("**/runs/*")
    page.get_by_text("Worker START").first.wait_for()  # the log comes over the websocket
    page.get_by_role("button", name="Terminate").click()
    page.get_by_role("dialog").get_by_role("button", name="Terminate 1 run").click()
    expect(page.get_by_text("Canceled").first).to_be_visible(timeout=PATIENCE_MS)


@pytest.mark.parametrize(
    ("method", "headers", "body"),
    [
        ("POST", {"Origin": "http://evil.example", "Content-Type": "application/json"}, '{"query": "{version}"}'),
        ("POST", {"Host": "evil.example", "Content-Type": "application/json"}, '{"query": "{version}"}'),
        ("GET", {}, ""),
        ("POST", {"Content-Type": "text/plain"}, '{"query": "{version}"}'),
        ("POST", {"Content-Type": "application/x-www-form-urlencoded"}, "query={version}"),
    ],
    ids=["origin", "host", "get", "text", "form"],
)
def test_another_web_page_cannot_use_the_dagster_ui(up: Up, method: str, headers: dict[str, str], body: str) -> None:
    url = f"{setting(up, 'DROPSHIP_DAGSTER_URL')}/graphql"
    answer = httpx.request(method, url, params={"query": "{version}"} if method == "GET" else None, content=body,
                           headers=headers, trust_env=False)  # fmt: skip
    assert answer.status_code in (403, 405, 415, 421)
    assert "version" not in answer.text or "problem" in answer.headers["content-type"]


def test_nothing_that_lets_anybody_in_is_in_any_log(up: Up) -> None:
    made = token(up)
    (link,) = re.findall(r"/login/once/(\S+)", "".join(up.said))
    for wrong in (made, f"{made}x"):
        httpx.get(f"{admin_url(up)}/api/collection/runs", headers={"Authorization": f"Bearer {wrong}"}, trust_env=False)
    logs = "".join(path.read_text(errors="replace") for path in (up.home / "logs").iterdir())
    assert made not in logs
    assert link not in logs
