"""Starting through the API: one run for one wish, and nothing launched on a bad one."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.api_client import FakeDagster, client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import add_run

SELLERS = {"job": "collect_sellers", "config": {"categories": ["home"], "max_products": 3}}
PRODUCTS = {"job": "collect_and_store", "config": {"queries": ["lamp", "mat"], "top_amz": 2}}
START = "/api/collection/start"


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


async def test_a_started_run_has_its_number_before_any_process_of_it_lives(
    client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    answer = await client.post(START, json=PRODUCTS)
    assert answer.status_code == 202, answer.text
    job, config, tags = dagster.launched[answer.json()["dagster_run_id"]]
    assert job == "collect_and_store"
    assert config["ops"]["collection_config"]["config"]["queries"] == ["lamp", "mat"]
    assert tags["dropship/org"] == "default"
    run = (await client.get(f"/api/collection/status/{answer.json()['run_id']}")).json()
    assert (run["state"], run["phase_total"]) == ("pending", 4)
    assert run["job_id"] == answer.json()["dagster_run_id"]


async def test_a_run_of_another_org_is_not_launched_for_ours(app: FastAPI, dagster: FakeDagster) -> None:
    async with client_of(app, make_token(app, org="other")) as other:
        run_id = (await other.post(START, json=SELLERS)).json()["dagster_run_id"]
    assert dagster.launched[run_id][2]["dropship/org"] == "other"


BAD: tuple[Any, ...] = (
    {"job": "collect_sellers", "config": {"max_products": -1}},
    {"job": "collect_sellers", "config": {"max_products": "3"}},
    {"job": "collect_sellers", "config": {"max_product": 3}},
    {"job": "collect_sellers", "config": {"price_low": 2, "price_high": 1}},
    {"job": "collect_sellers", "config": {"categories": ["\u200b"]}},
    {"job": "collect_sellers", "config": {"job_id": "../x"}},
    {"job": "collect_and_store", "config": {"queries": ["  "]}},
    {"job": "collect_and_store", "config": {"queries": ["x"], "throttle_seconds": 1e999}},
    {"job": "collect_everything", "config": {}},
    {"job": None, "config": {}},
    {"job": ["collect_sellers"]},
    {"job": "categories", "categories": []},
    {"config": {}},
    {"categories": "home"},
    {"categories": [""]},
    {"categories": [7]},
    {"categories": ["x"] * 501},
    {"categories": [], "max_products": 1},
    {"queries": ["lamp"]},
    {"job": "collect_sellers", "config": {}, "queue": "yes"},
    {"job": "collect_sellers", "config": {}, "extra": 1},
    [],
)

SHORT: tuple[tuple[Any, list[str]], ...] = (
    (None, []),
    ({}, []),
    ({"categories": []}, []),
    ({"categories": None}, []),
    ({"categories": [" home ", "Toys & Games"]}, ["home", "Toys & Games"]),
)


@pytest.mark.parametrize(("body", "categories"), SHORT)
async def test_categories_alone_or_nothing_at_all_start_the_search_for_sellers(
    client: httpx.AsyncClient, dagster: FakeDagster, body: Any, categories: list[str]
) -> None:
    answer = await (client.post(START) if body is None else client.post(START, json=body))
    assert answer.status_code == 202, answer.text
    job, config, _ = dagster.launched[answer.json()["dagster_run_id"]]
    assert job == "collect_sellers"
    assert config["ops"]["best_sellers"]["config"]["categories"] == categories


async def test_a_run_with_no_queries_is_one_that_asks_nothing(client: httpx.AsyncClient, dagster: FakeDagster) -> None:
    answer = await client.post(START, json={"job": "collect_and_store", "config": {"queries": []}})
    assert answer.status_code == 202, answer.text
    (job, config, _) = dagster.launched[answer.json()["dagster_run_id"]]
    assert (job, config["ops"]["collection_config"]["config"]["queries"]) == ("collect_and_store", [])


async def test_the_example_queries_of_the_launchpad_are_not_bought_by_a_program_that_named_none(
    client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    unnamed = {"job": "collect_and_store", "config": {"top_amz": 1}}
    when = {"enabled": True, "day_of_month": 1, "hour": 1, "timezone": "UTC"}
    for answer in (
        await client.post(START, json=unnamed),
        await client.post("/api/collection/forecast", json=unnamed),
        await client.put("/api/collection/schedule", json={**when, **unnamed}),
    ):
        assert answer.status_code == 422, answer.text
        assert "queries is missing" in answer.json()["detail"]
    assert not dagster.launched


async def test_nothing_is_launched_on_bad_input(client: httpx.AsyncClient, dagster: FakeDagster) -> None:
    for body in BAD:
        answer = await client.post(START, content=json.dumps(body), headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text
    assert not dagster.launched


async def test_a_second_start_is_refused_with_the_run_that_is_in_the_way(
    client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    first = (await client.post(START, json=SELLERS)).json()
    answer = await client.post(START, json=SELLERS)
    assert answer.status_code == 409
    assert answer.json()["run_id"] == first["run_id"]
    assert len(dagster.launched) == 1
    waiting = await client.post(START, json={**SELLERS, "queue": True})
    assert waiting.status_code == 202
    assert waiting.json()["run_id"] != first["run_id"]


async def test_starts_at_the_same_moment_do_not_start_two_runs(client: httpx.AsyncClient, dagster: FakeDagster) -> None:
    answers = await asyncio.gather(*(client.post(START, json=SELLERS) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7
    assert len(dagster.launched) == 1


async def test_a_repeated_request_with_its_key_starts_one_run(client: httpx.AsyncClient, dagster: FakeDagster) -> None:
    answers = await asyncio.gather(*(client.post(START, json=SELLERS, headers=key("k")) for _ in range(6)))
    later = await client.post(START, json=SELLERS, headers=key("k"))
    assert {answer.status_code for answer in (*answers, later)} == {202}
    assert len({answer.json()["run_id"] for answer in (*answers, later)}) == 1
    assert len(dagster.launched) == 1


async def test_a_key_of_one_org_says_nothing_about_that_of_another(
    app: FastAPI, client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    ours = (await client.post(START, json=SELLERS, headers=key("k"))).json()
    async with client_of(app, make_token(app, org="other")) as other:
        theirs = (await other.post(START, json=SELLERS, headers=key("k"))).json()
    assert ours["run_id"] != theirs["run_id"]
    assert len(dagster.launched) == 2


async def test_a_key_is_not_taken_for_another_request(client: httpx.AsyncClient, dagster: FakeDagster) -> None:
    await client.post(START, json=SELLERS, headers=key("k"))
    answer = await client.post(START, json=PRODUCTS, headers=key("k"))
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:dropship:idempotency-key-reused"
    assert len(dagster.launched) == 1


async def test_a_run_whose_launch_was_not_answered_is_found_again_by_its_key(
    client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    dagster.lost_answers = 1
    lost = await client.post(START, json=SELLERS, headers=key("k"))
    assert lost.status_code == 503
    assert lost.headers["retry-after"]
    again = await client.post(START, json=SELLERS, headers=key("k"))
    assert again.status_code == 202
    assert list(dagster.launched) == [again.json()["dagster_run_id"]]


async def test_a_key_that_met_a_conflict_starts_its_run_later(
    client: httpx.AsyncClient, dagster: FakeDagster, records: RunRecords
) -> None:
    first = (await client.post(START, json=SELLERS)).json()
    assert (await client.post(START, json=SELLERS, headers=key("k"))).status_code == 409
    records.settlement.finish(first["run_id"], "failed", message="over")
    assert (await client.post(START, json=SELLERS, headers=key("k"))).status_code == 202
    assert len(dagster.launched) == 2


async def test_a_job_id_of_another_org_is_refused_before_anything_is_launched(
    app: FastAPI, client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    add_run(RunRecords(app.state.services.database, "other"), "d1", "march-2026")
    body = {"job": "collect_sellers", "config": {"job_id": "march-2026"}}
    answer = await client.post("/api/collection/start", json=body)
    assert (answer.status_code, dagster.launched) == (422, {})
    assert "choose another one" in answer.json()["detail"]


async def test_a_replay_is_launched_for_a_job_that_ended_and_for_no_other(
    client: httpx.AsyncClient, dagster: FakeDagster, records: RunRecords
) -> None:
    run_id = add_run(records, "ended", job_id="judged", job_name="collect_sellers", sandbox=True)
    wish = {"job": "replay_collection", "config": {"replayed_job_id": "judged"}}
    refused = await client.post(START, json=wish)
    assert (refused.status_code, "has not ended" in refused.json()["detail"]) == (422, True), refused.text
    records.activate(run_id)
    records.settlement.finish(run_id, "completed")
    unknown = await client.post(START, json={**wish, "config": {"replayed_job_id": "nobody"}})
    assert (unknown.status_code, "There is no job" in unknown.json()["detail"]) == (422, True), unknown.text
    assert dagster.launched == {}
    started = await client.post(START, json=wish)
    assert started.status_code == 202, started.text
    job, config, _ = dagster.launched[started.json()["dagster_run_id"]]
    assert (job, config["ops"]["replay"]["config"]["replayed_job_id"]) == ("replay_collection", "judged")
    status = await client.get(f"/api/collection/status/{started.json()['run_id']}")
    assert (status.json()["sandbox"], status.json()["credits_used"]) == (True, 0)
