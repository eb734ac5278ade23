"""What somebody gets who has not logged in: little, of bounded size, and nothing that stays on the server."""

import http.client
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from dropship_pipeline_tests.admin_server import admin_server
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.ports import free_port

VISITS = 3_000
PATHS = ("/", "/login", "/login?next=/sellers", "/sellers", "/nowhere", "/_nicegui/x", "/_nicegui_ws/socket.io/",
         "/login/once/guess", "/api/collection/runs", "/static/app.css", "/livez", "/favicon.ico")  # fmt: skip
# What an allocator keeps of the first visits, and no more with each further one.
MAX_GROWTH = 24 * 1024 * 1024


def environment(stack: LocalServers, database_url: str) -> dict[str, str]:
    return {
        "DROPSHIP_DATABASE_URL": database_url, "DROPSHIP_S3_ENDPOINT_URL": stack.s3_endpoint_url,
        "DROPSHIP_S3_BUCKET": "none", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
        "DROPSHIP_DAGSTER_URL": "http://127.0.0.1:9", "DROPSHIP_SANDBOX_URL": "http://127.0.0.1:9",
        "DROPSHIP_HOME": str(stack.home.path / "before"),
    }  # fmt: skip


@pytest.fixture(scope="module")
def server(stack: LocalServers, _migrated_template: str) -> Iterator[tuple[psutil.Process, str]]:
    database_url = stack.create_database("before_login", _migrated_template)
    with admin_server(environment(stack, database_url)) as served:
        yield served
    stack.drop_database("before_login")


def visit(url: str, number: int) -> None:
    with httpx.Client(base_url=url, trust_env=False) as client:
        for turn in range(number):
            client.get(PATHS[turn % len(PATHS)], headers={"Accept": "text/html"})


def test_three_thousand_visits_of_strangers_leave_nothing_behind(server: tuple[psutil.Process, str]) -> None:
    process, url = server
    visit(url, 300)
    before = process.memory_info().rss
    visit(url, VISITS)
    assert process.memory_info().rss - before < MAX_GROWTH


def test_headers_without_end_are_cut(server: tuple[psutil.Process, str]) -> None:
    process, url = server
    where = urlsplit(url)
    before = process.memory_info().rss
    sent = 0
    with socket.create_connection((str(where.hostname), int(where.port or 0)), timeout=20) as connection:
        connection.sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        try:
            while sent < 50_000_000:
                connection.sendall(b"X-Long: " + b"a" * 10_000 + b"\r\n")
                sent += 10_000
            answer = connection.recv(100)
        except OSError:
            answer = b""
    assert sent < 50_000_000 or answer.startswith(b"HTTP/1.1 4")
    assert process.memory_info().rss - before < MAX_GROWTH


@pytest.mark.parametrize("path", ["/login", "/login/once/x", "/logout", "/api/collection/start"])
def test_a_body_without_end_is_cut(server: tuple[psutil.Process, str], path: str) -> None:
    _, url = server
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        while sent < 40_000_000:
            sent += 100_000
            yield b"token=" + b"a" * 100_000

    try:
        headers = {"Origin": url, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", path, body=pieces(), headers=headers, encode_chunked=True)
        status = connection.getresponse().status
    except OSError:
        status = 413
    finally:
        connection.close()
    assert status in (303, 400, 401, 413, 422)
    assert sent < 20_000_000, "the server took it all"


def test_a_stranger_is_told_the_address_of_no_server(tmp_path: Path, stack: LocalServers) -> None:
    port = free_port()
    away = environment(stack, f"postgresql://somebody:a-password@127.0.0.1:{port}/a-database")
    with admin_server(away, tmp_path / "log") as (_, url), httpx.Client(base_url=url, trust_env=False) as client:
        answers = [client.get(path, headers={"Authorization": "Bearer dsp_x"}) for path in PATHS]
        answers += [client.post("/login", data={"token": "dsp_guess"}, headers={"Origin": url})]
        answers += [client.post("/login/once/guess", headers={"Origin": url})]
    assert {503} <= {answer.status_code for answer in answers}
    for answer in answers:
        told = answer.text + repr(answer.headers)
        assert not [word for word in (str(port), "somebody", "a-database", "Postgres") if word in told], answer.url
        assert "server" not in answer.headers
    assert str(port) in (tmp_path / "log").read_text()
