"""Answers a person's requests for pictures one after the other, so that what the person does is answered meanwhile."""

import asyncio
from weakref import WeakValueDictionary

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PICTURES = "/media/"
# A picture that waits for a store or for its host longer than that lets the next one begin.
TURN_S = 0.03
_WHOSE = (b"authorization", b"cookie")


class PicturesInTurn:
    """A page asks for a hundred pictures at once. Begun together, they would hold up a click until the last is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # By what says who asks: nobody waits for another's pictures.
        self._turns: WeakValueDictionary[tuple[bytes, ...], asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or not scope["path"].startswith(PICTURES):
            await self._app(scope, receive, send)
            return
        whose = tuple(value for name, value in scope["headers"] if name in _WHOSE)
        turn = self._turns.setdefault(whose, asyncio.Lock())
        async with turn:
            answer = asyncio.ensure_future(self._answer(scope, receive, send))
            try:
                await asyncio.wait({answer}, timeout=TURN_S)
            except asyncio.CancelledError:
                answer.cancel()
                raise
        await answer

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless whoever asked has gone while it waited for its turn; the server only says so."""
        first = await receive()
        if first["type"] == "http.disconnect":
            return
        said = [first]

        async def receiving() -> Message:
            return said.pop() if said else await receive()

        await self._app(scope, receiving, send)
