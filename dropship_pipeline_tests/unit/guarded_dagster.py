"""A small application in Dagster's place, its guard, and how a client comes to it."""

from collections.abc import Mapping
from typing import Any, cast

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from dropship_pipeline.admin.auth.access import Authenticator, Principal
from dropship_pipeline.webserver.guard import Guard
from dropship_pipeline.webserver.login import LoginGate
from dropship_pipeline.webserver.org_wall import OrgWall
from dropship_pipeline.webserver.orgs import OrgRules
from dropship_pipeline.webserver.rules import Rules, loopback_hosts

URL = "http://127.0.0.1:3000"
MUTATION = {"query": "mutation { launchRun }"}
QUERY = "query=mutation{launchRun}"
OURS = {"Origin": URL, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WHO = Principal(1, "default", "somebody", frozenset({"collection.run"}))


class Dagster:
    """Stands in Dagster's place, and counts what it gets to see."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        every = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]
        self.app = Starlette(
            routes=[WebSocketRoute("/graphql", self._socket), Route("/{path:path}", self._page, methods=every)]
        )

    async def _page(self, request: Request) -> PlainTextResponse:
        self.asked.append(f"{request.method} {request.url.path}")
        return PlainTextResponse("dagster", headers={"Content-Security-Policy": "script-src 'nonce-1'"})

    async def _socket(self, socket: WebSocket) -> None:
        self.asked.append("websocket")
        await socket.accept(subprotocol="graphql-ws")
        await socket.send_text("dagster")
        await socket.close()


class Door:
    """An Authenticator's place: knows one principal, or fails."""

    def __init__(self, known: Principal | Exception | None) -> None:
        self.known = known

    async def identify(self, scope: Any) -> Principal | None:
        if isinstance(self.known, Exception):
            raise self.known
        return self.known

    async def login_advice(self) -> str:
        return "Make a token."


def open_client(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL)


def behind_login(dagster: Dagster, known: Principal | Exception | None) -> ASGIApp:
    gate = LoginGate(cast("Authenticator", Door(known)), "default")
    return Guard(dagster.app, Rules(loopback_hosts(3000), login=True), gate, wall_before(dagster.app))


def wall_before(app: ASGIApp) -> OrgWall:
    """A wall that knows no runs."""
    return OrgWall(app, OrgRules("default", lambda _: None))


async def open_websocket(app: ASGIApp, headers: Mapping[str, str], *, refusal_has_body: bool = True) -> list[Any]:
    """Open the GraphQL websocket as a server does; what the application sent back."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    given = {"Host": "127.0.0.1:3000", **headers}
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "scheme": "ws",
        "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
        "extensions": {"websocket.http.response": {}} if refusal_has_body else {},
    }
    await app(scope, receive, send)
    return sent
