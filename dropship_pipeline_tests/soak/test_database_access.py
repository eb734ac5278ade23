"""Whole runs, backups and restores on a server that takes TLS only, and through a real pooler."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.postgres_servers import pooler, tls_postgres
from dropship_pipeline_tests.soak.compare import assert_same_rows
from dropship_pipeline_tests.soak.kills import RUN_S, Home, control, sandbox

pytestmark = pytest.mark.soak


@pytest.fixture
def home(stack: LocalServers, database_url: str, bucket: str, tmp_path: Path) -> Iterator[Home]:
    with sandbox(tmp_path) as url:
        yield Home(stack, url, tmp_path, database_url, bucket)


def dropship(home: Home, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "dropship_pipeline.cli", *arguments],
        env=home.environment(), cwd=home.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_run_a_backup_and_a_restore_on_a_server_that_takes_tls_only(
    home: Home, stack: LocalServers, tmp_path: Path
) -> None:
    with tls_postgres(tmp_path / "tls") as server:
        for name in ("one", "two"):
            server.create_database(name)
        home.database_url = server.url("one")
        upgrade(home.database_url)
        home.run_to_the_end("job")
        done = dropship(home, "backup", str(tmp_path / "backup"))
        assert done.returncode == 0, done.stderr

        (tmp_path / "elsewhere").mkdir()
        checked = server.url("two", f"sslmode=verify-full&sslrootcert={server.certificate}")
        elsewhere = Home(stack, home.sandbox_url, tmp_path / "elsewhere", checked, "restored-tls")
        stack.create_bucket("restored-tls")
        done = dropship(elsewhere, "restore", str(tmp_path / "backup"))
        assert done.returncode == 0, done.stderr
        assert_same_rows(elsewhere.tables(), home.tables())

        home.database_url = server.url("one", "sslmode=disable")
        refused = dropship(home, "backup", str(tmp_path / "other"))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "None" not in refused.stderr


def test_a_run_through_a_pooler_in_session_mode_ends_well(home: Home, database_url: str, tmp_path: Path) -> None:
    with pooler(tmp_path / "pooler", database_url, "session") as home.database_url:
        home.run_to_the_end("job")
    home.database_url = database_url
    assert home.states() == ["completed"]
    assert held_locks(database_url) == 0


def test_a_run_through_a_pooler_in_transaction_mode_is_refused_before_it_pays(
    home: Home, database_url: str, tmp_path: Path
) -> None:
    with pooler(tmp_path / "pooler", database_url, "transaction") as home.database_url:
        assert home.start("job").wait(RUN_S) == 1
        said = dropship(home, "doctor").stdout
    assert re.search("WRONG +postgres .*keeps no sessions", said)
    assert "keeps no sessions" in home.logs[-1].read_text(encoding="utf-8")
    counts = control(home.sandbox_url, "GET")
    assert [counts[provider]["charged"] for provider in ("rainforest", "scraperapi")] == [0, 0]
    home.database_url = database_url
    assert home.states() == ["failed"]
    assert held_locks(database_url) == 0


def held_locks(database_url: str) -> int:
    """Advisory locks that somebody holds on the database."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        ).fetchone()
    assert row is not None
    return int(row[0])
