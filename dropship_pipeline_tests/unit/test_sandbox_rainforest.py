"""The sandbox's Rainforest API: what it promises to whoever parses it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from dropship_pipeline.sandbox.server.app import create_app
from dropship_pipeline_tests.unit.sandbox_catalogue import CATALOGUE

SEARCH = {"type": "search", "amazon_domain": "amazon.com", "search_term": "desk lamp"}
BEST = {"type": "bestsellers", "amazon_domain": "amazon.com", "category_id": "electronics"}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(CATALOGUE))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def ask(client: httpx.AsyncClient, **params: str | int) -> httpx.Response:
    return await client.get("/rainforest/request", params={"api_key": "secret-key", **params})


async def rows(client: httpx.AsyncClient, **params: str | int) -> list[dict[str, Any]]:
    body = (await ask(client, **params)).json()
    found: list[dict[str, Any]] = body["search_results" if params["type"] == "search" else "bestsellers"]
    return found


async def meet(client: httpx.AsyncClient, fault: str, **conditions: object) -> None:
    rule = {"target": "rainforest", "fault": fault, **conditions}
    assert (await client.put("/_control/faults", json={"rules": [rule]})).status_code == 200


async def test_the_envelope_echoes_the_request_without_its_key(client: httpx.AsyncClient) -> None:
    answer = await ask(client, **SEARCH)
    assert answer.json()["request_parameters"] == SEARCH
    assert "secret-key" not in answer.text


async def test_every_call_says_what_it_cost_beside_the_running_total(client: httpx.AsyncClient) -> None:
    await ask(client, **BEST)
    info = (await ask(client, **BEST, page=2)).json()["request_info"]
    assert (info["success"], info["credits_used_this_request"], info["credits_used"]) == (True, 1, 2)


async def test_search_pages_have_the_size_of_live_ones_and_do_not_repeat_organic_rows(
    client: httpx.AsyncClient,
) -> None:
    pages = [await rows(client, **SEARCH, page=page) for page in (1, 2)]
    organic = [row["asin"] for page in pages for row in page if not row["sponsored"]]
    assert all(16 <= len(page) <= 51 for page in pages)
    assert len(set(organic)) == len(organic)


async def test_sponsored_rows_repeat_products_that_are_also_found_without(client: httpx.AsyncClient) -> None:
    found = [row for page in range(1, 21) for row in await rows(client, **SEARCH, page=page)]
    sponsored = {row["asin"] for row in found if row["sponsored"]}
    assert sponsored
    assert sponsored <= {row["asin"] for row in found if not row["sponsored"]}


async def test_sponsored_rows_can_be_left_out(client: httpx.AsyncClient) -> None:
    assert not any(row["sponsored"] for row in await rows(client, **SEARCH, exclude_sponsored="true"))


async def test_several_pages_in_one_call_cost_a_credit_each(client: httpx.AsyncClient) -> None:
    body = (await ask(client, **SEARCH, max_page=3)).json()
    assert body["request_info"]["credits_used_this_request"] == 3
    assert [row["position"] for row in body["search_results"]] == list(range(1, len(body["search_results"]) + 1))


async def test_nonsense_is_answered_with_an_empty_array_and_success(client: httpx.AsyncClient) -> None:
    body = (await ask(client, **{**SEARCH, "search_term": "zzqxv plomfurt"})).json()
    assert body["request_info"]["success"] is True
    assert body["search_results"] == []


async def test_a_page_beyond_the_last_is_empty(client: httpx.AsyncClient) -> None:
    assert await rows(client, **SEARCH, page=500) == []


async def test_a_best_seller_list_has_two_pages_of_fifty_with_contiguous_ranks(client: httpx.AsyncClient) -> None:
    pages = [await rows(client, **BEST, page=page) for page in (1, 2)]
    assert [len(page) for page in pages] == [50, 50]
    assert [row["rank"] for page in pages for row in page] == list(range(1, 101))


async def test_what_a_row_lacks_is_an_absent_key_and_never_null(client: httpx.AsyncClient) -> None:
    categories = [category.id for category in CATALOGUE.categories.values() if category.parent_id is None]
    found = [
        row
        for category in categories
        for page in (1, 2)
        for row in await rows(client, **{**BEST, "category_id": category}, page=page)
    ]
    assert not any(value is None for row in found for value in row.values())
    for key in ("price", "rating", "image"):
        assert 0 < sum(key not in row for row in found) < len(found) / 10
    assert all(("rating" in row) == ("ratings_total" in row) for row in found)
    assert any("grey-pixel.gif" in row.get("image", "") for row in found)


async def test_whole_prices_are_ints_and_others_floats(client: httpx.AsyncClient) -> None:
    values = [
        row["price"]["value"] for page in (1, 2) for row in await rows(client, **BEST, page=page) if "price" in row
    ]
    assert {type(value) for value in values} == {int, float}
    assert all(isinstance(value, int) == (float(value) == int(value)) for value in values)


async def test_another_domain_writes_another_currency(client: httpx.AsyncClient) -> None:
    row = next(row for row in await rows(client, **{**BEST, "amazon_domain": "amazon.de"}) if "price" in row)
    assert (row["price"]["currency"], row["price"]["symbol"]) == ("EUR", "€")
    assert row["price"]["raw"][-3] == ","


@pytest.mark.parametrize(
    "params",
    [
        {"category_id": "bestsellers_electronics", "amazon_domain": "amazon.com"},
        {"url": "https://www.amazon.com/Best-Sellers-Electronics/zgbs/electronics/ref=zg_bs_nav"},
    ],
)
async def test_a_list_can_be_named_by_id_or_by_url(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    by_id = [row["asin"] for row in await rows(client, **BEST)]
    assert [row["asin"] for row in await rows(client, type="bestsellers", **params)] == by_id


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"type": "search", "amazon_domain": "amazon.com"},
        {**SEARCH, "url": "https://www.amazon.com/s?k=lamp"},
        {**SEARCH, "page": "0"},
        {**SEARCH, "amazon_domain": "amazon.example"},
        {**BEST, "category_id": "nothing"},
        {**BEST, "url": "https://www.amazon.com/zgbs/electronics"},
        {"type": "offers"},
    ],
)
async def test_invalid_parameters_are_refused_and_cost_nothing(
    client: httpx.AsyncClient, params: dict[str, str]
) -> None:
    answer = await ask(client, **params)
    assert answer.status_code == 400
    assert answer.json()["request_info"]["success"] is False
    assert (await client.get("/_control/stats")).json()["rainforest"]["credits"] == 0


@pytest.mark.parametrize(("key", "status"), [("", 401), ("refused", 401), ("broke", 402), ("any", 200)])
async def test_keys_are_answered_as_the_service_does(client: httpx.AsyncClient, key: str, status: int) -> None:
    for path in ("request", "account"):
        answer = await client.get(f"/rainforest/{path}", params={**SEARCH, "api_key": key})
        assert answer.status_code == status


async def test_categories_lead_from_the_roots_to_lists_that_exist(client: httpx.AsyncClient) -> None:
    async def categories(**params: str) -> list[dict[str, Any]]:
        answer = await client.get("/rainforest/categories", params={"api_key": "k", "domain": "amazon.com", **params})
        found: list[dict[str, Any]] = answer.json()["categories"]
        return found

    roots = await categories(type="bestsellers")
    assert len(roots) == 12
    assert all(root["id"].startswith("bestsellers_") and root["is_root"] for root in roots)
    children = await categories(parent_id=roots[0]["id"])
    assert len(children) == 6
    assert await rows(client, **{**BEST, "category_id": children[0]["id"]})


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 429, 500, 503])
async def test_an_error_carries_a_message_in_request_info(client: httpx.AsyncClient, status: int) -> None:
    await meet(client, f"http_{status}")
    answer = await ask(client, **SEARCH)
    assert answer.status_code == status
    assert answer.json()["request_info"]["message"]


async def test_retry_after_is_only_sent_where_a_fault_says_so(client: httpx.AsyncClient) -> None:
    await meet(client, "http_429", retry_after=7)
    assert (await ask(client, **SEARCH)).headers["retry-after"] == "7"
    await meet(client, "http_429")
    assert "retry-after" not in (await ask(client, **SEARCH)).headers


async def test_a_failure_with_http_200_has_neither_rows_nor_a_charge(client: httpx.AsyncClient) -> None:
    await meet(client, "success_false")
    body = (await ask(client, **SEARCH)).json()
    assert body["request_info"]["success"] is False
    assert "search_results" not in body
    assert (await client.get("/_control/stats")).json()["rainforest"]["credits"] == 0


async def test_a_missing_array_is_missing_and_an_empty_one_is_empty(client: httpx.AsyncClient) -> None:
    await meet(client, "missing_array")
    assert "search_results" not in (await ask(client, **SEARCH)).json()
    await meet(client, "empty_array")
    assert (await ask(client, **SEARCH)).json()["search_results"] == []


async def test_a_truncated_answer_is_no_json(client: httpx.AsyncClient) -> None:
    await meet(client, "truncated")
    answer = await ask(client, **SEARCH)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


@pytest.mark.parametrize(("fault", "key"), [("no_price", "price"), ("no_rating", "rating"), ("no_image", "image")])
async def test_a_fault_takes_its_key_from_every_stride_th_row(client: httpx.AsyncClient, fault: str, key: str) -> None:
    untouched = await rows(client, **SEARCH)
    await meet(client, fault, stride=2)
    spoiled = await rows(client, **SEARCH)
    assert not any(key in row for row in spoiled[1::2])
    assert spoiled[::2] == untouched[::2]


async def test_a_moving_list_repeats_a_product_on_the_next_page(client: httpx.AsyncClient) -> None:
    await meet(client, "duplicate_over_pages")
    pages = [await rows(client, **BEST, page=page) for page in (1, 2)]
    assert pages[0][-1]["asin"] == pages[1][0]["asin"]
