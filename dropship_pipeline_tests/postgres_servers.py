"""Debian's PostgreSQL that takes nothing but TLS, and its PgBouncer before a server of ours: what deployments have."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from sqlalchemy import make_url

from dropship_pipeline.localstack.privileges import give, unprivileged
from dropship_pipeline.localstack.processes import Child, server_environment, wait_until
from dropship_pipeline_tests.ports import free_port

PASSWORD = "of the tests"
START_S = 60
PoolMode = Literal["session", "transaction", "statement"]


def program(name: str, package: str) -> str:
    """Where a program of a Debian package is; skips the test without it, but not in CI."""
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(newest[-1]) if newest else shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        assert "CI" not in os.environ, f"{name} is missing: install Debian's {package}"
        pytest.skip(f"{name} is missing: install Debian's {package}")
    return found


@dataclass(frozen=True)
class TlsPostgres:
    """A server that takes connections over TLS only, and the certificate that it shows."""

    port: int
    certificate: Path

    def url(self, database: str = "postgres", query: str = "sslmode=require") -> str:
        user = f"dropship:{PASSWORD.replace(' ', '%20')}"
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}?{query}"

    def create_database(self, name: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())


@contextmanager
def tls_postgres(folder: Path) -> Iterator[TlsPostgres]:
    """Start one with a self-made certificate."""
    initdb, postgres = program("initdb", "postgresql"), program("postgres", "postgresql")
    folder.mkdir(mode=0o700)
    certificate, key, data = folder / "server.pem", folder / "server.key", folder / "data"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    key.chmod(0o600)
    (folder / "password").write_text(PASSWORD, encoding="ascii")
    give(folder, unprivileged().owner)
    authentication = ["-U", "dropship", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "-E", "UTF8"]
    subprocess.run(
        [*unprivileged().prefix, initdb, "-D", str(data), *authentication],
        env=server_environment(), cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    (data / "pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 scram-sha-256\n", encoding="ascii")
    server = TlsPostgres(free_port(), certificate)
    settings = {
        "listen_addresses": "127.0.0.1", "port": server.port, "unix_socket_directories": "", "fsync": "off",
        "ssl": "on", "ssl_cert_file": certificate, "ssl_key_file": key,
    }  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with _running([postgres, "-D", str(data), *options], folder, server.url()):
        yield server


@contextmanager
def pooler(folder: Path, database_url: str, mode: PoolMode, *, pool_size: int = 60) -> Iterator[str]:
    """PgBouncer before the server of `database_url`; gives the URL by which the same database is reached through it."""
    bouncer = program("pgbouncer", "pgbouncer")
    url, port = make_url(database_url), free_port()
    folder.mkdir(mode=0o700)
    (folder / "users.txt").write_text(f'"{url.username}" "{url.password}"\n', encoding="ascii")
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
* = host=127.0.0.1 port={url.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder / "users.txt"}
pool_mode = {mode}
default_pool_size = {pool_size}
max_client_conn = 500
""",
        encoding="ascii",
    )
    give(folder, unprivileged().owner)
    through = url.set(port=port, query={}).render_as_string(hide_password=False)
    with _running([bouncer, str(folder / "pgbouncer.ini")], folder, through):
        yield through


@contextmanager
def _running(argv: list[str], folder: Path, url: str) -> Iterator[None]:
    log = folder / "log"
    child = Child(argv, prefix=unprivileged().prefix, log=log, cwd=folder, environment=server_environment())
    try:
        assert wait_until(lambda: child.exit_code() is not None or _answers(url), START_S), log.read_text()
        assert child.exit_code() is None, log.read_text()
        yield
    finally:
        child.stop(10)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
