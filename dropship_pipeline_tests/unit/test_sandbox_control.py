"""Steering and reading the sandbox: rules of faults, settings, quotas, counts."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from dropship_pipeline.sandbox.server.app import create_app
from dropship_pipeline.sandbox.server.counts import busiest
from dropship_pipeline.sandbox.server.faults import AVAILABLE
from dropship_pipeline_tests.unit.sandbox_catalogue import CATALOGUE

LAMPS = {"api_key": "secret-key", "type": "search", "amazon_domain": "amazon.com", "search_term": "desk lamp"}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(CATALOGUE))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def statuses(client: httpx.AsyncClient, count: int, **params: str) -> list[int]:
    return [(await client.get("/rainforest/request", params={**LAMPS, **params})).status_code for _ in range(count)]


async def put(client: httpx.AsyncClient, **conditions: object) -> None:
    rule = {"target": "rainforest", "fault": "http_500", **conditions}
    assert (await client.put("/_control/faults", json={"rules": [rule]})).status_code == 200


async def stats(client: httpx.AsyncClient, target: str = "rainforest") -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/_control/stats")).json()[target]
    return found


async def test_a_rule_without_conditions_meets_every_request(client: httpx.AsyncClient) -> None:
    await put(client)
    assert await statuses(client, 3) == [500, 500, 500]


async def test_a_rule_can_meet_only_the_nth_requests(client: httpx.AsyncClient) -> None:
    await put(client, nth=[2, 4])
    assert await statuses(client, 5) == [200, 500, 200, 500, 200]


async def test_a_rule_can_meet_only_so_many_requests(client: httpx.AsyncClient) -> None:
    await put(client, times=2)
    assert await statuses(client, 4) == [500, 500, 200, 200]


async def test_a_rule_can_meet_only_some_query(client: httpx.AsyncClient) -> None:
    await put(client, match="YOGA mat")
    assert await statuses(client, 1) == [200]
    assert await statuses(client, 1, search_term="yoga mat, thick") == [500]


async def test_a_rule_reads_the_words_of_a_scraped_url(client: httpx.AsyncClient) -> None:
    await put(client, target="scraperapi", match="_nkw=desk lamp")
    params = {"api_key": "k", "url": "https://www.ebay.com/sch/i.html?_nkw=desk+lamp"}
    assert (await client.get("/scraperapi/", params=params)).status_code == 500


async def test_a_rule_of_probability_draws_the_same_requests_for_the_same_seed(client: httpx.AsyncClient) -> None:
    await put(client, probability=0.5, seed=3)
    first = await statuses(client, 20)
    await put(client, probability=0.5, seed=3)
    assert await statuses(client, 20) == first
    assert set(first) == {200, 500}


async def test_the_key_is_no_part_of_what_a_rule_matches(client: httpx.AsyncClient) -> None:
    await put(client, match="secret-key")
    assert await statuses(client, 1) == [200]


async def test_rules_tell_how_often_they_fired_and_can_be_removed(client: httpx.AsyncClient) -> None:
    await put(client, times=1)
    await statuses(client, 3)
    shown = (await client.get("/_control/faults")).json()
    assert (shown["rules"][0]["seen"], shown["rules"][0]["fired"]) == (3, 1)
    assert (await client.delete("/_control/faults")).json()["rules"] == []


async def test_every_fault_that_is_named_can_be_switched_on(client: httpx.AsyncClient) -> None:
    named = (await client.get("/_control/faults")).json()["available"]
    assert named == {target: list(faults) for target, faults in AVAILABLE.items()}
    rules = [{"target": target, "fault": fault} for target, faults in named.items() for fault in faults]
    assert (await client.put("/_control/faults", json={"rules": rules})).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b'{"rules": [{"target": "rainforest", "fault": "bomb"}]}',
        b'{"rules": [{"target": "rainforest", "fault": "http_500", "unknown": 1}]}',
        b"[]",
        b"{",
    ],
)
async def test_a_rule_that_cannot_be_is_refused_and_changes_nothing(client: httpx.AsyncClient, body: bytes) -> None:
    await put(client)
    answer = await client.put("/_control/faults", content=body)
    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert await statuses(client, 1) == [500]


async def test_settings_change_only_what_they_name(client: httpx.AsyncClient) -> None:
    await client.put("/_control/settings", json={"markup": "s-item"})
    changed = (await client.put("/_control/settings", json={"ebay_credits": 9})).json()
    assert (changed["markup"], changed["ebay_credits"]) == ("s-item", 9)
    assert (await client.delete("/_control/settings")).json()["markup"] == "mixed"


@pytest.mark.parametrize("settings", [{"markup": "other"}, {"api_latency_ms": -1}, {"unknown": 1}])
async def test_settings_that_cannot_be_are_refused(client: httpx.AsyncClient, settings: dict[str, object]) -> None:
    assert (await client.put("/_control/settings", json=settings)).status_code == 400


async def test_more_requests_than_the_quota_are_refused_and_not_charged(client: httpx.AsyncClient) -> None:
    await client.put("/_control/settings", json={"rainforest_per_minute": 2})
    assert await statuses(client, 4) == [200, 200, 429, 429]
    counts = await stats(client)
    assert (counts["requests"], counts["charged"], counts["credits"]) == (4, 2, 2)


async def test_more_requests_at_once_than_allowed_are_refused(client: httpx.AsyncClient) -> None:
    await client.put("/_control/settings", json={"rainforest_max_open": 2, "api_latency_ms": 30})
    answers = await asyncio.gather(*(client.get("/rainforest/request", params=LAMPS) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 429, 429]


async def test_the_most_open_requests_are_counted(client: httpx.AsyncClient) -> None:
    await client.put("/_control/settings", json={"api_latency_ms": 30})
    await asyncio.gather(*(client.get("/rainforest/request", params=LAMPS) for _ in range(3)))
    counts = await stats(client)
    assert (counts["open"], counts["max_open"]) == (0, 3)


async def test_a_stalled_request_is_answered_in_the_end(client: httpx.AsyncClient) -> None:
    await put(client, fault="stall", seconds=0.02)
    assert await statuses(client, 1) == [200]


async def test_equal_requests_are_counted_as_one_whatever_their_key_and_order(client: httpx.AsyncClient) -> None:
    await statuses(client, 1)
    await client.get("/rainforest/request", params=dict(reversed([*LAMPS.items(), ("api_key", "other-key")])))
    await statuses(client, 1, page="2")
    counts = await stats(client)
    assert (counts["requests"], counts["distinct"], counts["charged_again"]) == (3, 2, 1)
    assert counts["statuses"] == {"200": 3}


async def test_no_key_is_in_any_count(client: httpx.AsyncClient) -> None:
    await statuses(client, 1)
    assert "secret-key" not in (await client.get("/_control/stats")).text


async def test_accounts_are_free_and_not_counted(client: httpx.AsyncClient) -> None:
    for provider in ("rainforest", "scraperapi"):
        assert (await client.get(f"/{provider}/account", params={"api_key": "k"})).status_code == 200
        assert (await stats(client, provider))["requests"] == 0


async def test_counts_begin_anew(client: httpx.AsyncClient) -> None:
    await statuses(client, 2)
    assert (await client.delete("/_control/stats")).json()["rainforest"]["requests"] == 2
    counts = await stats(client)
    assert (counts["requests"], counts["arrivals_s"], counts["calls"]) == (0, [], {})


@pytest.mark.parametrize(
    ("arrivals", "most"), [([], 0), ([0.0], 1), ([0.0, 0.5, 0.99, 1.0, 1.4], 4), ([0.0, 1.0, 2.0], 1)]
)
def test_the_busiest_second_is_found_wherever_it_begins(arrivals: list[float], most: int) -> None:
    assert busiest(arrivals, 1.0) == most


async def test_what_is_served_can_be_asked_for(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok", "seed": 7, "products": len(CATALOGUE.products)}


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "http://127.0.0.1:8000"}, {"Origin": "null"},
     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}, {"Host": "evil.example"},
     {"Host": "127.0.0.1.evil.example:8000"}, {"Host": "10.0.0.1"}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("path", ["faults", "settings", "stats"])
async def test_no_web_page_can_steer_or_read_the_sandbox(
    client: httpx.AsyncClient, headers: dict[str, str], path: str
) -> None:
    for method in ("GET", "PUT", "DELETE"):
        if (method, path) != ("PUT", "stats"):
            assert (await client.request(method, f"/_control/{path}", headers=headers, json={})).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:1", "[::1]:8000"])
async def test_programs_of_this_machine_steer_the_sandbox(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/_control/stats", headers={"Host": host})).status_code == 200
