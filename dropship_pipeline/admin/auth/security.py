"""What every request passes, HTTP and websocket alike: host, origin, size, who asks, and the headers of answers.

Pure ASGI: a middleware of Starlette's usual kind would let websockets by.
"""

import ipaddress
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dropship_pipeline.admin import problems
from dropship_pipeline.admin.auth.access import HOW_TO_GET_IN, Authenticator, TooManyFailures, remember
from dropship_pipeline.admin.auth.lasting import POLICY_VIOLATION, is_good, serve_while_good
from dropship_pipeline.errors import CollectionError

MAX_BODY_BYTES = 1024 * 1024
TOO_LARGE = f"A body has at most {MAX_BODY_BYTES} bytes: send less, or in several requests"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
API = "/api/"
# What a stranger may ask for: logging in, and whether the process lives. None of it costs anything that stays.
OPEN = ("/login", "/logout", "/livez")
OPEN_BELOW = ("/login/",)
# Where pages and server talk to each other, by websocket or by polling.
SOCKETS = "/_nicegui_ws"
# Parts of pages: a stranger is refused there, not shown the login.
NOT_PAGES = ("/_nicegui", "/media/", "/static/")

# NiceGUI's page holds inline scripts and styles, and Vue compiles its templates in the browser.
PAGE_CSP = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
STRICT_CSP = (
    "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Gate:
    """Refuses requests for another host, from another origin, too large, or without a login. The default is to refuse.

    Args:
        hosts: names under which we are served beside the loopback ones.
        origins: origins (`https://name:port`) that are ours, beside the one that the request is addressed to.
    """

    def __init__(
        self, app: ASGIApp, *, authenticator: Authenticator, hosts: Iterable[str], origins: Iterable[str]
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._hosts = frozenset(host.lower() for host in hosts)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        body = Bounded(scope, receive)
        send = _with_headers(scope, body.closing(send))
        refusal = await self._refusal(scope)
        if refusal is not None:
            await _refuse(refusal, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await serve_while_good(self._app, scope, receive, send, lambda: is_good(self._authenticator, scope))
            return
        await self._app(scope, body, send)

    async def _refusal(self, scope: Scope) -> Response | None:
        headers, path = Headers(scope=scope), scope["path"]
        if not is_known_host(headers.get("host", ""), self._hosts):
            detail = (
                "This server is not served under that host name: set DROPSHIP_ADMIN_URL to the address that is used"
            )
            return problems.response(421, "misdirected_request", detail, path)
        if self._needs_same_origin(scope, headers) and not is_same_origin(headers, self._origins):
            detail = (
                "The request did not come from a page of this server, so the login of this browser does not count: "
                "send a token in the header Authorization instead"
            )
            return problems.response(403, "cross_site", detail, path)
        if not is_small(headers):
            return too_large(path)
        refusal = await self._stranger(scope)
        if refusal is None and path.startswith(API) and not _is_json(headers):
            detail = "Send the body as JSON, with the header Content-Type: application/json"
            return problems.response(415, "unsupported_media_type", detail, path)
        return refusal

    def _needs_same_origin(self, scope: Scope, headers: Headers) -> bool:
        if "authorization" in headers:  # no browser adds it by itself
            return False
        if scope["type"] == "websocket" or scope["path"].startswith(SOCKETS) or "origin" in headers:
            return True
        # A program without a login of a browser's is answered as the stranger that it is.
        return scope["method"] not in SAFE_METHODS and ("cookie" in headers or not scope["path"].startswith(API))

    async def _stranger(self, scope: Scope) -> Response | None:
        path = scope["path"]
        if path in OPEN or path.startswith(OPEN_BELOW):
            return None
        try:
            who = await self._authenticator.identify(scope)
            remember(scope, who)
            if who is not None:
                return None
            if scope["type"] == "http" and not path.startswith(API):
                return _to_login(scope)
            return problems.response(
                401, "unauthorized", await self._authenticator.advice(), path, headers={"WWW-Authenticate": "Bearer"}
            )
        except TooManyFailures as error:
            return too_many(error, path)
        except CollectionError as error:
            return problems.before_login(error, path)


def is_small(headers: Headers) -> bool:
    """Whether the body that a request announces is not too large."""
    length = headers.get("content-length", "0")
    return length.isdigit() and int(length) <= MAX_BODY_BYTES


class Bounded:
    """The body of a request, as far as it is not too large: its announced length may be missing.

    Args:
        receive: takes its messages; taken in its place, this raises HTTPException at one byte too many.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        headers = Headers(scope=scope)
        self._receive = receive
        self._received = 0
        self._is_whole = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers

    async def __call__(self) -> Message:
        """The next message."""
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
        self._is_whole = self._is_whole or not message.get("more_body", False)
        return message

    def closing(self, send: Send) -> Send:
        """Have the connection closed with an answer that comes before the end of the body, else the rest is read."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and not self._is_whole:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        return sending


def is_known_host(host: str, known: Iterable[str]) -> bool:
    """Whether a Host header names a loopback address or one of `known`; anything else may be DNS rebinding."""
    name = _name(host)
    if name is None:
        return False
    if name == "localhost" or name in known:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_same_origin(headers: Headers, ours: Iterable[str] = ()) -> bool:
    """Whether a browser's headers say that the request comes from our own page; False without such headers.

    Args:
        headers: of the request.
        ours: origins that are ours beside the one that the request is addressed to.
    """
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    origin = headers.get("origin")
    if origin is None:
        return "sec-fetch-site" in headers
    if origin in ours:
        return True
    scheme, _, netloc = origin.partition("://")
    return scheme in ("http", "https") and netloc.lower() == headers.get("host", "").lower()


def _is_json(headers: Headers) -> bool:
    """Whether the body, if there is one, is declared as JSON."""
    has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or not (has_body or kind)


def _name(host: str) -> str | None:
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return None
    return name.lower() if name else None


def too_many(error: TooManyFailures, path: str) -> Response:
    """The answer to one wrong token too many."""
    return problems.response(
        429, "too_many_requests", str(error), path, headers={"Retry-After": str(error.retry_after_s)}
    )


def too_large(path: str) -> Response:
    """The answer to a body that is too large."""
    return problems.response(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "content_too_large", TOO_LARGE, path)


def _to_login(scope: Scope) -> Response:
    path = scope["path"]
    if scope["method"] not in SAFE_METHODS or path.startswith(NOT_PAGES):
        return problems.response(401, "unauthorized", f"Log in first, at /login: {HOW_TO_GET_IN}", path)
    return RedirectResponse(f"/login?next={quote(path, safe='/')}", HTTPStatus.SEE_OTHER)


async def _refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await response(scope, receive, send)
    else:
        await receive()  # the connection has to be announced before it can be refused
        await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "log in first"})


def _with_headers(scope: Scope, send: Send) -> Send:
    path = scope["path"]
    strict = path.startswith((API, "/login", "/logout", "/livez", "/media/"))

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Content-Security-Policy", STRICT_CSP if strict else PAGE_CSP)
            if not path.startswith("/_nicegui/"):
                headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending
