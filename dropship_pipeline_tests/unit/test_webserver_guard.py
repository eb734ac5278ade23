"""What the guard before the Dagster UI refuses and lets by, on a small application in Dagster's place."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from dropship_pipeline.admin.auth import lasting
from dropship_pipeline.admin.auth.access import Authenticator, Principal, TooManyFailures
from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.settings import Settings
from dropship_pipeline.webserver.__main__ import guarding
from dropship_pipeline.webserver.guard import Guard
from dropship_pipeline.webserver.login import LoginGate
from dropship_pipeline.webserver.rules import Rules, loopback_hosts
from dropship_pipeline_tests.unit.guarded_dagster import (
    FORM,
    JSON,
    LINK,
    MUTATION,
    OURS,
    QUERY,
    URL,
    WHO,
    Dagster,
    Door,
    behind_login,
    open_client,
    open_websocket,
    wall_before,
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


@pytest.mark.parametrize(("known", "passed"), [(WHO, ["websocket.receive"]), (None, ["websocket.disconnect"])])
async def test_a_revoked_token_ends_a_websocket_that_it_had_opened(
    monkeypatch: pytest.MonkeyPatch, known: Principal | None, passed: list[str]
) -> None:
    monkeypatch.setattr(lasting, "CHECK_S", 0.01)
    monkeypatch.setattr(lasting, "FAREWELL_S", 0)
    got: list[str] = []
    door = Door(WHO)

    async def app(_: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        door.known = known
        got.append((await receive())["type"])

    messages = iter(["websocket.connect", "websocket.receive"])

    async def receive() -> dict[str, Any]:
        kind = next(messages)
        await asyncio.sleep(0.3 if kind == "websocket.receive" else 0)
        return {"type": kind, "text": "{}"}

    sent: list[str] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "websocket", "path": "/graphql", "scheme": "ws", "headers": [(b"host", b"127.0.0.1:3000")]}
    gate = LoginGate(cast("Authenticator", door), "default")
    await Guard(app, Rules(loopback_hosts(3000), login=True), gate, wall_before(app))(scope, receive, send)
    assert got == passed
    assert ("websocket.close" in sent) == (known is None)


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


async def test_a_probe_learns_that_the_server_lives_and_nothing_else(dagster: Dagster) -> None:
    answer = await open_client(behind_login(dagster, None)).get("/livez", headers={"Host": "10.0.0.7:3000"})
    assert (answer.text, dagster.asked) == ("ok", [])


async def test_a_stranger_is_sent_to_the_login_page_and_back(dagster: Dagster) -> None:
    answer = await open_client(behind_login(dagster, None)).get("/runs/1", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"], dagster.asked) == (303, "/login?next=/runs/1", [])


async def test_the_login_page_is_served_to_a_stranger_and_takes_its_form(dagster: Dagster) -> None:
    client = open_client(behind_login(dagster, None))
    assert 'name="token"' in (await client.get("/login")).text
    assert (
        await client.post("/login", data={"token": "x"}, headers={"Origin": "http://evil.example"})
    ).status_code == 403
    assert dagster.asked == []


async def test_a_stranger_gets_no_graphql_script_or_websocket(dagster: Dagster) -> None:
    client = open_client(behind_login(dagster, None))
    assert (await client.post("/graphql", json=MUTATION)).status_code == 401
    assert (await client.get("/_next/x.js", headers={"Accept": "*/*", "Sec-Fetch-Dest": "script"})).status_code == 401
    start, *_ = await open_websocket(behind_login(dagster, None), {})
    assert (start["status"], dagster.asked) == (401, [])


@pytest.mark.parametrize(
    ("known", "status"),
    [
        (WHO, 200),
        (Principal(1, "default", "root", frozenset({"admin.*"})), 200),
        (Principal(1, "default", "reader", frozenset({"collection.read"})), 403),
        (Principal(1, "other", "root elsewhere", frozenset({"admin.*"})), 403),
        (TooManyFailures(30), 429),
        (StorageUnavailable("Postgres does not answer"), 503),
    ],
    ids=["runner", "admin", "reader", "another org's admin", "too many failures", "database away"],
)
async def test_only_a_token_that_may_run_collections_of_this_org_opens_dagster(
    dagster: Dagster, known: Principal | Exception, status: int
) -> None:
    answer = await open_client(behind_login(dagster, known)).post("/graphql", json=MUTATION)
    assert (answer.status_code, bool(dagster.asked)) == (status, status == 200)


async def test_a_login_does_not_open_dagster_to_other_web_pages(dagster: Dagster) -> None:
    client = open_client(behind_login(dagster, WHO))
    assert (await client.post("/graphql", json=MUTATION, headers={"Origin": "http://evil.example"})).status_code == 403
    assert (await client.get(f"/graphql?{QUERY}")).status_code == 405
    assert dagster.asked == []


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


def settings(**values: Any) -> Settings:
    return Settings(_env_file=None, **{"DROPSHIP_DATABASE_URL": "postgresql://nowhere/x"} | values)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_no_login_is_asked_for_where_only_this_machine_can_connect(host: str) -> None:
    rules, gate = guarding(host, 3001, settings())
    assert gate is None
    assert {"127.0.0.1:3001", "localhost:3001", "[::1]:3001", "127.0.0.1:3000"} <= rules.hosts


@pytest.mark.parametrize(
    ("host", "values", "name"),
    [
        ("0.0.0.0", {}, "localhost:3000"),
        ("::", {}, "localhost:3000"),
        ("192.168.1.7", {}, "localhost:3000"),
        ("127.0.0.1.evil.example", {}, "localhost:3000"),
        ("127.0.0.1", {"DROPSHIP_DAGSTER_URL": "https://dagster.example"}, "dagster.example"),
        ("127.0.0.1", {"DROPSHIP_DAGSTER_URL": "https://dagster.example:443"}, "dagster.example"),
        ("127.0.0.1", {"DROPSHIP_DAGSTER_HOSTS": "Dagster.Internal:3000"}, "dagster.internal:3000"),
    ],
)
def test_a_login_is_asked_for_where_others_can_connect(host: str, values: dict[str, str], name: str) -> None:
    rules, gate = guarding(host, 3000, settings(**values))
    assert gate is not None
    assert name in rules.hosts


def test_without_a_database_a_server_for_others_does_not_start_unguarded() -> None:
    with pytest.raises(SettingsError, match="DROPSHIP_DATABASE_URL"):
        guarding("0.0.0.0", 3000, settings(DROPSHIP_DATABASE_URL=None))
