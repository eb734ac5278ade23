"""Fetches an image over HTTP, trusting neither the URL nor the server nor its answer."""

import asyncio
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from ssl import SSLContext
from typing import Self

import httpcore
import httpx

from dropship_pipeline.storage.images.network_guard import (
    AllowedHosts,
    FetchError,
    GuardedBackend,
    Resolver,
    system_resolver,
)
from dropship_pipeline.surroundings import Proxy, Route, route

MAX_REDIRECTS = 5
POOL_SIZE = 16
KEEPALIVE_S = 30.0
MAX_VALIDATOR_CHARS = 500

_HEADERS = [
    (b"User-Agent", b"dropship-pipeline (product image collector)"),
    (b"Accept", b"image/jpeg, image/png, image/webp, image/gif, image/*;q=0.1"),
    (b"Accept-Encoding", b"identity"),
]
_REDIRECTS = {301, 302, 303, 307, 308}
_OK, _NOT_MODIFIED, _TOO_MANY_REQUESTS, _SERVER_ERROR = 200, 304, 429, 500
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How long and how much.

    Args:
        max_bytes: of the body, decompressed.
        deadline_s: for everything about one image: redirects, retry and pauses included.
        connect_s: to open one connection.
        read_s: between two pieces of an answer.
        retry_pause_s: before the one retry.
    """

    max_bytes: int = 15 * 1024 * 1024
    deadline_s: float = 60.0
    connect_s: float = 10.0
    read_s: float = 30.0
    retry_pause_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of 200: its body, and the validators (if any) to ask with next time."""

    data: bytes
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True, slots=True)
class NotModified:
    """An answer of 304: what was fetched before still stands."""


class GuardedFetcher:
    """One pool of connections for all images. Belongs to one event loop; use it as an async context manager.

    A host that is asked through a proxy is resolved there: then its name on the list is what guards.

    Args:
        allowed_hosts: entries `name` or `name:port`; a loopback host is reached only if named here.
        resolve: host and port -> addresses.
        backend: opens connections to addresses that were judged.
        ssl_context: for https; those that the shell names, or the usual ones, if not given.

    Raises:
        SettingsError: an entry of `allowed_hosts` cannot be read.
    """

    def __init__(
        self,
        allowed_hosts: Iterable[str],
        *,
        resolve: Resolver = system_resolver,
        backend: httpcore.AsyncNetworkBackend | None = None,
        ssl_context: SSLContext | None = None,
        limits: FetchLimits = FetchLimits(),
    ) -> None:
        self._hosts = AllowedHosts.parse(allowed_hosts)
        self._limits = limits
        self._timeouts_s = {
            "connect": limits.connect_s,
            "read": limits.read_s,
            "write": limits.read_s,
            "pool": limits.deadline_s,
        }
        self._ssl_context = ssl_context
        self._backend = GuardedBackend(resolve, backend or httpcore.AnyIOBackend())
        self._pools: dict[Route, httpcore.AsyncConnectionPool] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()

    def _pool(self, url: httpx.URL) -> httpcore.AsyncConnectionPool:
        """The connections by which a host is reached: straight, or through the proxy that the shell names for it."""
        way = route(f"{url.scheme}://{url.netloc.decode('ascii')}")
        if way not in self._pools:
            verify = way.verify if isinstance(way.verify, SSLContext) else httpcore.default_ssl_context()
            self._pools[way] = httpcore.AsyncConnectionPool(
                ssl_context=self._ssl_context or verify,
                max_connections=POOL_SIZE,
                max_keepalive_connections=POOL_SIZE,
                keepalive_expiry=KEEPALIVE_S,
                network_backend=None if way.proxy else self._backend,
                proxy=_proxy(way.proxy) if way.proxy else None,
            )
        return self._pools[way]

    def host_of(self, url: str) -> str:
        """The host of an address that may be asked, with the port where it is named.

        Raises:
            FetchError: it may not be asked.
        """
        return self._hosts.check(_parse(url)).netloc.decode("ascii")

    async def fetch(
        self, url: str, *, etag: str | None = None, last_modified: str | None = None
    ) -> Fetched | NotModified:
        """Fetch `url`; after a passing failure of the server or the network, once more.

        Args:
            url: of the image.
            etag: from an earlier `Fetched`: asks only for what has changed since.
            last_modified: likewise.

        Raises:
            FetchError: with the kind and, where there was one, the HTTP status.
        """
        headers = _conditions(etag, last_modified)
        try:
            async with asyncio.timeout(self._limits.deadline_s):
                try:
                    return await self._follow(url, headers)
                except FetchError as error:
                    if not error.passing:
                        raise
                await asyncio.sleep(self._limits.retry_pause_s)
                return await self._follow(url, headers)
        except TimeoutError:
            raise FetchError(
                f"the image was not complete after {self._limits.deadline_s:g} s", kind="image_timeout"
            ) from None

    async def _follow(self, url: str, headers: Headers) -> Fetched | NotModified:
        hop: httpx.URL | str = url
        for _ in range(MAX_REDIRECTS + 1):
            here = self._hosts.check(_parse(hop))
            answer = await self._ask(here, headers)
            if not isinstance(answer, str):
                return answer
            hop = _parse(answer, base=here)
        raise FetchError(f"the image URL redirects more than {MAX_REDIRECTS} times", kind="image_http")

    async def _ask(self, url: httpx.URL, headers: Headers) -> Fetched | NotModified | str:
        """One request; a redirect's target is returned as it was written."""
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            async with self._pool(url).stream(
                "GET",
                target,
                headers=[(b"Host", url.netloc), *_HEADERS, *headers],
                extensions={"timeout": self._timeouts_s},
            ) as response:
                return await self._read(response, url.host, conditional=bool(headers))
        except httpcore.TimeoutException:
            raise FetchError(f"{url.host} does not answer in time", kind="image_timeout", passing=True) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
            raise FetchError(f"no answer from {url.host}: {error}", kind="image_network", passing=True) from None

    async def _read(self, response: httpcore.Response, host: str, *, conditional: bool) -> Fetched | NotModified | str:
        headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        status = response.status
        if status == _OK:
            data = await self._body(response, headers)
            return Fetched(data, _validator(headers, b"etag"), _validator(headers, b"last-modified"))
        if status == _NOT_MODIFIED and conditional:
            await response.aread()
            return NotModified()
        if status in _REDIRECTS and b"location" in headers:
            return headers[b"location"]
        raise FetchError(
            f"{host} answered HTTP {status}",
            kind="image_http",
            status=status,
            passing=status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR,
        )

    async def _body(self, response: httpcore.Response, headers: dict[bytes, str]) -> bytes:
        length = headers.get(b"content-length", "0")
        if length.isdecimal() and int(length) > self._limits.max_bytes:
            raise self._too_large()
        inflate = _decompressor(headers.get(b"content-encoding", "identity"))
        body = bytearray()
        async for chunk in response.aiter_stream():
            try:
                body += inflate.decompress(chunk, self._limits.max_bytes + 1 - len(body)) if inflate else chunk
            except zlib.error as error:
                raise FetchError(f"the answer's compression is damaged: {error}", kind="image_invalid") from None
            if len(body) > self._limits.max_bytes:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> FetchError:
        return FetchError(f"the image is larger than {self._limits.max_bytes:,} bytes", kind="image_too_large")


def _proxy(named: Proxy) -> httpcore.Proxy:
    proxy = httpx.Proxy(named.url)  # takes user and password out of the address
    return httpcore.Proxy(str(proxy.url), proxy.raw_auth, proxy.headers.raw)


def _parse(url: httpx.URL | str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        return base.join(url) if base else httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FetchError(f"refused: the image URL cannot be read ({error})", kind="image_refused") from None


def _conditions(etag: str | None, last_modified: str | None) -> Headers:
    named = ((b"If-None-Match", etag), (b"If-Modified-Since", last_modified))
    return [(name, value.encode("ascii")) for name, value in named if value]


def _validator(headers: dict[bytes, str], name: bytes) -> str | None:
    """A header that may be kept and sent back, else None: it is another's text."""
    value = headers.get(name)
    return value if value and value.isascii() and value.isprintable() and len(value) <= MAX_VALIDATOR_CHARS else None


def _decompressor(encoding: str) -> "zlib._Decompress | None":
    """Undoes the answer's Content-Encoding, which some servers use although none was asked for."""
    if encoding.strip().lower() == "identity":
        return None
    if encoding.strip().lower() in {"gzip", "x-gzip", "deflate"}:
        return zlib.decompressobj(_GZIP_OR_ZLIB)
    raise FetchError(f"the answer has an encoding that nobody asked for: {encoding[:50]!r}", kind="image_http")
