"""What a request to the Dagster webserver must be like, so that no other web page can cause it.

The stock webserver takes `GET /graphql?query=mutation …` and form posts from anywhere, and a launched run costs money.
Each rule looks at one thing and gives a refusal with what to do, or None. Nothing is sent from here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

READING = ("GET", "HEAD")
GRAPHQL = "/graphql"
LOGIN = ("/login", "/logout")
LOGIN_BELOW = "/login/"
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
SAME_ORIGIN_FETCHES = ("same-origin", "none")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not passed on: the answer's status and a sentence for a person."""

    status: HTTPStatus
    reason: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one webserver.

    Args:
        hosts: what a request may call the webserver: `name` or `name:port` as in the Host header, lower case.
        login: the login pages are served too; they send forms.
    """

    hosts: frozenset[str]
    login: bool = False

    def refusal(self, scope: Scope) -> Refusal | None:
        """The first reason against the request, None if it may be passed on."""
        return next(self._objections(scope, Headers(scope=scope)), None)

    def _objections(self, scope: Scope, headers: Headers) -> Iterator[Refusal]:
        yield from self._host(headers)
        yield from _origin(scope, headers)
        yield from _fetch_site(scope, headers)
        if scope["type"] == "http":
            yield from _method(scope)
            if not (self.login and is_login(scope)):
                yield from _content(scope, headers)

    def _host(self, headers: Headers) -> Iterator[Refusal]:
        """Another name is DNS rebinding: a stranger's name that points at this address."""
        given = headers.getlist("host")
        if len(given) != 1 or given[0].lower() not in self.hosts:
            yield Refusal(
                HTTPStatus.MISDIRECTED_REQUEST,
                "This server is not called by the name in the Host header: use the address under which it is known, or "
                "add the name to DROPSHIP_DAGSTER_HOSTS and start it again.",
            )


def _origin(scope: Scope, headers: Headers) -> Iterator[Refusal]:
    host = headers.get("host", "")
    for origin in headers.getlist("origin"):
        if not _is_same(origin, host, secure=scope["scheme"] in ("https", "wss")):
            yield Refusal(
                HTTPStatus.FORBIDDEN,
                f"A page of {origin!r} asked for this (Origin header). Only the Dagster UI of this server may; a "
                "script sends no Origin header.",
            )


def _is_same(origin: str, host: str, *, secure: bool) -> bool:
    """Whether `origin` is the server itself; it may be https where a proxy in front of us ends TLS."""
    scheme, _, netloc = origin.lower().partition("://")
    return scheme in (("https",) if secure else ("http", "https")) and netloc == host.lower()


def _fetch_site(scope: Scope, headers: Headers) -> Iterator[Refusal]:
    """A link on another page may lead here; nothing else from another page may."""
    foreign = any(site not in SAME_ORIGIN_FETCHES for site in headers.getlist("sec-fetch-site"))
    if foreign and not _is_navigation(scope, headers):
        yield Refusal(
            HTTPStatus.FORBIDDEN,
            "Another web page asked for this (Sec-Fetch-Site header). Open the Dagster UI in a tab of its own.",
        )


def _is_navigation(scope: Scope, headers: Headers) -> bool:
    """Whether a person followed a link: a page in a tab of its own, in no frame, without a body."""
    return (
        scope["type"] == "http"
        and scope["method"] in READING
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _method(scope: Scope) -> Iterator[Refusal]:
    if scope["method"] != "POST" and scope["path"].rstrip("/") == GRAPHQL:
        yield Refusal(
            HTTPStatus.METHOD_NOT_ALLOWED,
            "GraphQL is answered as POST with a JSON body or over the websocket only: an address that starts a run "
            "could stand in any web page.",
        )


def _content(scope: Scope, headers: Headers) -> Iterator[Refusal]:
    """What a form or a script of another page can send without asking first is not JSON."""
    if scope["method"] not in READING and not _is_json(headers.getlist("content-type")):
        yield Refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "The body must be JSON, and say so: send it with `Content-Type: application/json`.",
        )


def _is_json(given: Iterable[str]) -> bool:
    """Exactly one type, and nothing in it but a charset: Dagster itself looks for the word anywhere in the header."""
    values = list(given)
    if len(values) != 1:
        return False
    message = Message()
    message["content-type"] = values[0]
    parameters = {name.lower() for name, _ in message.get_params(failobj=[])[1:]}
    return message.get_content_type() == "application/json" and parameters <= {"charset"}


def is_login(scope: Scope) -> bool:
    """Whether a request is for one of the pages that log in and out."""
    path: str = scope["path"]
    return scope["type"] == "http" and (path in LOGIN or path.startswith(LOGIN_BELOW))


def loopback_hosts(port: int) -> frozenset[str]:
    """The names of this machine, as a browser writes them for this port."""
    return frozenset(f"{name}:{port}" for name in LOOPBACK_NAMES) | (
        frozenset(LOOPBACK_NAMES) if port == DEFAULT_PORTS["http"] else frozenset()
    )


def public_hosts(url: str) -> frozenset[str]:
    """How a browser names the server of a public address: without the port where it is the scheme's own."""
    parts = urlsplit(url)
    name = parts.netloc.rpartition("@")[2].lower()
    bare = name.removesuffix(f":{DEFAULT_PORTS.get(parts.scheme)}")
    return frozenset({name, bare})


def is_loopback(host: str) -> bool:
    """Whether `host` (an address, `name` or `name:port`) can only be reached from this machine."""
    try:
        name = host if host.count(":") > 1 and "[" not in host else urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:  # a name, which may come to point anywhere
        return False
