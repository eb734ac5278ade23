"""Every route, those that somebody adds tomorrow too: strangers, wrong permissions, and other orgs."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dropship_pipeline.admin.problems import MEDIA_TYPE
from dropship_pipeline.storage.review.saved_views import SavedViews
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.api_client import client_of, make_token

# A body for each route that wants one; a new route without one fails here first.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/collection/start"): {"job": "collect_sellers", "config": {}},
    ("POST", "/api/collection/forecast"): {"job": "collect_sellers", "config": {}},
    ("POST", "/api/collection/resume/{run_id}"): {},
    ("PUT", "/api/collection/schedule"): {
        "enabled": False, "day_of_month": 1, "hour": 6, "timezone": "UTC", "job": "collect_sellers", "config": {},
    },
    ("POST", "/api/collection/sellers/marks"): {"seller_ids": [1], "starred": True},
    ("PUT", "/api/collection/sellers/{seller_id}/matches/{asin}/{item_id}/label"): {"is_match": True},
    ("POST", "/api/collection/views"): {"name": "Lamps", "address": "/sellers"},
}  # fmt: skip
NOT_FOR_READERS = {
    ("POST", "/api/collection/start"),
    ("POST", "/api/collection/stop/{run_id}"),
    ("POST", "/api/collection/resume/{run_id}"),
    ("PUT", "/api/collection/schedule"),
    ("POST", "/api/collection/sellers/marks"),
    ("POST", "/api/collection/sellers/marks/undo"),
    ("PUT", "/api/collection/sellers/{seller_id}/matches/{asin}/{item_id}/label"),
    ("POST", "/api/collection/views"),
    ("DELETE", "/api/collection/views/{view_id}"),
}
Route = tuple[str, str]
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def routes(app: FastAPI) -> list[Route]:
    """Every documented route, and the images."""
    paths = app.openapi()["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in item]


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def ask(client: httpx.AsyncClient, route: Route, number: str = "1", query: str = "") -> httpx.Response:
    method, path = route
    body = BODIES.get(route)
    address = re.sub(r"\{sha256\}", "0" * 64, path)
    address = re.sub(r"\{[a-z_]+\}", number, address)
    return await client.request(method, f"{address}?{query}" if query else address, json=body)


def check_problem(answer: httpx.Response, status: int) -> None:
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "instance"} <= problem.keys()


async def test_no_route_lets_a_stranger_in(routes: list[Route], stranger: httpx.AsyncClient) -> None:
    assert ("POST", "/api/collection/start") in routes
    for route in routes:
        check_problem(await ask(stranger, route), 401)


async def test_no_route_forgets_a_permission(app: FastAPI, routes: list[Route]) -> None:
    with_none = app.state.services.tokens.create("none", ["collection.read"], org="default")
    async with client_of(app, with_none.secret) as reader:
        for route in routes:
            answer = await ask(reader, route)
            if route in NOT_FOR_READERS:
                check_problem(answer, 403)
            else:
                assert answer.status_code != 403, route


async def test_a_token_without_any_known_permission_opens_no_route(app: FastAPI, routes: list[Route]) -> None:
    made = app.state.services.tokens.create("x", ["collection.read"], org="default")
    with app.state.services.database.begin() as connection:
        connection.exec_driver_sql("UPDATE api_tokens SET permissions = '{sellers.read}'")
    async with client_of(app, made.secret) as client:
        for route in routes:
            check_problem(await ask(client, route), 403)


async def test_no_route_ignores_a_parameter_that_it_does_not_know_or_that_is_sent_twice(
    app: FastAPI, routes: list[Route]
) -> None:
    async with client_of(app, make_token(app, "admin.*")) as client:
        for route in routes:
            for query in ("perhaps=1", "perhaps", "%00=x", "page_sice=5"):
                check_problem(await ask(client, route, query=query), 422)
            known = app.openapi()["paths"][route[1]][route[0].lower()].get("parameters", ())
            for name in (one["name"] for one in known if one["in"] == "query"):
                answer = await ask(client, route, query=f"{name}=1&{name}=1")
                check_problem(answer, 422)
                assert "send it once" in answer.json()["detail"]
        near = await client.get("/api/collection/sellers?page_sice=5")
        assert near.json()["errors"] == [
            {"field": "query.page_sice", "problem": "is no parameter of this route: did you mean page_size?"}
        ]


async def test_no_route_knows_the_numbers_of_another_org(app: FastAPI, routes: list[Route]) -> None:
    records = RunRecords(app.state.services.database, "theirs")
    run = records.register("r", job_id="secret-job", job_name="collect_sellers", config={}, total=1, sandbox=True)
    records.settlement.finish(run.run_id, "failed", message="secret reason")
    view = SavedViews(app.state.services.database, "theirs").save("secret view", "/secret", by="secret")
    assert view.id == run.run_id
    async with client_of(app, make_token(app, org="ours")) as client:
        for route in routes:
            answer = await ask(client, route, str(run.run_id))
            assert "secret" not in answer.text, route
            if "{" in route[1]:
                check_problem(answer, 404)


async def test_times_are_utc_and_end_in_z(app: FastAPI) -> None:
    records = RunRecords(app.state.services.database, "default")
    run = records.register("r", job_id="j", job_name="collect_sellers", config={}, total=1, sandbox=True)
    async with client_of(app, make_token(app)) as client:
        answer = (await client.get(f"/api/collection/status/{run.run_id}")).json()
    assert answer["created_at"].endswith("Z")
    assert datetime.fromisoformat(answer["created_at"]).tzinfo == UTC


UNFIT = (
    ("GET", "/api/collection/nothing", 404),
    ("DELETE", "/api/collection/runs", 405),
    ("GET", "/api/collection/start", 405),
    ("GET", "/api/collection/status/abc", 422),
    ("GET", "/api/collection/runs?page_size=101", 422),
    ("GET", "/api/collection/runs?state=lost", 422),
)


async def test_what_does_not_fit_is_answered_by_a_problem_document(app: FastAPI) -> None:
    async with client_of(app, make_token(app)) as client:
        for method, path, status in UNFIT:
            check_problem(await client.request(method, path), status)


async def test_a_path_beside_one_with_a_number_in_it_names_its_own_methods_alone(app: FastAPI) -> None:
    async with client_of(app, make_token(app)) as client:
        answer = await client.get("/api/collection/sellers/marks")
    check_problem(answer, 405)
    assert answer.headers["allow"] == "POST"


async def test_a_body_without_end_is_refused(app: FastAPI) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b" " * 65536

    async with client_of(app, make_token(app)) as client:
        check_problem(await client.post("/api/collection/start", content=endless(), headers=JSON), 413)
        too_long = JSON | {"Content-Length": str(10**9)}
        check_problem(await client.post("/api/collection/start", content=b"{}", headers=too_long), 413)


async def test_a_form_is_not_taken_for_json(app: FastAPI) -> None:
    body = json.dumps(BODIES["POST", "/api/collection/start"]).encode()
    async with client_of(app, make_token(app)) as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded"):
            answer = await client.post("/api/collection/start", content=body, headers={"Content-Type": kind})
            check_problem(answer, 415)
