"""The internals of NiceGUI that pages need: one application per process, and sockets that belong to a login.

NiceGUI lets whoever knows a page's client id join the page and send its events. Here a socket belongs to the session
that opened it: it joins only pages which that session has loaded, and sends events only of pages that it has joined.
"""

from collections.abc import Callable, Hashable
from typing import Any, Literal
from urllib.parse import parse_qs

import socketio
from nicegui import Client, core
from starlette.types import Scope

NAMESPACE = "/"
# As NiceGUI has registered them; ours may take their place more than once in a process, as in tests.
THEIRS = dict(core.sio.handlers[NAMESPACE])
# By polling, an answer that was under way could still go to a login that has ended.
TRANSPORTS: list[Literal["websocket", "polling"]] = ["websocket"]


def begin_anew() -> None:
    """Let NiceGUI's application take new middleware where an earlier application used it, as in tests."""
    core.app.middleware_stack = None
    core.app.user_middleware.clear()


def leave_main_to(client: Client) -> None:
    """Let a page have its own `main`: NiceGUI's frame around all that is on it, header included, would be a second."""
    for frame in client.page_container.default_slot.children:
        frame.tag = "div"


def bind_sockets(session_of: Callable[[Scope], Hashable | None]) -> None:
    """Let sockets join and use only pages of their own session.

    Args:
        session_of: identifies the session of a connection, None for a stranger.
    """
    # The gate in front checks the origin; switched off here, no answer invites other origins.
    core.sio.eio.cors_allowed_origins = []
    core.sio.eio.transports = core.app.config.socket_io_js_transports = TRANSPORTS

    def may_join(environ: dict[str, Any], client_id: str) -> bool:
        session, client = session_of(environ["asgi.scope"]), Client.instances.get(client_id)
        return session is not None and client is not None and session_of(client.request.scope) == session

    async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
        pages = parse_qs(environ.get("QUERY_STRING", "")).get("client_id", [])
        if not all(may_join(environ, page) for page in pages):
            raise socketio.exceptions.ConnectionRefusedError("Load the page again")
        await THEIRS["connect"](sid, environ, auth)

    async def handshake(sid: str, message: object) -> bool:
        page = _page_of(message)
        if page is None or not may_join(core.sio.get_environ(sid), page):
            return False
        joined: bool = await THEIRS["handshake"](sid, message)
        return joined

    core.sio.on("connect", connect)
    core.sio.on("handshake", handshake)
    for event in ("event", "javascript_response", "ack"):
        core.sio.on(event, _of_its_page(THEIRS[event]))
    # A browser could fill the log with them, and nothing of ours sends any.
    core.sio.on("log", _ignore)


def _of_its_page(handler: Callable[[str, Any], object]) -> Callable[[str, object], None]:
    """The handler, for messages about a page that the socket has joined; others are dropped."""

    def handle(sid: str, message: object) -> None:
        page = _page_of(message)
        if page in Client.instances and page in core.sio.rooms(sid):
            handler(sid, message)

    return handle


def _page_of(message: object) -> str | None:
    """The client id of the page that a message is about; None where it is no such message."""
    found = message.get("client_id") if isinstance(message, dict) else None
    return found if isinstance(found, str) else None


def _ignore(sid: str, message: object) -> None:
    """Take a message, and do nothing with it."""
