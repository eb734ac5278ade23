"""A page's socket as a program opens it: Engine.IO 4 and Socket.IO 5 over a websocket, as their documents say."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

SOCKETS = "/_nicegui_ws/socket.io/"


async def logged_in(url: str, token: str) -> str:
    """The session cookie of a new login."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        answer = await client.post("/login", data={"token": token}, headers={"Origin": url})
        assert answer.status_code == 303, answer.text
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


async def loaded(url: str, cookie: str, path: str = "/sellers") -> tuple[str, str]:
    """A page as HTML, and its client id."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        answer = await client.get(path, headers={"Cookie": cookie})
    assert answer.status_code == 200, answer.text[:300]
    (client_id,) = set(re.findall(r"['\"]client_id['\"]: ['\"]([0-9a-f-]{36})['\"]", answer.text))
    return answer.text, client_id


def query(client_id: str | None, *, transport: str = "websocket") -> str:
    joining = {"client_id": client_id, "tab_id": "tab", "document_id": "document", "next_message_id": "0",
               "implicit_handshake": "true"} if client_id else {}  # fmt: skip
    return urlencode({"EIO": "4", "transport": transport, **joining})


@asynccontextmanager
async def sockets_to(url: str) -> "AsyncIterator[Opener]":
    """Opens sockets, and closes them all at the end."""
    opener = Opener(url)
    try:
        yield opener
    finally:
        for socket in opener.opened:
            await socket.connection.close()


class Opener:
    """Opens sockets to one server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opened: list[PageSocket] = []

    async def __call__(self, cookie: str, client_id: str | None, origin: str | None = None) -> "PageSocket":
        self.opened.append(await PageSocket.open(self.url, cookie, client_id, origin))
        return self.opened[-1]


class PageSocket:
    """An open socket; `messages` are the Socket.IO packets that came."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.messages: list[str] = []

    @classmethod
    async def open(cls, url: str, cookie: str, client_id: str | None, origin: str | None = None) -> "PageSocket":
        """Connect, and join the page of `client_id` unless that is None."""
        address = f"ws://{urlsplit(url).netloc}{SOCKETS}?{query(client_id)}"
        connection = await connect(
            address, additional_headers={"Cookie": cookie}, origin=origin or url, proxy=None  # type: ignore[arg-type]
        )  # fmt: skip
        socket = cls(connection)
        await socket.take(2)
        await connection.send("40")
        await socket.take(2)
        return socket

    async def take(self, seconds: float) -> list[str]:
        """What comes until nothing more comes for this time; pings are answered."""
        new: list[str] = []
        while True:
            try:
                text = str(await asyncio.wait_for(self.connection.recv(), seconds))
            except TimeoutError:
                self.messages += new
                return new
            except ConnectionClosed:
                self.messages += new
                if not new:
                    raise
                return new
            if text == "2":
                await self.connection.send("3")
            else:
                new.append(text)
                if seconds > 1 and text.startswith("0"):
                    self.messages += new
                    return new

    async def listen(self) -> None:
        """Take what comes until the server closes the socket."""
        with suppress(ConnectionClosed):
            while True:
                await self.take(5)

    async def emit(self, event: str, message: Any) -> None:
        await self.connection.send(f"42{json.dumps([event, message])}")

    @property
    def joined(self) -> bool:
        """Whether the server let it in."""
        return any(text.startswith("40") for text in self.messages)
