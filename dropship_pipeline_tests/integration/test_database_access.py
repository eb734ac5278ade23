"""Every way to a database: its URL says all of it, to us and to other programs, and locks hold or are refused."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from dropship_pipeline.errors import RunRefused, SettingsError, StorageUnavailable
from dropship_pipeline.storage.database.connection import Database, driver_url
from dropship_pipeline.storage.database.libpq import program_access, where
from dropship_pipeline.storage.database.locks import platform_lock
from dropship_pipeline.storage.database.sessions import require_sessions
from dropship_pipeline_tests.postgres_servers import pooler

TRIES = 20


@contextmanager
def others_at_work(url: str) -> Iterator[None]:
    """Some clients that begin and end transactions all the time, as those of other programs behind the same pooler."""
    over = threading.Event()

    def work() -> None:
        with psycopg.connect(url, prepare_threshold=None) as connection:
            while not over.wait(0.001):
                with suppress(psycopg.errors.UndefinedTable), connection.transaction():
                    connection.execute("SELECT pg_sleep(0.002)")

    clients = [threading.Thread(target=work) for _ in range(4)]
    for client in clients:
        client.start()
    yield
    over.set()
    for client in clients:
        client.join()


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


@pytest.mark.parametrize("busy", [False, True])
def test_a_pooler_in_transaction_mode_is_refused_however_busy_it_is(
    database_url: str, tmp_path: Path, busy: bool
) -> None:
    with pooler(tmp_path / "pooler", database_url, "transaction") as url, ExitStack() as stack:
        if busy:
            stack.enter_context(others_at_work(url))
        for _ in range(TRIES):
            with opened(url) as database, pytest.raises(SettingsError, match="keeps no sessions"):
                require_sessions(database)


@pytest.mark.parametrize("busy", [False, True])
def test_a_pooler_in_session_mode_is_as_good_as_the_server(database_url: str, tmp_path: Path, busy: bool) -> None:
    with pooler(tmp_path / "pooler", database_url, "session") as url, ExitStack() as stack:
        if busy:
            stack.enter_context(others_at_work(url))
        for _ in range(TRIES):
            with opened(url) as database:
                require_sessions(database)
        with (
            opened(url) as one, opened(url) as two, platform_lock(one, "org", "amazon", wait_s=0),
            pytest.raises(RunRefused), platform_lock(two, "org", "amazon", wait_s=0),
        ):  # fmt: skip
            pass
        with opened(database_url) as direct, platform_lock(direct, "org", "amazon", wait_s=5):
            pass  # let go of with its client, although the pooler keeps the connection


def test_a_pooler_in_statement_mode_is_refused_in_the_same_sentence(database_url: str, tmp_path: Path) -> None:
    with pooler(tmp_path / "pooler", database_url, "statement") as url, opened(url) as database:
        with pytest.raises(SettingsError, match="keeps no sessions"):
            require_sessions(database)
        with pytest.raises(SettingsError, match="keeps no sessions"):
            database.ping()


def test_the_server_itself_keeps_sessions_also_where_connections_lie_ready(database_url: str) -> None:
    with opened(database_url) as database:
        with ExitStack() as stack:
            for _ in range(5):
                stack.enter_context(database.engine.connect())
        for _ in range(TRIES):
            require_sessions(database)


@pytest.mark.parametrize(
    ("url", "place", "dbname"),
    [
        ("postgresql://u:p@h/db", "h:5432/db", "host=h dbname=db user=u"),
        ("postgresql://u@/db?host=/run/pg&port=6", "/run/pg:6/db", "dbname=db user=u host=/run/pg port=6"),
        ("postgresql://u@/db?host=a:1&host=b:2", "a:1,b:2/db", "dbname=db user=u host=a,b port=1,2"),
        ("postgresql:///db", "local socket:5432/db", "dbname=db"),
        ("postgresql://?service=prod", "service prod", "service=prod"),
        (
            "postgresql://u:p@h:7/db?sslmode=verify-full&sslrootcert=/ca.pem&options=-csearch_path%3Dx",
            "h:7/db",
            "host=h dbname=db user=u port=7 sslmode=verify-full sslrootcert=/ca.pem options=-csearch_path=x",
        ),
        ("postgresql://u:p@[::1]:5/db?keepalives=0", "::1:5/db", "host=::1 dbname=db user=u port=5 keepalives=0"),
    ],
)
def test_a_url_says_the_same_to_us_to_programs_and_to_people(
    monkeypatch: pytest.MonkeyPatch, url: str, place: str, dbname: str
) -> None:
    for name in ("PGHOST", "PGPORT"):
        monkeypatch.delenv(name, raising=False)
    whole = driver_url(url)
    assert where(whole) == place
    assert program_access(whole).database == dbname
    assert program_access(whole).environment == ({"PGPASSWORD": "p"} if ":p@" in url else {})


@pytest.mark.parametrize("url", ["postgresql://h/db?sslmod=require", "postgresql://h:port/db", "mysql://h/db", "h"])
def test_a_url_that_cannot_be_used_is_one_sentence_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="DROPSHIP_DATABASE_URL"):
        driver_url(url.replace("h", "u:secret@h", 1))


def test_options_in_a_url_are_heard_beside_our_own(database_url: str) -> None:
    with opened(f"{database_url}&options=-c%20work_mem%3D5MB") as database, database.begin() as connection:
        shown = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("work_mem", "timezone")]
        assert shown == ["5MB", "UTC"]
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar() == "30s"


def test_a_socket_that_nobody_listens_at_is_named_in_the_message() -> None:
    with opened("postgresql://u@/db?host=/nowhere") as database, pytest.raises(StorageUnavailable) as away:
        database.ping()
    assert "/nowhere:5432/db" in str(away.value)
    assert "None" not in str(away.value)
