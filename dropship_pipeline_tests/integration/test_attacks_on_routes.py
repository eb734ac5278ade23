"""Attacks on every route that the OpenAPI document has: with another org's numbers, from another site or host."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.saved_views import SavedViews
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.api_client import client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing, add_product, add_seen_seller
from dropship_pipeline_tests.integration.test_api_access import FOREIGN, log_in
from dropship_pipeline_tests.integration.test_api_routes import BODIES, Route

SECRET = "secret-of-theirs"
ORG = "theirs"
SHA256 = "5" * 64
# Tables in which an attack could have left something.
CHANGED = ("collection_runs", "sellers", "collection_schedules", "saved_views", "seller_marks", "api_tokens")


@pytest.fixture
def theirs(app: FastAPI) -> dict[str, str]:
    """Something of every kind in another org; returns what names it in an address."""
    database: Database = app.state.services.database
    seller = add_seller(database, SECRET, org_id=ORG)
    run_id = add_run(RunRecords(database, ORG), "theirs", job_id=SECRET, status="failed", error_message=SECRET)
    add_job_product(database, "A1", org_id=ORG, job_id=SECRET, title=SECRET)
    add_listing(database, run_id, seller, org_id=ORG, job_id=SECRET, title=SECRET)
    add_seen_seller(database, seller, job_id=SECRET)
    add_product(database, org_id=ORG, title=SECRET, image_sha256=SHA256, image_key="images/55/x.png")
    view = SavedViews(database, ORG).save(SECRET, "/sellers", by=SECRET)
    return {
        "run_id": str(run_id), "seller_id": str(seller), "view_id": str(view.id), "sha256": SHA256, "job_id": SECRET,
        "asin": "A1", "item_id": "1",
    }  # fmt: skip


@pytest.fixture
def routes(app: FastAPI) -> list[Route]:
    found = [(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item]
    assert len(found) > 15
    return found


async def ask(client: httpx.AsyncClient, route: Route, names: dict[str, str], **headers: str) -> httpx.Response:
    method, path = route
    body = dict(BODIES.get(route) or {})
    if "seller_ids" in body:
        body["seller_ids"] = [int(names["seller_id"])]
    return await client.request(
        method, path.format(**names), json=body if route in BODIES else None, headers=headers, follow_redirects=False
    )


def rows(app: FastAPI) -> dict[str, list[Any]]:
    """What is in the tables that an attack could change; the use of a token is noted on it, and not meant."""
    database: Database = app.state.services.database
    found: dict[str, list[Any]] = {}
    with database.begin() as connection:
        for table in CHANGED:
            if connection.execute(text("SELECT to_regclass(:name)"), {"name": table}).scalar() is not None:
                query = text(f"SELECT to_jsonb(t) - 'last_used_at' FROM {table} t ORDER BY 1")
                found[table] = [row[0] for row in connection.execute(query)]
    return found


async def test_no_route_shows_or_changes_anything_that_another_orgs_numbers_name(
    app: FastAPI, routes: list[Route], theirs: dict[str, str]
) -> None:
    reader = make_token(app, "admin.*", org="ours")
    before = rows(app)
    async with client_of(app, reader) as client:
        for route in routes:
            answer = await ask(client, route, theirs)
            assert SECRET not in answer.text.replace(answer.request.url.path, ""), route
            if "{" in route[1]:
                assert answer.status_code == 404, (route, answer.text)
    after = rows(app)
    for table in CHANGED:
        if table in before:
            assert [row for row in after[table] if row.get("org_id") == ORG] == [
                row for row in before[table] if row.get("org_id") == ORG
            ], table


async def test_their_own_token_does_open_what_these_numbers_name(
    app: FastAPI, routes: list[Route], theirs: dict[str, str]
) -> None:
    """Else the test above would pass because there is nothing to be seen."""
    shown = 0
    async with client_of(app, make_token(app, "admin.*", org=ORG)) as client:
        for route in routes:
            if route[0] == "GET" and "{" in route[1] and not route[1].startswith("/media"):
                answer = await ask(client, route, theirs)
                # This org has no earlier run to compare with, kept no answer, and its run cannot go on on the sandbox.
                absent = route[1].endswith(("/changes", "/answer", "/forecast"))
                assert answer.status_code == 200 or absent, (route, answer.text)
                shown += SECRET in answer.text
        assert SECRET in (await client.get("/api/collection/products")).text
        assert SECRET in (await client.get("/api/collection/sellers")).text
    assert shown >= 2


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        await log_in(client, make_token(app, "admin.*", org=ORG))
        yield client


async def test_another_site_can_have_no_route_change_anything_with_the_login_of_a_browser(
    app: FastAPI, routes: list[Route], theirs: dict[str, str], browser: httpx.AsyncClient
) -> None:
    before = rows(app)
    changing = [route for route in routes if route[0] != "GET"]
    changing += [("POST", "/login"), ("POST", "/login/once/x"), ("POST", "/logout")]
    for route in changing:
        for headers in FOREIGN:
            answer = await ask(browser, route, theirs, **headers)
            assert answer.status_code == 403, (route, headers, answer.text)
    assert rows(app) == before


async def test_no_route_is_read_by_a_page_of_another_origin(
    routes: list[Route], theirs: dict[str, str], browser: httpx.AsyncClient
) -> None:
    for route in [*routes, ("GET", "/login"), ("GET", "/livez")]:
        for origin in ("https://evil.example", "null", "http://127.0.0.1:3000"):
            answer = await ask(browser, route, theirs, Origin=origin)
            assert answer.status_code == 403, (route, origin)
            assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_no_route_answers_to_a_name_that_is_not_ours(
    app: FastAPI, routes: list[Route], theirs: dict[str, str]
) -> None:
    async with client_of(app, make_token(app, "admin.*", org=ORG)) as client:
        for route in [*routes, ("GET", "/login"), ("POST", "/login"), ("GET", "/livez")]:
            for host in ("evil.example", "127.0.0.1.evil.example:8080", "127.0.0.1@evil.example", ""):
                answer = await ask(client, route, theirs, Host=host)
                assert answer.status_code == 421, (route, host)
