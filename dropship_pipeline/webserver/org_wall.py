"""Stands before Dagster for who lacks `admin.*`: reads what he sends, and passes on what the rules of his org allow."""

import asyncio
import json
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dropship_pipeline.admin import problems
from dropship_pipeline.admin.auth.lasting import POLICY_VIOLATION
from dropship_pipeline.webserver.orgs import UNREADABLE, NotOfTheOrg, OrgRules
from dropship_pipeline.webserver.rules import GRAPHQL, READING

# What begins an operation, in the protocols for GraphQL over websockets that there are.
BEGINNING = ("start", "subscribe")
ONLY_ADMIN = "This changes what belongs to no org: it needs the permission admin.*"


class OrgWall:
    """Dagster for one org."""

    def __init__(self, app: ASGIApp, rules: OrgRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "websocket":
            await self._app(scope, self._checking(receive), send)
        elif scope["method"] in READING:
            await self._app(scope, receive, send)
        else:
            await self._changing(scope, receive, send)

    async def _changing(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].rstrip("/") != GRAPHQL:
            await _forbidden(ONLY_ADMIN, scope)(scope, receive, send)
            return
        body = await _whole(receive)
        try:
            await asyncio.to_thread(self._rules.check, body)
        except NotOfTheOrg as error:
            await _forbidden(str(error), scope)(scope, receive, send)
            return
        begun = False

        async def again() -> Message:
            nonlocal begun
            if begun:
                return await receive()
            begun = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, again, send)

    def _checking(self, receive: Receive) -> Receive:
        """Messages of a websocket; one that is not allowed ends it."""

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                try:
                    await asyncio.to_thread(self._check_message, message.get("text") or message.get("bytes") or "")
                except NotOfTheOrg:
                    return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}
            return message

        return receiving

    def _check_message(self, text: str | bytes) -> None:
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            raise NotOfTheOrg(UNREADABLE) from None
        if not isinstance(content, dict):
            raise NotOfTheOrg(UNREADABLE)
        payload = content.get("payload")
        if content.get("type") in BEGINNING or (isinstance(payload, dict) and "query" in payload):
            self._rules.check_content(payload)


def _forbidden(reason: str, scope: Scope) -> Response:
    return problems.response(HTTPStatus.FORBIDDEN, "forbidden", reason, scope["path"])


async def _whole(receive: Receive) -> bytes:
    """A body, whose size the guard has bounded."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
