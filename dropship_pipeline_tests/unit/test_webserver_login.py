"""Who gets by the guard before the Dagster UI where it asks for a login, and where it does."""

import asyncio
from typing import Any, cast

import pytest

from dropship_pipeline.admin.auth import lasting
from dropship_pipeline.admin.auth.access import Authenticator, Principal, TooManyFailures
from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.settings import Settings
from dropship_pipeline.webserver.__main__ import guarding
from dropship_pipeline.webserver.guard import Guard
from dropship_pipeline.webserver.login import LoginGate
from dropship_pipeline.webserver.rules import Rules, loopback_hosts
from dropship_pipeline_tests.unit.guarded_dagster import (
    MUTATION,
    QUERY,
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
