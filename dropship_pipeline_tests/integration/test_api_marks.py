"""Marks and saved views through the API: with the permission for it, within one's org, and back again."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline_tests.integration.api_client import client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import add_seller

MARKS = "/api/collection/sellers/marks"
VIEWS = "/api/collection/views"
SELLERS = "/api/collection/sellers"


@pytest.fixture
async def reviewer(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, make_token(app, "collection.review")) as client:
        yield client


async def marks_of(client: httpx.AsyncClient, **filters: Any) -> dict[str, Any]:
    answer = await client.get(SELLERS, params=filters)
    return {row["seller_name"]: row["marks"] for row in answer.raise_for_status().json()["sellers"]}


async def test_what_is_marked_is_in_the_list_filtered_and_taken_back(
    database: Database, reviewer: httpx.AsyncClient
) -> None:
    first, second = add_seller(database, "first"), add_seller(database, "second")
    body = {"seller_ids": [first, second], "starred": True, "tags_added": ["lamps"], "note": "call"}
    assert (await reviewer.post(MARKS, json=body)).json()["seller_ids"] == [first, second]
    await reviewer.post(MARKS, json={"seller_ids": [second], "hidden": True})
    assert list(await marks_of(reviewer, marks="hidden")) == ["second"]
    assert set(await marks_of(reviewer, marks="starred", tag="lamps")) == {"first", "second"}
    assert await marks_of(reviewer, marks="to_review") == {}
    marks = (await marks_of(reviewer))["first"]
    assert (marks["tags"], marks["note"], marks["changed_by"]) == (["lamps"], "call", "test")
    assert (await reviewer.post(f"{MARKS}/undo")).json()["seller_ids"] == [second]
    assert (await reviewer.get(f"{SELLERS}/{second}")).json()["seller"]["marks"]["hidden"] is False


@pytest.mark.parametrize("permission", ["collection.read", "collection.run"])
async def test_only_who_may_review_can_mark(app: FastAPI, database: Database, permission: str) -> None:
    seller = add_seller(database, "a")
    async with client_of(app, make_token(app, permission)) as client:
        for answer in (
            await client.post(MARKS, json={"seller_ids": [seller], "starred": True}),
            await client.post(f"{MARKS}/undo"),
            await client.post(VIEWS, json={"name": "x", "address": "/"}),
            await client.delete(f"{VIEWS}/1"),
        ):
            assert answer.status_code == 403, answer.text
            assert "collection.review" in answer.json()["detail"]
        assert (await client.get(VIEWS)).json() == {"views": []}


async def test_a_reviewer_may_not_start_runs(reviewer: httpx.AsyncClient) -> None:
    answer = await reviewer.post("/api/collection/start", json={"job": "collect_sellers", "config": {}})
    assert answer.status_code == 403


async def test_a_view_is_seen_by_its_org_alone(app: FastAPI, reviewer: httpx.AsyncClient) -> None:
    saved = await reviewer.post(VIEWS, json={"name": "Lamps", "address": "/sellers?tag=lamps"})
    assert [view["name"] for view in (await reviewer.get(VIEWS)).json()["views"]] == ["Lamps"]
    async with client_of(app, make_token(app, "admin.*", org="other")) as stranger:
        assert (await stranger.get(VIEWS)).json() == {"views": []}
        assert (await stranger.delete(f"{VIEWS}/{saved.json()['id']}")).status_code == 404
    assert (await reviewer.delete(f"{VIEWS}/{saved.json()['id']}")).status_code == 204


@pytest.mark.parametrize(
    "body",
    [
        {"seller_ids": [], "starred": True}, {"seller_ids": ["1"], "starred": True}, {"seller_ids": [1], "star": True},
        {"seller_ids": [1], "starred": "yes"}, {"seller_ids": [1], "tags_added": ["x" * 41]},
        {"seller_ids": [2**62], "starred": True}, {"seller_ids": [1], "note": "\x00"},
    ],
)  # fmt: skip
async def test_what_cannot_be_marked_is_refused_with_the_reason(reviewer: httpx.AsyncClient, body: Any) -> None:
    answer = await reviewer.post(MARKS, json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]
