"""Websockets last as long as the login that opened them, which is asked again while they are open."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dropship_pipeline.admin.auth.access import Authenticator, TooManyFailures
from dropship_pipeline.errors import StorageUnavailable

CHECK_S = 3.0
# An open page finds out by itself that its login has ended, and goes to the login page meanwhile.
FAREWELL_S = 5.0
POLICY_VIOLATION = 1008
CLOSE: Message = {"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "the login has ended"}
GONE: Message = {"type": "websocket.disconnect", "code": POLICY_VIOLATION}

IsGood = Callable[[], Awaitable[bool]]


async def is_good(authenticator: Authenticator, scope: Scope) -> bool:
    """Whether the login of a connection may still be served; while Postgres does not answer, it may."""
    try:
        return await authenticator.identify(scope) is not None
    except TooManyFailures:
        return False
    except StorageUnavailable:
        return True


async def serve_while_good(app: ASGIApp, scope: Scope, receive: Receive, send: Send, good: IsGood) -> None:
    """Serve a websocket until it ends or `good`, asked every few seconds, says no; then nothing passes either way."""
    ended = asyncio.Event()
    inbox: asyncio.Task[Message] | None = None

    async def receiving() -> Message:
        nonlocal inbox
        inbox = inbox or asyncio.ensure_future(receive())
        closing = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait({inbox, closing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            closing.cancel()
        if ended.is_set():
            return GONE
        message, inbox = await inbox, None
        return message

    async def sending(message: Message) -> None:
        if not ended.is_set():
            await send(message)

    async def watching() -> None:
        while await good():
            await asyncio.sleep(CHECK_S)
        await asyncio.sleep(FAREWELL_S)
        ended.set()
        await send(CLOSE)

    watch = asyncio.create_task(watching())
    try:
        await app(scope, receiving, sending)
    finally:
        for task in (watch, inbox):
            if task is not None:
                task.cancel()
