"""What the sandbox's ScraperAPI refuses, charges for, and does wrong where it is told to."""

from collections.abc import AsyncIterator

import httpx
import pytest

from dropship_pipeline.sandbox.server.app import create_app
from dropship_pipeline.sandbox.server.state import SandboxSettings
from dropship_pipeline_tests.unit.sandbox_catalogue import CATALOGUE
from dropship_pipeline_tests.unit.test_sandbox_scraperapi import V2, ask, item_ids, page, results


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(CATALOGUE, SandboxSettings(markup="s-card")))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def meet(client: httpx.AsyncClient, fault: str, **conditions: object) -> None:
    rule = {"target": "scraperapi", "fault": fault, **conditions}
    assert (await client.put("/_control/faults", json={"rules": [rule]})).status_code == 200


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("/scraperapi/", {}, 400),
        ("/scraperapi/", {"url": "https://www.ebay.com/itm/1"}, 404),
        (V2, {}, 400),
        (V2, {"query": "lamp", "tld": "example"}, 400),
        (V2, {"query": "lamp", "page": "x"}, 400),
        (V2, {"query": "lamp", "max_cost": "1"}, 403),
    ],
)
async def test_invalid_requests_are_refused_in_plain_text(
    client: httpx.AsyncClient, path: str, params: dict[str, str], status: int
) -> None:
    answer = await ask(client, path, **params)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("key", "status"), [("", 401), ("refused", 401), ("broke", 403), ("any", 200)])
async def test_keys_are_answered_as_the_service_does(client: httpx.AsyncClient, key: str, status: int) -> None:
    for path in (V2, "/scraperapi/account"):
        answer = await client.get(path, params={"query": "lamp", "api_key": key})
        assert answer.status_code == status
        assert (answer.headers.get("sa-statuscode") is None) or status == 200


@pytest.mark.parametrize(("fault", "charged"), [("http_404", 5), ("http_500", 0), ("http_429", 0), ("http_403", 0)])
async def test_only_answers_and_missing_pages_are_charged(client: httpx.AsyncClient, fault: str, charged: int) -> None:
    await meet(client, fault)
    await ask(client, query="lamp")
    assert (await client.get("/_control/stats")).json()["scraperapi"]["credits"] == charged


async def test_a_block_of_the_site_is_told_from_an_account_without_credits(client: httpx.AsyncClient) -> None:
    await meet(client, "http_403_target")
    blocked = await ask(client, query="lamp")
    await meet(client, "http_403")
    broke = await ask(client, query="lamp")
    assert (blocked.status_code, blocked.headers.get("sa-statuscode")) == (403, "403")
    assert (broke.status_code, broke.headers.get("sa-statuscode")) == (403, None)


async def test_a_block_page_comes_with_200_and_neither_results_nor_a_heading(client: httpx.AsyncClient) -> None:
    await meet(client, "block_page")
    tree = await page(client)
    assert not tree.css("li")
    assert not tree.css(".srp-controls__count-heading")
    assert (await ask(client, query="lamp")).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(("fault", "key"), [("no_price", "item_price"), ("no_seller", "seller_name")])
async def test_a_fault_takes_its_key_from_every_row(client: httpx.AsyncClient, fault: str, key: str) -> None:
    await meet(client, fault)
    assert not any(key in row for row in await results(client))


@pytest.mark.parametrize(
    ("fault", "selector"),
    [
        ("no_price", ".su-card-container .s-card__price"),
        ("no_seller", ".su-card-container span.primary.large:nth-child(2)"),
        ("no_image", 'img[src*="/images/g/"]'),
    ],
)
async def test_a_fault_takes_its_mark_from_every_card(client: httpx.AsyncClient, fault: str, selector: str) -> None:
    assert (await page(client)).css(selector)
    await meet(client, fault)
    assert not (await page(client)).css(selector)


async def test_a_concatenated_row_is_too_long_to_be_one_listing(client: httpx.AsyncClient) -> None:
    await meet(client, "concatenated_row")
    row = (await results(client))[0]
    assert len(row["product_title"]) > 200
    assert len(str(row["item_price"]["value"])) == 39


async def test_a_polluted_currency_is_no_currency(client: httpx.AsyncClient) -> None:
    await meet(client, "polluted_currency")
    row = next(row for row in await results(client) if "value" in row.get("item_price", {}))
    assert row["item_price"]["currency"] == "US $or Best Offer"


async def test_a_fault_of_ranges_leaves_no_single_price(client: httpx.AsyncClient) -> None:
    await meet(client, "price_range")
    assert all("from" in row["item_price"] for row in await results(client) if "item_price" in row)


async def test_other_shapes_can_be_switched_on(client: httpx.AsyncClient) -> None:
    await meet(client, "v1_array")
    assert isinstance((await ask(client, query="lamp")).json(), list)
    await meet(client, "missing_array")
    assert "results" not in (await ask(client, query="lamp")).json()
    await meet(client, "filler_only")
    assert item_ids(await page(client), "s-card") == ["123456", "123456"]
    await meet(client, "blank_title")
    assert {row["product_title"] for row in await results(client)} <= {"", "Opens in a new window or tab"}
    await meet(client, "duplicate_rows")
    found = await results(client)
    assert found[0] == found[-1]
    await meet(client, "seller_link")
    assert (await page(client)).css('.s-card__footer a[href*="_ssn="]')


async def test_ignored_filters_show_rows_that_should_not_be_there(client: httpx.AsyncClient) -> None:
    await meet(client, "ignore_filters")
    ids = item_ids(await page(client, LH_ItemCondition="1000", _ipg=240), "s-card")[2:]
    assert any(CATALOGUE.listing(item_id).condition_id != 1000 for item_id in ids)
