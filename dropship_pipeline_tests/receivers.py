"""A server on this machine that keeps what is posted to it: a webhook, or a receiver of traces."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

# Longer than any test; nobody waits for it who does not wait for ever.
LONGEST_HANG_S = 60


@dataclass(frozen=True)
class Post:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What was posted, and how it is answered.

    Args:
        statuses: of the next answers; 200 after the last.
        location: where answers redirect to.
    """

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    location: str | None = None
    posts: list[Post] = field(default_factory=list)
    hangs: bool = False
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def everything(self) -> bytes:
        """Every byte that came in."""
        return b"\n".join(
            part for post in self.posts for part in (post.path.encode(), repr(post.headers).encode(), post.body)
        )

    @property
    def spans(self) -> list[Span]:
        """The spans that came in."""
        requests = [ExportTraceServiceRequest.FromString(post.body) for post in self.posts]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def open_receiver() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append(Post(self.path, dict(self.headers), body))
            if receiver.hangs:
                receiver.released.wait(LONGEST_HANG_S)
            status = receiver.statuses.pop(0) if receiver.statuses else 200
            try:
                self.send_response(status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    serving.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        serving.join()
        server.server_close()
