"""The sockets of open pages: bound to the login that loaded the page, told to nobody, closed with the token."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.tokens import MadeToken, Tokens
from dropship_pipeline_tests.admin_server import admin_pages
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_seller
from dropship_pipeline_tests.page_socket import SOCKETS, Opener, loaded, logged_in, query, sockets_to

SELLER = "A shop of the org default"
CLOSED_WITHIN_S = 10.0


class Served:
    """The admin page's own process, with a seller in the org `default`."""

    def __init__(self, url: str, database: Database, log: Path) -> None:
        self.url = url
        self.log = log
        self.tokens = Tokens(database)
        add_seller(database, SELLER)

    def make(self, *permissions: str, org: str = "default") -> MadeToken:
        return self.tokens.create("a test", permissions, org=org)

    async def login(self, *permissions: str, org: str = "default") -> str:
        return await logged_in(self.url, self.make(*permissions, org=org).secret.get_secret_value())


@pytest.fixture(scope="module")
def served(stack: LocalServers, _migrated_template: str) -> Iterator[Served]:
    with admin_pages(stack, "sockets") as (database, address):
        yield Served(address, database, stack.home.path / "sockets.log")


@pytest.fixture
async def opening(served: Served) -> AsyncIterator[Opener]:
    async with sockets_to(served.url) as opener:
        yield opener


def press(html: str, client_id: str, words: str) -> dict[str, object]:
    """The event that a browser sends when the button with these words is pressed."""
    (found,) = re.findall(rf'"(\d+)":{{(?:(?!"tag":).)*"tag":"(?:(?!"tag":).)*{words}(?:(?!"tag":).)*', html)
    element = re.search(rf'"{found}":.*?"listener_id":"([0-9a-f-]+)"', html)
    assert element is not None
    return {"id": int(found), "client_id": client_id, "listener_id": element.group(1), "args": ["{}"]}


async def test_only_the_login_that_loaded_a_page_can_press_its_buttons(served: Served, opening: Opener) -> None:
    admin, reader = await served.login("admin.*"), await served.login("collection.read", org="other")
    html, client_id = await loaded(served.url, admin)
    own = await opening(admin, client_id)
    assert own.joined
    event = press(html, client_id, "Copy names")
    _, other_page = await loaded(served.url, reader)
    for joins in (None, client_id, other_page):
        stranger = await opening(reader, joins)
        for name in ("event", "javascript_response", "ack", "log", "handshake"):
            with suppress(ConnectionClosed):
                await stranger.emit(name, {**event, "next_message_id": 0, "tab_id": "tab", "document_id": "document"})
                await stranger.emit("event", event)
        assert not [text for text in await stranger.take(1) if SELLER in text]
        assert stranger.joined is (joins != client_id)
    assert not [text for text in await own.take(1) if SELLER in text]
    await own.emit("event", event)
    assert [text for text in await own.take(1) if SELLER in text], "the event would not have worked for anybody"


async def test_a_page_of_another_session_of_the_same_token_stays_shut_too(served: Served, opening: Opener) -> None:
    secret = served.make("admin.*").secret.get_secret_value()
    one, other = await logged_in(served.url, secret), await logged_in(served.url, secret)
    _, client_id = await loaded(served.url, one)
    assert not (await opening(other, client_id)).joined
    assert (await opening(one, client_id)).joined


async def test_messages_of_no_shape_break_nothing(served: Served, opening: Opener) -> None:
    admin = await served.login("admin.*")
    _, client_id = await loaded(served.url, admin)
    socket = await opening(admin, client_id)
    shapes: tuple[object, ...] = (None, 7, "x", [], {}, {"client_id": None}, {"client_id": [client_id]})
    for message in shapes:
        for name in ("event", "handshake", "log", "ack", "javascript_response", "nothing"):
            await socket.emit(name, message)
    assert (await loaded(served.url, admin))[1] != client_id
    assert "Traceback" not in served.log.read_text()


async def test_no_log_holds_the_id_of_a_page(served: Served, opening: Opener) -> None:
    admin = await served.login("admin.*")
    _, client_id = await loaded(served.url, admin)
    socket = await opening(admin, client_id)
    await socket.emit("log", {"client_id": client_id, "level": "error", "message": "x" * 5_000})
    await socket.take(1)
    await socket.connection.close()
    async with httpx.AsyncClient(base_url=served.url, trust_env=False) as client:
        await client.get(f"{SOCKETS}?{query(client_id, transport='polling')}", headers={"Cookie": admin})
    text = served.log.read_text()
    assert client_id not in text
    assert "client_id=" not in text
    assert "xxxxx" not in text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_page_gets_in_neither_by_polling_nor_by_websocket(
    served: Served, opening: Opener, origin: str
) -> None:
    admin = await served.login("admin.*")
    _, client_id = await loaded(served.url, admin)
    headers = {"Cookie": admin, "Origin": origin}
    async with httpx.AsyncClient(base_url=served.url, trust_env=False, headers=headers) as client:
        for method in ("GET", "POST", "OPTIONS"):
            answer = await client.request(method, f"{SOCKETS}?{query(client_id, transport='polling')}")
            assert answer.status_code == 403
            assert "sid" not in answer.text
    with pytest.raises(InvalidStatus):
        await opening(admin, client_id, origin)


async def test_no_answer_lets_another_origin_read_it(served: Served, opening: Opener) -> None:
    admin = await served.login("admin.*")
    paths = ("/", "/sellers", "/login", "/livez", "/api/collection/runs", "/api/openapi.json", "/static/app.css",
             f"{SOCKETS}?{query(None, transport='polling')}", "/_nicegui/x", "/media/images/x", "/nowhere")  # fmt: skip
    async with httpx.AsyncClient(base_url=served.url, trust_env=False) as client:
        for path in paths:
            for origin in (served.url, "https://evil.example", None):
                for method in ("GET", "OPTIONS"):
                    headers = {"Cookie": admin, **({"Origin": origin} if origin else {"Sec-Fetch-Site": "same-origin"})}
                    answer = await client.request(method, path, headers=headers)
                    assert not [name for name in answer.headers if name.startswith("access-control")], path


async def test_ten_seconds_after_its_token_is_revoked_an_open_page_gets_nothing_and_its_socket_is_closed(
    served: Served, opening: Opener
) -> None:
    made = served.make("admin.*")
    cookie = await logged_in(served.url, made.secret.get_secret_value())
    _, client_id = await loaded(served.url, cookie)
    socket = await opening(cookie, client_id)
    staying = await opening(await served.login("admin.*"), None)
    assert socket.joined
    served.tokens.revoke(made.token.id, org="default")
    async with asyncio.timeout(CLOSED_WITHIN_S):
        await socket.listen()
    assert any("/login?next=" in text for text in socket.messages)
    with pytest.raises(InvalidStatus):
        await opening(cookie, client_id)
    await staying.emit("ack", {})
    await staying.take(1)
    await staying.emit("ack", {})  # raises where the socket of somebody else was closed too
