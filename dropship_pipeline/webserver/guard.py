"""The guard in front of the Dagster webserver: checks every request and websocket, passes on what the rules allow.

Pure ASGI: a middleware of Starlette's usual kind would let websockets by, and Dagster runs mutations sent over them.
"""

from functools import partial
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dropship_pipeline.admin import problems
from dropship_pipeline.admin.auth.access import remembered
from dropship_pipeline.admin.auth.lasting import POLICY_VIOLATION, serve_while_good
from dropship_pipeline.admin.auth.security import Bounded, is_small, too_large
from dropship_pipeline.webserver.login import LoginGate
from dropship_pipeline.webserver.org_wall import OrgWall
from dropship_pipeline.webserver.rules import Rules

LIVE = "/livez"
ADMIN = "admin.*"
KINDS = {
    HTTPStatus.MISDIRECTED_REQUEST: "misdirected_request",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "unsupported_media_type",
}
# The UI shows a notebook in a frame of its own, so frames of this server are allowed. `same-origin`, because without
# any referrer a browser sends its own forms with `Origin: null`.
HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# In addition to Dagster's own policy: a browser obeys both.
FRAMES_CSP = "frame-ancestors 'self'; form-action 'self'; object-src 'none'; base-uri 'none'"


class Guard:
    """Refuses requests that another web page may have sent and, with a gate, requests without a login.

    Args:
        rules: what a request must be like.
        gate: asks for a login; None where only this machine can reach the server.
        wall: stands before the webserver for who lacks `admin.*`; needed where there is a gate.
    """

    def __init__(self, app: ASGIApp, rules: Rules, gate: LoginGate | None = None, wall: OrgWall | None = None) -> None:
        if gate is not None and wall is None:
            raise ValueError("A webserver for people of several orgs needs a wall between them")
        self._wall = wall
        self._app = app
        self._rules = rules
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        body = Bounded(scope, receive)
        send, receive = _with_headers(body.closing(send)), body
        answer = await self._answer(scope)
        who = remembered(scope)
        app = self._app if self._wall is None or (who is not None and who.may(ADMIN)) else self._wall
        if answer is None and scope["type"] == "websocket" and self._gate is not None:
            await serve_while_good(app, scope, receive, send, partial(self._still, scope, self._gate))
        elif answer is None:
            await app(scope, receive, send)
        elif scope["type"] == "http":
            await answer(scope, receive, send)
        else:
            await _refuse_websocket(answer, scope, receive, send)

    async def _still(self, scope: Scope, gate: LoginGate) -> bool:
        """Whether a websocket may go on: it outlives the token that opened it. While Postgres is away, it may."""
        answer = await gate.answer(scope)
        return answer is None or getattr(answer, "status_code", 0) == HTTPStatus.SERVICE_UNAVAILABLE

    async def _answer(self, scope: Scope) -> ASGIApp | None:
        """What answers instead of Dagster, None if Dagster may."""
        if scope["type"] == "http" and scope["path"] == LIVE:
            return PlainTextResponse("ok")
        refusal = self._rules.refusal(scope)
        if refusal is not None:
            kind = KINDS.get(refusal.status, "cross_site")
            return problems.response(refusal.status, kind, refusal.reason, scope["path"])
        if not is_small(Headers(scope=scope)):
            return too_large(scope["path"])
        return await self._gate.answer(scope) if self._gate else None


async def _refuse_websocket(answer: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # the connection has to be announced before it can be refused
    if isinstance(answer, Response) and "websocket.http.response" in scope.get("extensions", {}):
        await answer(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers.append("Content-Security-Policy", FRAMES_CSP)
        await send(message)

    return sending
