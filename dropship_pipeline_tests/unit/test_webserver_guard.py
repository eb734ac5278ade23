"""What the guard before the Dagster UI refuses and lets by, on a small application in Dagster's place."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from dropship_pipeline.webserver.guard import Guard
from dropship_pipeline.webserver.rules import Rules, loopback_hosts
from dropship_pipeline_tests.unit.guarded_dagster import (
    FORM,
    JSON,
    LINK,
    OURS,
    QUERY,
    URL,
    Dagster,
    open_client,
    open_websocket,
)


@pytest.fixture
def dagster() -> Dagster:
    return Dagster()


@pytest.fixture
async def client(dagster: Dagster) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(Guard(dagster.app, Rules(loopback_hosts(3000)))) as opened:
        yield opened


@pytest.fixture
def guarded(dagster: Dagster) -> ASGIApp:
    return Guard(dagster.app, Rules(loopback_hosts(3000)))


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        pytest.param("POST", "/graphql", JSON | {"Origin": "http://evil.example"}, 403, id="foreign origin"),
        pytest.param("POST", "/graphql", JSON | {"Origin": "null"}, 403, id="sandboxed frame or file"),
        pytest.param("POST", "/graphql", JSON | {"Origin": "http://127.0.0.1:8080"}, 403, id="another port"),
        pytest.param("POST", "/graphql", JSON | {"Origin": "http://localhost:3000"}, 403, id="another loopback name"),
        pytest.param("POST", "/graphql", JSON | {"Origin": "http://127.0.0.1:3000.evil.example"}, 403, id="look-alike"),
        pytest.param("POST", "/graphql", JSON | {"Host": "evil.example"}, 421, id="foreign host"),
        pytest.param("POST", "/graphql", JSON | {"Host": "evil.example:3000"}, 421, id="rebound name with our port"),
        pytest.param("GET", "/", {"Host": "evil.example"}, 421, id="foreign host, page"),
        pytest.param("GET", f"/graphql?{QUERY}", {}, 405, id="mutation by GET, even from a script"),
        pytest.param("GET", f"/graphql?{QUERY}", LINK, 405, id="mutation by a link"),
        pytest.param("GET", f"/graphql/?{QUERY}", {}, 405, id="mutation by GET, slash"),
        pytest.param("GET", f"/%67raphql?{QUERY}", {}, 405, id="mutation by GET, escaped"),
        pytest.param("HEAD", f"/graphql?{QUERY}", {}, 405, id="mutation by HEAD"),
        pytest.param("GET", "/graphql", {"Accept": "text/html"}, 405, id="GraphiQL"),
        pytest.param("PUT", "/graphql", JSON, 405, id="PUT"),
        pytest.param("POST", f"/graphql?{QUERY}", {"Content-Type": "text/plain"}, 415, id="text/plain"),
        pytest.param("POST", f"/graphql?{QUERY}", {}, 415, id="no content type"),
        pytest.param("POST", f"/graphql?{QUERY}", FORM, 415, id="form"),
        pytest.param("POST", "/graphql", {"Content-Type": "multipart/form-data; boundary=b"}, 415, id="multipart"),
        pytest.param("POST", "/graphql", {"Content-Type": "application/graphql"}, 415, id="application/graphql"),
        pytest.param("POST", "/graphql", {"Content-Type": "text/plain; application/json"}, 415, id="JSON as parameter"),
        pytest.param("POST", "/graphql", {"Content-Type": "application/json; x=text/plain"}, 415, id="odd parameter"),
        pytest.param("POST", "/graphql", {"Content-Type": "application/json, text/plain"}, 415, id="two in one"),
        pytest.param("POST", "/graphql", JSON | {"Sec-Fetch-Site": "cross-site"}, 403, id="cross-site fetch"),
        pytest.param("POST", "/graphql", JSON | {"Sec-Fetch-Site": "same-site"}, 403, id="same-site fetch"),
        pytest.param("GET", "/logs/x", LINK | {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"}, 403, id="img"),
        pytest.param("GET", "/runs", LINK | {"Sec-Fetch-Dest": "iframe"}, 403, id="frame"),
        pytest.param("POST", "/runs", LINK | FORM, 403, id="form that navigates"),
        pytest.param("POST", "/report_asset_materialization/a", FORM, 415, id="report by form"),
        pytest.param("POST", "/report_asset_check/a", JSON | {"Origin": "http://evil.example"}, 403, id="report"),
        pytest.param("POST", "/report_asset_observation/a", {"Content-Type": "text/plain"}, 415, id="report as text"),
        pytest.param("DELETE", "/anything", {}, 415, id="another method"),
        pytest.param("OPTIONS", "/graphql", {"Origin": "http://evil.example"}, 403, id="preflight"),
    ],
)  # fmt: skip
async def test_what_another_web_page_can_send_never_reaches_dagster(
    client: httpx.AsyncClient, dagster: Dagster, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    content = b"{}" if method in ("POST", "PUT") else None
    answer = await client.request(method, path, headers=headers, content=content)
    assert (answer.status_code, dagster.asked) == (status, [])
    if method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.json()["detail"]) > 40


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        pytest.param("POST", "/graphql", OURS | JSON, id="the UI"),
        pytest.param("POST", "/graphql", {"Content-Type": "application/json; charset=UTF-8"}, id="script, charset"),
        pytest.param("POST", "/graphql", {"Content-Type": "Application/JSON"}, id="script"),
        pytest.param("POST", "/graphql", JSON | {"Host": "localhost:3000", "Origin": "http://localhost:3000"}, id="n"),
        pytest.param("POST", "/graphql", JSON | {"Host": "[::1]:3000", "Origin": "http://[::1]:3000"}, id="IPv6"),
        pytest.param("POST", "/report_asset_materialization/a", JSON, id="report by a script"),
        pytest.param("GET", "/", {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, id="typed address"),
        pytest.param("GET", "/runs/1", LINK, id="link on another page"),
        pytest.param("GET", "/runs/1", LINK | {"Sec-Fetch-Site": "same-site"}, id="link on the admin page"),
        pytest.param("GET", "/_next/static/x.js", {"Sec-Fetch-Site": "same-origin"}, id="own script"),
        pytest.param("GET", "/logs/x", {"Sec-Fetch-Site": "same-origin"}, id="logs"),
        pytest.param("GET", "/download_debug/x", {}, id="debug file by a script"),
        pytest.param("GET", "/notebook?path=x", OURS | {"Sec-Fetch-Dest": "iframe"}, id="notebook"),
        pytest.param("GET", "/assets/graphql", {}, id="an asset called graphql"),
    ],
)  # fmt: skip
async def test_what_the_ui_and_scripts_send_reaches_dagster(
    client: httpx.AsyncClient, dagster: Dagster, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = await client.request(method, path, headers=headers, content=b"{}" if method == "POST" else None)
    assert (answer.status_code, answer.text, len(dagster.asked)) == (200, "dagster", 1)


async def test_two_host_headers_cannot_hide_a_foreign_one(client: httpx.AsyncClient, dagster: Dagster) -> None:
    answer = await client.get("/", headers=[("Host", "127.0.0.1:3000"), ("Host", "evil.example")])
    assert (answer.status_code, dagster.asked) == (421, [])


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}, LINK],
    ids=str,
)
async def test_another_web_page_cannot_open_the_websocket(
    guarded: ASGIApp, dagster: Dagster, headers: dict[str, str]
) -> None:
    start, *_ = await open_websocket(guarded, headers)
    assert (start["status"] in (403, 421), dagster.asked) == (True, [])


@pytest.mark.parametrize("headers", [{"Origin": URL}, {}], ids=["the UI", "a script"])
async def test_the_ui_and_scripts_can_open_the_websocket(guarded: ASGIApp, headers: dict[str, str]) -> None:
    kinds = [message["type"] for message in await open_websocket(guarded, headers)]
    assert kinds == ["websocket.accept", "websocket.send", "websocket.close"]


async def test_a_server_that_cannot_explain_itself_still_refuses_a_websocket(guarded: ASGIApp) -> None:
    sent = await open_websocket(guarded, {"Host": "evil.example"}, refusal_has_body=False)
    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_every_answer_tells_the_browser_not_to_frame_sniff_or_share_it(client: httpx.AsyncClient) -> None:
    for path in ("/", "/graphql", "/livez"):
        answer = await client.get(path)
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]


async def test_the_policy_of_dagsters_own_page_is_kept(client: httpx.AsyncClient) -> None:
    policies = (await client.get("/")).headers.get_list("content-security-policy")
    assert policies[0] == "script-src 'nonce-1'"


async def test_a_body_larger_than_the_admin_page_takes_is_refused_before_it_is_read(
    client: httpx.AsyncClient, dagster: Dagster
) -> None:
    answer = await client.post("/graphql", content=b"[" * (1024 * 1024 + 1), headers=JSON)
    assert (answer.status_code, dagster.asked) == (413, [])
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_without_an_announced_length_is_cut_where_it_gets_too_large() -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 100_000
            yield b"x" * 100_000

    async def reading(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    app = Starlette(routes=[Route("/graphql", reading, methods=["POST"])])
    async with open_client(Guard(app, Rules(loopback_hosts(3000)))) as client:
        answer = await client.post("/graphql", content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert taken < 2_000_000
