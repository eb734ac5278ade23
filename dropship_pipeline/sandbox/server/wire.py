"""What is done to a connection, whatever is answered on it: counting, waiting, dropping."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dropship_pipeline.sandbox.server.counts import Meter


class CutOff(Response):
    """Announces the whole body, sends half of it, and lets the server drop the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send head and half a body, and never the end."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})


class Metered:
    """ASGI middleware that counts what is open and how it was answered, the whole body included."""

    def __init__(self, app: ASGIApp, meter: Meter) -> None:
        self._app = app
        self._meter = meter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count around the call."""

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._meter.statuses[message["status"]] += 1
            await send(message)

        self._meter.enter()
        try:
            await self._app(scope, receive, counting)
        finally:
            self._meter.leave()


async def pause(request: Request, seconds: float) -> None:
    """Wait, but not for a client that has gone: its request is no longer open."""
    if seconds <= 0:
        return
    try:
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return
