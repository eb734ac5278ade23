"""What searches cost, in a real browser and in the API, where the price of a credit is set."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls, collection_runs
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.admin_server import admin_pages
from dropship_pipeline_tests.browser import STARTS, log_in, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller

pytestmark = needs_chromium
USD_170 = {"cents": 170, "currency": "USD"}


class Priced:
    """The admin page over one collection of two runs, the later of which was stopped at its budget."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.tokens = Tokens(database)
        self.secret = self.tokens.create("reader", ("admin.*",), org="default").secret.get_secret_value()
        self.runs = _plant(database)

    def get(self, path: str) -> dict[str, object]:
        return self._answer("GET", path)

    def post(self, path: str, body: object) -> dict[str, object]:
        return self._answer("POST", path, body)

    def _answer(self, method: str, path: str, body: object = None) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self.secret}"}
        address = f"{self.url}/api/collection/{path}"
        answer = httpx.request(method, address, headers=headers, json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found


def _plant(database: Database) -> list[int]:
    records, now = RunRecords(database, "default"), utc_now()
    config = {"categories": ["kitchen"], "max_products": 100, "max_credits": 600}
    paid = ({"rainforest": 12, "scraperapi": 501}, {"rainforest": 0, "scraperapi": 87})
    runs = [
        add_run(
            records, f"d{number}", "job", job_name="collect_sellers", config=config, credits_used=sum(spent.values()),
            credits_by_provider=spent, credits_budget=600, new_sellers=34 * (1 - number), sellers_found=40,
            started_at=now, completed_at=now, status=("failed", "stopped")[number],
        )
        for number, spent in enumerate(paid)
    ]  # fmt: skip
    call = {"org_id": "default", "job_id": "job", "request": {}, "state": "settled", "credits_reserved": 5}
    with database.begin() as connection:
        connection.execute(collection_runs.update().values(sandbox=True))
        for provider, credits in (("rainforest", 12), ("scraperapi", 588)):
            row = {**call, "provider": provider, "fingerprint": provider, "credits": credits, "settled_at": now}
            connection.execute(api_calls.insert().values(row))
    add_seller(database, "shop")
    return runs


@pytest.fixture(scope="module")
def priced(stack: LocalServers, _migrated_template: str) -> Iterator[Priced]:
    prices = {
        "DROPSHIP_RAINFOREST_CREDIT_PRICE": "0.0083 USD",
        "DROPSHIP_SCRAPERAPI_CREDIT_PRICE": "0.0032 USD",
    }
    with admin_pages(stack, "money", **prices) as (database, address):
        yield Priced(address, database)


@pytest.fixture
def page(chromium: Browser, priced: Priced) -> Iterator[Page]:
    """A fresh browser, logged in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    log_in(opened, priced.url, priced.secret)
    yield opened
    context.close()


def test_the_button_that_starts_says_what_the_form_costs(page: Page, priced: Priced) -> None:
    open_page(page, f"{priced.url}/collect")
    money = page.locator(".forecast tr.total td").nth(3)
    expect(money).to_contain_text("USD")
    of_the_defaults = money.inner_text()
    page.get_by_label("Products at most").fill("10")
    expect(money).not_to_have_text(of_the_defaults)
    button = page.get_by_role("button", name=STARTS)
    expect(button).to_contain_text(f"credits, ≈ {money.inner_text()}")
    rows = page.locator(".forecast tbody tr:not(.total) td:nth-child(4)").all_inner_texts()
    assert round(sum(float(text.split()[0]) for text in rows), 2) == float(money.inner_text().split()[0])
    page.get_by_label("Budget, credits").fill("1000")
    expect(page.get_by_text("The budget of 1,000 credits, 8.30 USD at most")).to_be_visible()


def test_the_form_says_what_the_price_band_leaves_out_and_offers_a_wider_one(page: Page, priced: Priced) -> None:
    open_page(page, f"{priced.url}/collect")
    expect(page.get_by_text("breaks even near +19 %")).to_be_visible()
    expect(page.get_by_label("Price from")).to_have_value("0.8")
    expect(page.get_by_label("Price to")).to_have_value("1.2")
    page.get_by_role("button", name="Use 0.80–1.60").click()
    expect(page.get_by_label("Price from")).to_have_value("0.80")
    expect(page.get_by_label("Price to")).to_have_value("1.60")
    expect(page.get_by_role("button", name=STARTS)).to_be_enabled()


def test_a_run_and_its_collection_say_what_they_and_a_new_seller_cost(page: Page, priced: Priced) -> None:
    open_page(page, f"{priced.url}/history/{priced.runs[0]}")
    record = page.get_by_role("region", name="Record")
    expect(record).to_contain_text("513 credits, ≈ 1.70 USD")
    expect(record).to_contain_text("15.1 credits, ≈ 0.05 USD")
    collection = page.get_by_role("region", name="Its collection", exact=True)
    expect(collection).to_contain_text("600 credits, ≈ 1.98 USD")
    expect(collection).to_contain_text("600 of 600 credits, which are 4.98 USD at most")


def test_the_money_of_the_history_adds_up(page: Page, priced: Priced) -> None:
    open_page(page, f"{priced.url}/history")
    cells = page.get_by_role("region", name="Runs").locator("tbody tr td:nth-last-child(2)").all_inner_texts()
    together, *runs = (float(text.split()[0]) for text in cells)
    assert (together, runs) == (1.98, [0.28, 1.70])
    expect(page.get_by_role("region", name="Runs").get_by_text("12 + 588")).to_be_visible()


def test_the_top_of_today_says_what_the_month_cost(page: Page, priced: Priced) -> None:
    open_page(page, f"{priced.url}/")
    expect(page.locator(".today-top")).to_contain_text("600 credits, ≈ 1.98 USD")


def test_going_on_has_a_forecast_on_the_page_and_in_the_api(page: Page, priced: Priced) -> None:
    told = priced.get(f"runs/{priced.runs[1]}/forecast")
    cost = told["cost"]
    assert isinstance(cost, dict)
    open_page(page, f"{priced.url}/history/{priced.runs[1]}")
    money = f"{cost['cents'] // 100:,}.{cost['cents'] % 100:02} USD"
    expect(page.get_by_text(f"About {told['credits']:,} credits, ≈ {money} at most")).to_be_visible()


def test_the_api_says_what_runs_and_forecasts_cost(priced: Priced) -> None:
    run = priced.get(f"status/{priced.runs[0]}")
    assert (run["cost"], run["cost_per_new_seller"]) == (USD_170, {"cents": 5, "currency": "USD"})
    assert run["credits_by_provider"] == {"rainforest": 12, "scraperapi": 501}
    collection = run["collection"]
    assert isinstance(collection, dict)
    assert (collection["cost"], collection["credits_used"]) == ({"cents": 198, "currency": "USD"}, 600)
    listed = priced.get("runs")
    assert listed["collections"] == [collection]
    told = priced.post("forecast", {"job": "collect_sellers", "config": {"max_products": 10}})
    shares, cost = told["providers"], told["cost"]
    assert isinstance(shares, list)
    assert isinstance(cost, dict)
    assert cost["cents"] == sum(share["cost"]["cents"] for share in shares)
