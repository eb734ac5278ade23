"""The connection to Postgres: one pooled engine per process; its loss becomes one of our errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.errors import DiskFull, InsufficientPrivilege, UndefinedColumn, UndefinedTable
from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.libpq import ProgramAccess, parameters, program_access, where, whole

CONNECT_TIMEOUT_S = 10
STATEMENT_TIMEOUT_MS = 30_000
POOL_SIZE = 8
MAX_OVERFLOW = 8

_SESSION = f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}; SET timezone = 'UTC'"
NO_TRANSACTIONS = "statement pooling mode"  # PgBouncer's words
_OLD = "they are missing or old; run `dropship migrate`"
_ADVICE: dict[type[Exception], str] = {
    UndefinedTable: _OLD,
    UndefinedColumn: _OLD,
    InsufficientPrivilege: "permission denied; grant them to the user in DROPSHIP_DATABASE_URL",
}


def driver_url(database_url: str) -> URL:
    """Turn `postgresql://…` into the whole URL of the one driver this project uses (psycopg 3).

    Raises:
        SettingsError: the URL cannot be read or is not Postgres; the URL itself is not repeated, it holds a password.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise SettingsError(
            "DROPSHIP_DATABASE_URL cannot be read: write postgresql://user:password@host:5432/database"
        ) from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise SettingsError(f"DROPSHIP_DATABASE_URL names {url.get_backend_name()}; only PostgreSQL is supported")
    url = whole(url.set(drivername="postgresql+psycopg"))
    try:
        make_conninfo(**parameters(url))
    except psycopg.Error as error:
        raise SettingsError(f"DROPSHIP_DATABASE_URL cannot be used: {error}") from None
    return url


class Database:
    """One engine; use `begin()` for a transaction. Synchronous: call it from a thread in async code.

    Args:
        database_url: `postgresql://user:password@host:port/database`.
        checked: ask each pooled connection whether it still lives before it is used: one round trip more, for a
            process that outlives Postgres.
    """

    def __init__(self, database_url: str, *, checked: bool = False) -> None:
        self._url = driver_url(database_url)
        self.engine = create_engine(
            self._url,
            pool_size=POOL_SIZE,
            max_overflow=MAX_OVERFLOW,
            hide_parameters=True,
            pool_pre_ping=checked,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "dropship"},
        )
        event.listen(self.engine, "connect", _begin_session)
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    def from_settings(cls, settings: Settings, *, checked: bool = False) -> Self:
        """Connect to what the settings name; `checked` as above.

        Raises:
            SettingsError: nothing is named.
        """
        return cls(settings.require_database_url(), checked=checked)

    @property
    def where(self) -> str:
        """Host, port and database, without user or password."""
        return where(self._url)

    @property
    def for_programs(self) -> ProgramAccess:
        """What PostgreSQL's own programs are given to connect to the same database in the same way."""
        return program_access(self._url)

    @contextmanager
    def translate(self) -> Iterator[None]:
        """Turn the loss of the database, or of its tables, into one of our errors."""
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            if NO_TRANSACTIONS in str(error.orig):
                raise self.without_sessions() from None
            if isinstance(error.orig, DiskFull):
                raise StorageUnavailable(f"The disk of Postgres at {self.where} is full: make room on it") from None
            reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
            raise StorageUnavailable(
                f"Postgres at {self.where} does not answer ({reason}); is `dropship up` running, "
                "or DROPSHIP_DATABASE_URL right?"
            ) from None
        except PoolTimeoutError:
            raise StorageUnavailable(
                f"All connections to Postgres at {self.where} are in use; try again in some seconds"
            ) from None
        except ProgrammingError as error:
            advice = next((words for kind, words in _ADVICE.items() if isinstance(error.orig, kind)), None)
            if advice is None:
                raise
            raise SettingsError(f"The tables at {self.where} cannot be used: {advice}") from None

    def without_sessions(self) -> SettingsError:
        """The error to raise where a pooler turns out to keep no sessions."""
        return SettingsError(
            f"Postgres at {self.where} is reached through a pooler that keeps no sessions, so that no lock of a run "
            "would hold: set its pool_mode to session, or name the server itself in DROPSHIP_DATABASE_URL"
        )

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back if it raises. Raises StorageUnavailable."""
        with self.translate(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def autocommit(self) -> Iterator[Connection]:
        """A connection on which each statement is a transaction: one round trip to Postgres instead of three.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        with self.translate(), self._autocommit.connect() as connection:
            yield connection

    def ping(self) -> None:
        """Check that Postgres answers.

        Raises:
            StorageUnavailable: it does not answer.
        """
        with self.begin() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


class OfOrg:
    """Reads or writes rows of one org; `_database` and `_org_id` say where and whose."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id


def storable(text: str) -> str:
    """Text that Postgres can hold: typed text may hold characters that no row can hold; then it matches none."""
    return text.encode(errors="replace").decode().replace("\0", "?")


def _begin_session(connection: psycopg.Connection, _record: object) -> None:
    """Set what every session of ours has; not as options of the connection, which poolers refuse and URLs may hold."""
    autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute(_SESSION)
    connection.autocommit = autocommit
