"""Variables that other programs leave in a shell and that once stopped the local stack, and a proxy that listens."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

POSTGRES = {
    "PGSSLMODE": "require", "PGSERVICE": "nowhere", "PGHOSTADDR": "10.1.2.3", "PGOPTIONS": "-c no_such_setting=1",
    "PGSSLNEGOTIATION": "direct", "PGREQUIREAUTH": "md5", "PGTARGETSESSIONATTRS": "standby", "PGCONNECT_TIMEOUT": "x",
    "PGPORT": "1", "PGSSLROOTCERT": "/missing.pem",
}  # fmt: skip
AWS = {
    "AWS_PROFILE": "missing", "AWS_ACCESS_KEY_ID": "AKIASOMEBODY", "AWS_SECRET_ACCESS_KEY": "somebody",
    "AWS_SESSION_TOKEN": "somebody", "AWS_CONFIG_FILE": "/etc/passwd", "AWS_CA_BUNDLE": "/missing.pem",
    "AWS_USE_FIPS_ENDPOINT": "true", "AWS_DEFAULTS_MODE": "nonsense", "AWS_ENDPOINT_URL": "http://10.1.2.3",
    "AWS_ENDPOINT_URL_S3": "http://10.1.2.3", "AWS_DEFAULT_REGION": "nowhere-1", "AWS_MAX_ATTEMPTS": "x",
}  # fmt: skip
CERTIFICATES = dict.fromkeys(("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"), "/missing.pem")
SOCKS = {"ALL_PROXY": "socks5://127.0.0.1:1080", "NO_PROXY": "localhost,[::1]"}


class _Proxy(socketserver.StreamRequestHandler):
    """Writes down who asks and refuses, as a company's proxy that cannot know this machine's loopback."""

    def handle(self) -> None:
        self.server.asked.append(self.rfile.readline().decode("latin-1"))  # type: ignore[attr-defined]
        self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy's address and the first line of every request that it gets."""
    with _Server(("127.0.0.1", 0), _Proxy) as server:
        asked: list[str] = []
        server.asked = asked  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def proxies(url: str) -> dict[str, str]:
    """Every variable by which a program may be told of a proxy."""
    names = [f"{scheme}_proxy" for scheme in ("http", "https", "all", "grpc")]
    return dict.fromkeys((*names, *map(str.upper, names)), url)
