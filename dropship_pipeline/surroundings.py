"""What the shell says of the network: proxies and certificate authorities, read by us and not behind our back.

HTTP libraries read these variables by themselves, ask loopback through a proxy and fail in the middle of a run. So each
client of ours is told its route; what cannot be used is one sentence that names the variable. Settings of our own are
in `settings`.
"""

import ipaddress
import os
import ssl
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from dropship_pipeline.errors import SettingsError

CA_FILE, CA_FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"
S3_CA_FILES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
_PROXY_FORM = "write http://host:port, or name the address in NO_PROXY"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and the variable that names it. `url` may hold a password: show `variable`, never `url`."""

    variable: str
    url: str

    def __repr__(self) -> str:
        return f"Proxy({self.variable})"


@dataclass(frozen=True, slots=True)
class Route:
    """How an address is reached; give both to an `httpx` client together with `trust_env=False`.

    Args:
        proxy: None for the straight way.
        verify: the certificate authorities for https; True for the usual ones.
    """

    proxy: Proxy | None
    verify: ssl.SSLContext | bool

    @property
    def proxy_url(self) -> str | None:
        """What `httpx` calls `proxy`."""
        return self.proxy.url if self.proxy else None

    @property
    def words(self) -> str:
        """How a message says it."""
        return f" through the proxy of {self.proxy.variable}" if self.proxy else ""


def route(url: str) -> Route:
    """How `url` is reached from here; nothing of the shell has a say about loopback.

    Raises:
        SettingsError: the proxy or the certificate authorities that the shell names cannot be used.
    """
    if is_loopback(url):
        return Route(None, verify=True)
    return Route(proxy_of(url), verify=_authorities() if url.startswith("https:") else True)


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine by `localhost` or a loopback address."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    address = _address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def proxy_of(url: str, *, socks: bool = True) -> Proxy | None:
    """The proxy that the shell names for `url`, None for none, for loopback, and where NO_PROXY names the host.

    Args:
        url: http or https.
        socks: whether the client could use a SOCKS proxy, where the library for it is installed.

    Raises:
        SettingsError: it cannot be used.
    """
    parts = urlsplit(url)
    if is_loopback(url) or _is_excepted(parts):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            if variable in os.environ:
                value = os.environ[variable].strip()
                if value:
                    return Proxy(variable, _checked(variable, value, socks=socks))
                break  # an empty one in lower case takes back the other, as curl has it
    return None


def _checked(variable: str, value: str, *, socks: bool) -> str:
    """The proxy's address in the form that clients take. Never repeats it: it may hold a password."""
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and not any(map(str.isspace, url))
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{variable} is no address of a proxy: {_PROXY_FORM}")
    if parts.scheme in _SOCKS and not (socks and parts.scheme.startswith("socks5") and find_spec("socksio")):
        raise SettingsError(f"{variable} names a SOCKS proxy, which cannot be used here: {_PROXY_FORM}")
    if parts.scheme not in (*_DEFAULT_PORTS, *_SOCKS):
        raise SettingsError(f"{variable} names a proxy of the unknown kind {parts.scheme!r}: {_PROXY_FORM}")
    return url


def _is_excepted(parts: SplitResult) -> bool:
    listed = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    host, port = (parts.hostname or "").rstrip("."), parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return any(_covers(entry.lower(), host, port) for entry in listed.replace(",", " ").split())


def _covers(entry: str, host: str, port: int | None) -> bool:
    """Whether an entry of NO_PROXY means the host: `*`, a name, `.name`, an address, a network, each with a port."""
    if entry == "*":
        return True
    name, _, after = entry.rpartition(":")
    if name and after.isdecimal() and (":" not in name or name.endswith("]")):
        if int(after) != port:
            return False
        entry = name
    entry, address = entry.strip("[]"), _address(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    entry = entry.removeprefix("*").strip(".")
    return bool(entry) and (host == entry or host.endswith(f".{entry}"))


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _authorities() -> ssl.SSLContext | bool:
    """The certificate authorities that SSL_CERT_FILE or SSL_CERT_DIR names, True for the usual ones."""
    file, folder = (os.environ.get(name, "").strip() for name in (CA_FILE, CA_FOLDER))
    if file:
        return _context(CA_FILE, file)
    if folder:
        if not Path(folder).is_dir():
            raise SettingsError(f"{CA_FOLDER} names {folder}, which is no folder: unset it, or name one")
        return _from_folder(folder)
    return True


def check_s3_authorities() -> None:
    """Check the file of certificate authorities that the S3 client is going to read for an https endpoint.

    Raises:
        SettingsError: it cannot be read.
    """
    for variable in S3_CA_FILES:
        if value := os.environ.get(variable, "").strip():
            _context(variable, value)
            return


# Kept: whoever fetches a thousand pictures asks a thousand times.
@cache
def _from_folder(folder: str) -> ssl.SSLContext:
    return ssl.create_default_context(capath=folder)


@cache
def _context(variable: str, file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as error:  # also what the file holds: an SSLError is one
        reason = error.strerror if not isinstance(error, ssl.SSLError) else "it holds no certificate"
        raise SettingsError(
            f"{variable} names {file}, which cannot be used ({reason}): unset it, or name a file of PEM certificates"
        ) from None
