"""Who comes in: tokens, sessions, links, and what other sites may make a browser do."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from starlette.websockets import WebSocket

from dropship_pipeline.admin.auth.access import FAILURES_PER_MINUTE, SESSION_COOKIE
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.integration.api_client import ADMIN_URL, client_of, make_token

RUNS = "/api/collection/runs"
SCHEDULE = "/api/collection/schedule"
WISH = {
    "enabled": False, "day_of_month": 1, "hour": 6, "timezone": "UTC", "job": "collect_sellers", "config": {},
}  # fmt: skip
SAME_ORIGIN = {"Origin": ADMIN_URL, "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def tokens(app: FastAPI) -> Tokens:
    found: Tokens = app.state.services.tokens
    return found


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def log_in(browser: httpx.AsyncClient, token: SecretStr, **headers: str) -> httpx.Response:
    form = {"token": token.get_secret_value(), "next": "/sellers"}
    return await browser.post("/login", data=form, headers=headers or SAME_ORIGIN)


async def test_without_any_token_a_stranger_learns_how_to_make_one(browser: httpx.AsyncClient) -> None:
    for answer in (await browser.get(RUNS), await browser.get("/login")):
        assert "There is no token yet" in answer.text
        assert "dropship token create" in answer.text


async def test_no_token_is_kept_in_the_database(app: FastAPI, tokens: Tokens) -> None:
    secret = make_token(app).get_secret_value()
    link = tokens.make_login_link(1).get_secret_value()
    with app.state.services.database.begin() as connection:
        rows = str(connection.execute(text("SELECT t.*, l.* FROM api_tokens t, login_links l")).all())
    assert secret not in rows
    assert link not in rows


@pytest.mark.parametrize("end", ["revoke", "expire"])
async def test_a_token_that_is_no_longer_good_opens_nothing_and_ends_its_sessions(
    app: FastAPI, tokens: Tokens, browser: httpx.AsyncClient, end: str
) -> None:
    made = tokens.create("t", ["admin.*"], org="default", expires_in=timedelta(days=1))
    await log_in(browser, made.secret)
    assert (await browser.get(RUNS)).status_code == 200
    if end == "revoke":
        assert not tokens.revoke(made.token.id, org="another")
        assert tokens.revoke(made.token.id, org="default")
    else:
        with app.state.services.database.begin() as connection:
            connection.execute(text("UPDATE api_tokens SET expires_at = now()"))
    assert (await browser.get(RUNS)).status_code == 401
    async with client_of(app, made.secret) as program:
        assert (await program.get(RUNS)).status_code == 401


async def test_use_of_a_token_is_noted_without_a_write_for_every_request(app: FastAPI, tokens: Tokens) -> None:
    async with client_of(app, make_token(app)) as program:
        await program.get(RUNS)
        first = tokens.list("default")[0].last_used_at
        await program.get(RUNS)
    assert first is not None
    assert tokens.list("default")[0].last_used_at == first


async def test_wrong_tokens_are_slowed_down_and_good_ones_are_not(app: FastAPI) -> None:
    good = make_token(app)
    async with client_of(app, SecretStr("dsp_wrong")) as guesser, client_of(app, good) as owner:
        answers = [await guesser.get(RUNS) for _ in range(FAILURES_PER_MINUTE + 2)]
        assert [answer.status_code for answer in answers] == [401] * FAILURES_PER_MINUTE + [429] * 2
        assert int(answers[-1].headers["retry-after"]) > 0
        assert (await owner.get(RUNS)).status_code == 200


async def test_a_header_that_holds_no_token_is_refused_and_breaks_nothing(browser: httpx.AsyncClient) -> None:
    for value in ("", "Bearer", "Bearer ", "Basic eA==", "Bearer \x00", "Bearer " + "x" * 5000):
        assert (await browser.get(RUNS, headers={"Authorization": value})).status_code == 401


async def test_a_login_makes_a_session_that_scripts_and_other_sites_cannot_use(
    app: FastAPI, browser: httpx.AsyncClient
) -> None:
    secret = make_token(app)
    answer = await log_in(browser, secret)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sellers")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax"} <= set(cookie.split("; "))
    assert secret.get_secret_value() not in cookie
    assert (await browser.get(RUNS)).status_code == 200
    assert (await browser.put(SCHEDULE, json=WISH, headers=SAME_ORIGIN)).status_code == 200


async def test_a_forged_or_altered_cookie_is_no_session(app: FastAPI, browser: httpx.AsyncClient) -> None:
    await log_in(browser, make_token(app))
    good = browser.cookies[SESSION_COOKIE]
    browser.cookies.clear()
    for forged in (good[:-2], "A" + good, "null", "eyJ0b2tlbiI6MX0.x.y"):
        answer = await browser.get(RUNS, headers={"Cookie": f"{SESSION_COOKIE}={forged}"})
        assert answer.status_code == 401


async def test_logging_out_ends_the_session_of_the_browser(app: FastAPI, browser: httpx.AsyncClient) -> None:
    await log_in(browser, make_token(app))
    await browser.post("/logout", headers=SAME_ORIGIN)
    assert (await browser.get(RUNS)).status_code == 401


async def test_logging_out_ends_the_session_in_other_tabs_and_in_copies_of_its_cookie_and_no_other_session(
    app: FastAPI, browser: httpx.AsyncClient
) -> None:
    token = make_token(app)
    await log_in(browser, token)
    copied = {"Cookie": f"{SESSION_COOKIE}={browser.cookies[SESSION_COOKIE]}"}
    await browser.post("/logout", headers=SAME_ORIGIN)
    assert (await browser.get(RUNS, headers=copied)).status_code == 401
    await log_in(browser, token)
    assert (await browser.get(RUNS)).status_code == 200


FOREIGN: tuple[dict[str, str], ...] = (
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": ADMIN_URL, "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://127.0.0.1:8080.evil.example"},
)


async def test_another_site_cannot_act_with_the_login_of_the_browser(app: FastAPI, browser: httpx.AsyncClient) -> None:
    await log_in(browser, make_token(app))
    for headers in FOREIGN:
        assert (await browser.put(SCHEDULE, json=WISH, headers=headers)).status_code == 403, headers
        assert (await browser.post("/logout", headers=headers)).status_code == 403, headers


async def test_another_site_cannot_log_the_browser_in_as_somebody_else(
    app: FastAPI, browser: httpx.AsyncClient
) -> None:
    form = {"token": make_token(app).get_secret_value()}
    for headers in FOREIGN:
        assert (await browser.post("/login", data=form, headers=headers)).status_code == 403, headers


async def test_a_name_that_is_not_ours_is_refused_whoever_asks(app: FastAPI) -> None:
    async with client_of(app, make_token(app)) as client:
        for host in ("evil.example", "127.0.0.1.evil.example", "", "localhost.evil:8080", "[::1"):
            assert (await client.get(RUNS, headers={"Host": host})).status_code == 421, host
        for host in ("localhost:8080", "127.0.0.1", "[::1]:8080"):
            assert (await client.get(RUNS, headers={"Host": host})).status_code == 200, host


async def test_a_link_logs_in_once_and_only_when_a_person_presses_the_button(
    app: FastAPI, tokens: Tokens, browser: httpx.AsyncClient
) -> None:
    made = tokens.create("t", ["admin.*"], org="default")
    address = f"/login/once/{tokens.make_login_link(made.token.id).get_secret_value()}"
    for _ in range(2):  # as a program that looks at links in advance does
        assert SESSION_COOKIE not in (await browser.get(address)).cookies
    answers = await asyncio.gather(*(browser.post(address, headers=SAME_ORIGIN) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [303, 401, 401, 401]
    assert (await browser.get(RUNS)).status_code == 200


async def test_an_old_link_or_one_of_a_revoked_token_logs_nobody_in(
    app: FastAPI, tokens: Tokens, browser: httpx.AsyncClient
) -> None:
    made = tokens.create("t", ["admin.*"], org="default")
    revoked = tokens.make_login_link(made.token.id).get_secret_value()
    tokens.revoke(made.token.id, org="default")
    other = tokens.create("o", ["admin.*"], org="default")
    old = tokens.make_login_link(other.token.id, timedelta(seconds=-1)).get_secret_value()
    for code in (revoked, old, "unknown", "x" * 500):
        assert (await browser.post(f"/login/once/{code}", headers=SAME_ORIGIN)).status_code == 401


async def test_a_login_leads_to_no_other_site(app: FastAPI, browser: httpx.AsyncClient) -> None:
    secret = make_token(app).get_secret_value()
    for path in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/\t/e"):
        answer = await browser.post("/login", data={"token": secret, "next": path}, headers=SAME_ORIGIN)
        assert answer.headers["location"] == "/", path
        assert 'value="/"' in (await browser.get("/login", params={"next": path})).text, path


async def test_what_somebody_puts_into_the_address_of_the_login_page_is_shown_as_text(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get("/login", params={"next": '/"><script>alert(1)</script>'})
    assert "<script>" not in answer.text


async def test_every_answer_carries_the_headers_that_keep_other_sites_out(browser: httpx.AsyncClient) -> None:
    for path in (RUNS, "/login", "/livez", "/sellers", "/media/images/x", "/api/none"):
        headers = (await browser.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert not {"http:", "https:", "*"} & set(policy.replace(";", " ").split())


async def test_a_stranger_is_led_from_a_page_to_the_login_and_back(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/sellers")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/sellers")


async def test_a_websocket_is_refused_to_strangers_and_other_sites(app: FastAPI, browser: httpx.AsyncClient) -> None:
    @app.websocket("/_nicegui_ws/socket.io")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()

    await log_in(browser, make_token(app))
    cookie = {"Cookie": f"{SESSION_COOKIE}={browser.cookies[SESSION_COOKIE]}"}
    assert await _connect(app, {"Origin": ADMIN_URL, **cookie}) == ["websocket.accept"]
    for headers in ({"Origin": ADMIN_URL}, cookie, {"Origin": "https://evil.example", **cookie}):
        assert await _connect(app, headers) == ["websocket.close"]


async def _connect(app: FastAPI, headers: dict[str, str]) -> list[str]:
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {
        "type": "websocket",
        "path": "/_nicegui_ws/socket.io",
        "headers": [(k.lower().encode(), v.encode()) for k, v in {"Host": "127.0.0.1:8080", **headers}.items()],
        "query_string": b"",
        "subprotocols": [],
    }
    await app(scope, receive, send)
    return sent


async def test_a_token_never_reaches_a_log(
    app: FastAPI, tokens: Tokens, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = tokens.create("t", ["admin.*"], org="default")
    await log_in(browser, made.secret)
    async with client_of(app, made.secret) as program:
        await program.post("/api/collection/start", content=b"{", headers={"Content-Type": "application/json"})
    assert made.secret.get_secret_value() not in caplog.text
    assert made.secret.get_secret_value() not in repr(made)
