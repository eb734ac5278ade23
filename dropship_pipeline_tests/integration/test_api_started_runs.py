"""Runs after their start, through the API: stopped, resumed, listed; and schedule, forecast and health."""

import httpx

from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.api_client import FakeDagster
from dropship_pipeline_tests.integration.cli_runner import add_run

SELLERS = {"job": "collect_sellers", "config": {"categories": ["home"], "max_products": 3}}
PRODUCTS = {"job": "collect_and_store", "config": {"queries": ["lamp", "mat"], "top_amz": 2}}
START = "/api/collection/start"


async def test_a_run_that_dagster_dropped_from_its_queue_is_not_in_the_way_for_ever(
    client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    first = (await client.post(START, json=SELLERS)).json()
    dagster.launched.clear()
    assert (await client.post(START, json=SELLERS)).status_code == 202
    assert (await client.get(f"/api/collection/status/{first['run_id']}")).json()["state"] == "failed"


async def test_a_waiting_run_is_stopped_in_dagster_and_in_its_record(
    client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    run = (await client.post(START, json=SELLERS)).json()
    answer = await client.post(f"/api/collection/stop/{run['run_id']}")
    assert (answer.status_code, answer.json()["state"]) == (202, "stopped")
    assert dagster.terminated == [run["dagster_run_id"]]
    assert (await client.post(f"/api/collection/stop/{run['run_id']}")).status_code == 409


async def test_a_running_run_hears_of_the_stop_even_while_dagster_does_not_answer(
    client: httpx.AsyncClient, dagster: FakeDagster, records: RunRecords
) -> None:
    run = (await client.post(START, json=SELLERS)).json()
    records.activate(run["run_id"])
    dagster.down = True
    answer = await client.post(f"/api/collection/stop/{run['run_id']}")
    assert (answer.status_code, answer.json()["state"]) == (202, "stopping")


async def test_a_waiting_run_is_not_called_stopped_while_dagster_may_still_start_it(
    client: httpx.AsyncClient, dagster: FakeDagster
) -> None:
    run = (await client.post(START, json=SELLERS)).json()
    dagster.down = True
    assert (await client.post(f"/api/collection/stop/{run['run_id']}")).status_code == 503
    assert (await client.get(f"/api/collection/status/{run['run_id']}")).json()["state"] == "pending"


async def test_a_resumed_run_has_the_job_id_and_the_configuration_of_the_one_before(
    client: httpx.AsyncClient, dagster: FakeDagster, records: RunRecords
) -> None:
    first = (await client.post(START, json=SELLERS)).json()
    resume = f"/api/collection/resume/{first['run_id']}"
    assert (await client.post(resume)).status_code == 409
    records.settlement.finish(first["run_id"], "stopped", message="enough")
    answer = await client.post(resume, json={"max_credits": 50})
    assert answer.status_code == 202, answer.text
    config = dagster.launched[answer.json()["dagster_run_id"]][1]["ops"]["best_sellers"]["config"]
    assert config["job_id"] == first["dagster_run_id"]
    assert (config["categories"], config["max_products"], config["max_credits"]) == (["home"], 3, 50)


async def test_a_completed_run_is_not_resumed(client: httpx.AsyncClient, records: RunRecords) -> None:
    first = (await client.post(START, json=SELLERS)).json()
    records.settlement.finish(first["run_id"], "completed")
    assert (await client.post(f"/api/collection/resume/{first['run_id']}")).status_code == 422


async def test_pages_of_runs_are_neither_longer_nor_shorter_than_asked(
    client: httpx.AsyncClient, records: RunRecords
) -> None:
    for number in range(5):
        run = records.register(f"r{number}", job_id="j", job_name="collect_sellers", config={}, total=1, sandbox=True)
        records.settlement.finish(run.run_id, "failed" if number % 2 else "completed")
    page = (await client.get("/api/collection/runs", params={"page": 2, "page_size": 2})).json()
    assert [run["dagster_run_id"] for run in page["runs"]] == ["r2", "r1"]
    assert page["total"] == 5
    failed = (await client.get("/api/collection/runs", params={"state": "failed"})).json()
    assert [run["dagster_run_id"] for run in failed["runs"]] == ["r3", "r1"]
    assert failed["total"] == 2


async def test_a_run_says_when_its_record_changed_and_which_schedule_started_it(
    client: httpx.AsyncClient, records: RunRecords
) -> None:
    run_id = add_run(records, "d1", scheduled_by="7:2026-03")
    run = (await client.get(f"/api/collection/status/{run_id}")).json()
    assert run["scheduled_by"] == "7:2026-03"
    assert run["created_at"] <= run["updated_at"]


async def test_the_schedule_says_its_next_times_in_utc(client: httpx.AsyncClient) -> None:
    address = "/api/collection/schedule"
    assert (await client.get(address)).json()["enabled"] is False
    wish = {"enabled": True, "day_of_month": 31, "hour": 23, "timezone": "Europe/Berlin", **SELLERS}
    answer = await client.put(address, json=wish)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["next_times"]) == 3
    assert answer.json()["created_at"] < answer.json()["updated_at"]
    assert all(moment.endswith("Z") for moment in answer.json()["next_times"])
    assert (await client.get(address)).json() == answer.json()
    for wrong in ({"timezone": "Mars/Olympus"}, {"hour": 24}, {"config": {"job_id": "mine"}}):
        assert (await client.put(address, json={**wish, **wrong})).status_code == 422
    assert (await client.get(address)).json() == answer.json()


async def test_a_forecast_starts_nothing(client: httpx.AsyncClient, dagster: FakeDagster) -> None:
    answer = await client.post("/api/collection/forecast", json=PRODUCTS)
    assert answer.json()["credits"] == sum(share["credits"] for share in answer.json()["providers"]) > 0
    assert not dagster.launched


async def test_health_names_what_does_not_answer(client: httpx.AsyncClient, dagster: FakeDagster) -> None:
    dagster.down = True
    answer = (await client.get("/api/collection/health")).json()
    assert answer == {"status": "degraded", "database": "ok", "objects": "unavailable", "dagster": "unavailable"}
