"""Limits the hosts and addresses that images are fetched from, whatever URL a marketplace's answer holds.

Two independent checks: the URL's host must be on the list (`AllowedHosts`), and the address that it resolves
to must be a public one (`GuardedBackend`, which then connects to that very address, so that no second look-up
can differ from the first).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import httpcore
import httpx

from dropship_pipeline.errors import CollectionError, SettingsError

Resolver = Callable[[str, int], Awaitable[list[str]]]

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_GLOBAL_UNICAST_V6 = ipaddress.ip_network("2000::/3")
# IPv6 that carries an IPv4 address inside. NAT64 is judged by that address, as IPv6-only networks reach
# every IPv4 host through it; Teredo and 6to4 are refused.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_TUNNELS = (ipaddress.ip_network("2001::/32"), ipaddress.ip_network("2002::/16"))


class FetchError(CollectionError):
    """An image could not or may not be fetched.

    Args:
        message: what happened; names the host, never user or password of a URL.
        kind: `image_refused`, `image_http`, `image_network`, `image_timeout`, `image_too_large` or
            `image_invalid`.
        status: HTTP status, if there was one.
        passing: True if the same request may succeed a moment later.
    """

    def __init__(self, message: str, *, kind: str, status: int | None = None, passing: bool = False) -> None:
        super().__init__(message)
        self.kind = kind  # type: ignore[misc]  # per instance on purpose, as in StoreError
        self.status = status
        self.passing = passing


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that may be asked, each with one port, or with None for the default ports.

    A loopback host without a port is allowed on every port: a person who names it means a server of their own.
    """

    entries: frozenset[tuple[str, int | None]]

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Self:
        """Read entries of the forms `name` and `name:port`, IPv6 literals in brackets.

        Raises:
            SettingsError: an entry is neither.
        """
        return cls(frozenset(_parse_entry(entry) for entry in entries))

    def check(self, url: httpx.URL) -> httpx.URL:
        """The URL with its host in canonical form.

        Raises:
            FetchError: `image_refused`: not HTTP, with a user, or its host or port is not on the list.
        """
        if url.scheme not in _DEFAULT_PORTS:
            raise FetchError(f"refused: an image URL must be http or https, not {url.scheme!r}", kind="image_refused")
        if url.userinfo:
            raise FetchError(f"refused: user or password in the image URL at {url.host!r}", kind="image_refused")
        host, port = _canonical(url.raw_host.decode("ascii")), url.port or _DEFAULT_PORTS[url.scheme]
        any_port = is_loopback_name(host) or port == _DEFAULT_PORTS[url.scheme]
        if (host, port) not in self.entries and not (any_port and (host, None) in self.entries):
            raise FetchError(f"refused: {host}:{port} is not in DROPSHIP_IMAGE_HOSTS", kind="image_refused")
        return url if host == url.host else url.copy_with(host=host)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves and judges a host's addresses, then has `inner` connect to one of them by number.

    Args:
        resolve: host and port -> addresses.
    """

    def __init__(self, resolve: Resolver, inner: httpcore.AsyncNetworkBackend) -> None:
        self._resolve = resolve
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers.

        Raises:
            FetchError: one of the host's addresses is not allowed.
            httpcore.ConnectError: it does not resolve, or no address answers.
            httpcore.ConnectTimeout: no address answers in time.
        """
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._addresses(host, port):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = [host] if _as_ip(host) else await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from None
        allowed = is_loopback if is_loopback_name(host) else is_public
        for address in addresses:
            if not allowed(address):
                raise FetchError(f"refused: {host} leads to the address {address}", kind="image_refused")
        return addresses


async def system_resolver(host: str, port: int) -> list[str]:
    """Ask the operating system, in a thread of its own."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """True for a unicast address of the public Internet; False also for what is no address."""
    ip = _as_ip(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)))
        return ip in _GLOBAL_UNICAST_V6 and ip.is_global and not any(ip in tunnel for tunnel in _TUNNELS)
    return ip is not None and ip.is_global and not ip.is_multicast and not ip.is_reserved


def is_loopback(address: str) -> bool:
    """True for 127.0.0.0/8 and ::1 themselves, in no disguise."""
    ip = _as_ip(address)
    return ip is not None and any(ip in network for network in _LOOPBACK)


def is_loopback_name(host: str) -> bool:
    """True for `localhost` and loopback literals."""
    return host == "localhost" or is_loopback(host)


def _as_ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _canonical(host: str) -> str:
    name = host.lower().removesuffix(".")
    ip = _as_ip(name)
    return str(ip) if ip else name


def _parse_entry(entry: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{entry}")
        port = parts.port
        host = httpx.URL(f"http://{entry}").raw_host.decode("ascii")
    except (ValueError, httpx.InvalidURL):
        host = ""
    if not host or parts.netloc != entry or "@" in entry:
        raise SettingsError(f"DROPSHIP_IMAGE_HOSTS: {entry!r} is neither `host` nor `host:port`") from None
    return _canonical(host), port
