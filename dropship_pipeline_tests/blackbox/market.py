"""A marketplace server for tests: answers what a table says, and notes every request with its times.

It speaks HTTP only. What an answer looks like is in `wire.py`; nothing here is shared with the product.
"""

import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SO_LINGER, SOL_SOCKET
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Platform = Literal["amazon", "ebay"]
GATE_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Answer:
    """What goes over the wire, and how it goes wrong: `reset` sends nothing, `cut` half of what it announced."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    credits: int = 0
    reset: bool = False
    cut: bool = False


@dataclass
class Seen:
    """One request as it was met. `started` and `ended` are wall-clock seconds; `attempt` counts equal API requests."""

    platform: Platform
    kind: Literal["api", "image"]
    path: str
    query: str
    page: int
    attempt: int
    params: Mapping[str, str]
    started: float
    open_then: int
    ended: float = 0.0
    status: int = 0
    credits: int = 0


Script = Callable[[int, int], Answer]


class Market:
    """What is answered and what was seen.

    `scripts` maps platform and query to a function of page and attempt (both from 1); `images` maps paths to answers.
    """

    def __init__(self, rainforest_key: str, scraperapi_key: str, latency_s: float = 0.05) -> None:
        self.keys: Mapping[Platform, str] = {"amazon": rainforest_key, "ebay": scraperapi_key}
        self.latency_s = latency_s
        self.scripts: dict[tuple[Platform, str], Script] = {}
        self.images: dict[str, Answer] = {}
        self.seen: list[Seen] = []
        self.gate = threading.Event()
        self.gate.set()
        self.port = 0
        self._lock = threading.Lock()
        self._open: dict[Platform, int] = {"amazon": 0, "ebay": 0}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def calls(self, platform: Platform | None = None) -> list[Seen]:
        """The paid calls, in order."""
        return [seen for seen in self.seen if seen.kind == "api" and platform in (None, seen.platform)]

    def note(self, platform: Platform, kind: Literal["api", "image"], path: str, params: Mapping[str, str]) -> Seen:
        query, page = _asked(params)
        with self._lock:
            attempt = 1 + sum(
                (seen.platform, seen.kind, seen.query, seen.page) == (platform, kind, query, page) for seen in self.seen
            )
            seen = Seen(platform, kind, path, query, page, attempt, params, time.time(), self._open[platform])
            self._open[platform] += 1
            self.seen.append(seen)
        return seen

    def close(self, seen: Seen, answer: Answer) -> None:
        """Called before the answer is written: whoever has read it may ask again at once."""
        with self._lock:
            self._open[seen.platform] -= 1
            seen.ended, seen.status, seen.credits = time.time(), answer.status, answer.credits

    def answer(self, seen: Seen) -> Answer:
        if seen.kind == "image":
            return self.images.get(seen.path, Answer(b"no such image", 404))
        self.gate.wait(GATE_TIMEOUT_S)
        if seen.params.get("api_key") != self.keys[seen.platform]:
            return Answer(b"unknown key", 401)
        script = self.scripts.get((seen.platform, seen.query))
        return script(seen.page, seen.attempt) if script else Answer(b"the test knows no such query", 400)


def _asked(params: Mapping[str, str]) -> tuple[str, int]:
    """Query and page, wherever they are: Rainforest, structured search, or the address of a search page.

    A best-seller list is known by its category.
    """
    inner = parse_qs(urlsplit(params.get("url", "")).query)
    named = {**params, **{name: values[0] for name, values in inner.items()}}
    query = named.get("search_term") or named.get("query") or named.get("_nkw") or named.get("category_id") or ""
    return query, int(named.get("page") or named.get("_pgn") or 1)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    market: Market

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        params = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        kind: Literal["api", "image"] = "image" if parts.path.startswith("/images/") else "api"
        amazon = parts.path.startswith(("/images/I/", "/request", "/categories"))
        # The path as it was written: `%2B` and `+` name different pictures.
        seen = self.market.note("amazon" if amazon else "ebay", kind, parts.path, params)
        time.sleep(self.market.latency_s)
        answer = self.market.answer(seen)
        self.market.close(seen, answer)
        self._write(answer)

    def _write(self, answer: Answer) -> None:
        if answer.reset:
            self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)
        self.close_connection = answer.cut

    def log_message(self, *_: object) -> None:
        """Say nothing: the requests are in `Market.seen`."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that were killed while they waited."""


@contextmanager
def open_market(market: Market) -> Iterator[Market]:
    """Serve `market` on a free port of 127.0.0.1 until the block ends."""
    handler = type("Handler", (_Handler,), {"market": market})
    with _Server(("127.0.0.1", 0), handler) as server:
        market.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield market
        finally:
            market.gate.set()
            server.shutdown()
            thread.join()
