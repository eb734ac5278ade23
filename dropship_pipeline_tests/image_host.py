"""A small HTTP server for tests of fetching: real sockets, answers byte by byte as a test wants them."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext

import httpcore
import pytest
from PIL import Image

from dropship_pipeline.storage.images.fetch import FetchLimits, GuardedFetcher
from dropship_pipeline.storage.images.network_guard import FetchError

# Example addresses of the public Internet; nothing is ever sent there.
PUBLIC_ADDRESS = "93.184.216.34"
PUBLIC_ADDRESS_V6 = "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


def picture(fmt: str = "JPEG", size: tuple[int, int] = (40, 30), color: str = "teal") -> bytes:
    """A picture's bytes."""
    data = io.BytesIO()
    Image.new("RGB", size, color).save(data, fmt)
    return data.getvalue()


IMAGE = picture()
LIMITS = FetchLimits(max_bytes=100_000, retry_pause_s=0)


def answer(
    body: bytes = b"", status: int = 200, headers: Iterable[tuple[str, str]] = (), *, length: bool = True
) -> bytes:
    """An HTTP/1.1 answer as it goes over the wire."""
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers)]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def refused(fetcher: GuardedFetcher, url: str) -> FetchError:
    """Why a fetcher refuses an address, or what it leads to."""
    with pytest.raises(FetchError) as caught:
        await fetcher.fetch(url)
    return caught.value


def redirect(location: str, status: int = 302) -> bytes:
    """An answer that points elsewhere."""
    return answer(status=status, headers=[("Location", location)])


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]


Chunks = bytes | AsyncIterator[bytes]
Handler = Callable[[Request], Chunks]


@dataclass
class ImageHost:
    """What the server answers, by path, and what it was asked. A handler's chunks end with the connection."""

    port: int = 0
    connections: int = 0
    requests: list[Request] = field(default_factory=list)
    routes: dict[str, bytes | Handler] = field(default_factory=dict)

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/a.jpg") -> str:
        return f"http://{self.authority}{path}"

    @property
    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = (line.split(": ", 1) for line in head[1:] if line)
        request = Request(head[0].split(" ")[1], {name.lower(): value for name, value in fields})
        self.requests.append(request)
        route = self.routes.get(request.path, answer(status=404))
        chunks = route if isinstance(route, bytes) else route(request)
        if isinstance(chunks, bytes):
            writer.write(chunks)
            await writer.drain()
            return True
        async for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        return False


@asynccontextmanager
async def image_host(ssl: SSLContext | None = None) -> AsyncIterator[ImageHost]:
    """A server on 127.0.0.1, closed with all its connections at the end."""
    host = ImageHost()
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        await host.serve(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=ssl)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


class DivertedBackend(httpcore.AsyncNetworkBackend):
    """Stands for the Internet: notes the address that was to be connected to, and connects to the test server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connected: list[tuple[str, int]] = []
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        return await self._inner.connect_tcp("127.0.0.1", self.port, timeout)


class Names:
    """A resolver whose answers are given, one list per look-up; the last one is repeated."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
