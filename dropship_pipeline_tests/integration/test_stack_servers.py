"""The stack's PostgreSQL and S3 one by one: they keep what they were given, whatever happened before the start."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx
import psycopg
import pytest

from dropship_pipeline.localstack import privileges
from dropship_pipeline.localstack.home import StackError, StackHome
from dropship_pipeline.localstack.postgres import Postgres
from dropship_pipeline.localstack.s3.seaweed import Seaweed
from dropship_pipeline_tests.conftest import LocalServers

Server = TypeVar("Server", Postgres, Seaweed)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[StackHome]:
    home = StackHome(tmp_path / "a folder with spaces")
    with home.lock():
        yield home


@contextmanager
def started(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


def count_rows(postgres: Postgres) -> int:
    with psycopg.connect(postgres.url()) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def write_row(postgres: Postgres) -> None:
    with psycopg.connect(postgres.url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept ()")
        connection.execute("INSERT INTO kept DEFAULT VALUES")


def kill_postgres(postgres: Postgres) -> None:
    assert postgres.child is not None
    os.kill(postgres.child.record.pid, signal.SIGKILL)
    postgres.child.stop(5)


def test_rows_and_url_survive_a_stop_and_a_start(home: StackHome) -> None:
    with started(Postgres(home)) as postgres:
        write_row(postgres)
        url = postgres.url()
    with started(Postgres(home)) as postgres:
        assert postgres.url() == url
        assert count_rows(postgres) == 1


def test_committed_rows_survive_a_killed_server(home: StackHome) -> None:
    with started(Postgres(home)) as postgres:
        write_row(postgres)
        kill_postgres(postgres)
        postgres.start()
        assert count_rows(postgres) == 1


def test_an_interrupted_creation_of_the_cluster_does_not_block_the_next_start(home: StackHome) -> None:
    leftover = home.path / "postgres" / "new-interrupted" / "data"
    leftover.mkdir(parents=True)
    (leftover / "PG_VERSION").write_text("18")
    with started(Postgres(home)) as postgres:
        write_row(postgres)
    assert not leftover.exists()


def test_a_pid_file_that_names_a_living_stranger_neither_blocks_the_start_nor_harms_him(home: StackHome) -> None:
    with started(Postgres(home)) as postgres:
        write_row(postgres)
        kill_postgres(postgres)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        pid_file = home.path / "postgres" / "data" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        with started(Postgres(home)) as postgres:
            assert count_rows(postgres) == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_lost_stack_file_costs_no_rows(home: StackHome) -> None:
    with started(Postgres(home)) as postgres:
        write_row(postgres)
    home.stack_file.unlink()
    home.load()
    with started(Postgres(home)) as postgres:
        assert count_rows(postgres) == 1


def test_a_server_that_a_killed_supervisor_left_behind_is_replaced(home: StackHome) -> None:
    with started(Postgres(home)) as survivor:
        write_row(survivor)
        assert survivor.child is not None
        with started(Postgres(home)) as successor:
            assert survivor.child.exit_code() is not None
            assert count_rows(successor) == 1


def test_a_kept_port_that_somebody_took_meanwhile_is_given_up(home: StackHome) -> None:
    with started(Postgres(home)):
        old = home.state.ports["postgres"]
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the ended server may linger
        squatter.bind(("127.0.0.1", old))
        squatter.listen()
        with started(Postgres(home)) as postgres:
            assert home.state.ports["postgres"] != old
            assert postgres.is_ready()


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(home: StackHome) -> None:
    with pytest.raises(StackError, match="no_such_setting"), started(Postgres(home, options=["no_such_setting=1"])):
        pass


def test_nobody_gets_in_without_the_password(stack: LocalServers) -> None:
    url = stack.database_url.replace(stack.home.secret("postgres_password"), "guess")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url).close()


@pytest.mark.parametrize("server", ["s3", "filer", "volume"])
def test_no_object_is_taken_without_a_key(stack: LocalServers, server: str) -> None:
    url = f"http://127.0.0.1:{stack.home.state.ports[f'seaweed_{server}']}/buckets/dropship/intruder"
    # A server that wants TLS ends the connection, sometimes before its refusal is read.
    with suppress(httpx.ReadError, httpx.RemoteProtocolError):
        assert httpx.put(url, content=b"x", trust_env=False).status_code in (400, 401, 403)
    kept = stack.s3._client.list_objects_v2(Bucket="dropship").get("Contents", [])
    assert "intruder" not in {entry["Key"] for entry in kept}


def test_no_object_is_handed_out_without_a_key(stack: LocalServers) -> None:
    answer = httpx.get(f"{stack.s3_endpoint_url}/dropship-probe/ready", trust_env=False)
    assert answer.status_code == 403


def test_objects_survive_a_killed_store(home: StackHome) -> None:
    with started(Seaweed(home)) as store:
        store._client.put_object(Bucket="dropship", Key="kept", Body=b"bytes")
        assert store.child is not None
        os.kill(store.child.record.pid, signal.SIGKILL)
        store.child.stop(5)
        store.start()
        assert store._client.get_object(Bucket="dropship", Key="kept")["Body"].read() == b"bytes"


def test_no_root_is_needed_and_a_root_who_may_not_use_namespaces_becomes_nobody(
    home: StackHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = privileges._works
    monkeypatch.setattr(privileges, "_works", lambda prefix: prefix[0] != "unshare" and works(prefix))
    privileges.unprivileged.cache_clear()
    try:
        with started(Postgres(home)) as postgres:
            assert postgres.is_ready()
    finally:
        privileges.unprivileged.cache_clear()


def test_an_ordinary_user_can_start_both_servers(home: StackHome) -> None:
    way = privileges.unprivileged()
    privileges.give(home.path, way.owner)
    script = (
        "import os, sys; assert os.geteuid() != 0;"
        "from dropship_pipeline_tests.integration.test_stack_servers import *;"
        "home = StackHome(Path(sys.argv[1])); home.load();\n"
        "with started(Postgres(home)) as postgres: write_row(postgres)\n"
        "with started(Seaweed(home)) as store: assert store.is_ready()\n"
    )
    done = subprocess.run(
        [*way.prefix, sys.executable, "-c", script, str(home.path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
