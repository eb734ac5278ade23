"""Answers requests for pictures one after the other, so that what a person does on a page is answered meanwhile."""

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

PICTURES = "/media/"
# A picture that waits for a store or for its host longer than that lets the next one begin.
TURN_S = 0.03


class PicturesInTurn:
    """A page asks for a hundred pictures at once. Begun together, they would hold up a click until the last is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or not scope["path"].startswith(PICTURES):
            await self._app(scope, receive, send)
            return
        async with self._turn:
            answer = asyncio.ensure_future(self._answer(scope, receive, send))
            try:
                await asyncio.wait({answer}, timeout=TURN_S)
            except asyncio.CancelledError:
                answer.cancel()
                raise
        await answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)
