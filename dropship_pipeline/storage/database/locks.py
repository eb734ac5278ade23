"""Only one at a time, over all runs, hosts and processes: Postgres advisory locks, known by their names.

A lock belongs to a connection or to a transaction. When that ends, however it ends, the lock is free again.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, Connection, column, exists, func, literal_column, or_, table, text

from dropship_pipeline.errors import CollectionError, RunRefused
from dropship_pipeline.models import PLATFORMS, Platform
from dropship_pipeline.storage.database.connection import Database

POLL_S = 0.2
_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_TRY_TRANSACTION = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_LOCK_TRANSACTION = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
# A machine that is lost says no good-bye: without this Postgres would keep its locks for two hours.
_NOTICE_A_LOST_MACHINE = text(
    "SELECT set_config('tcp_keepalives_idle', '15', false), set_config('tcp_keepalives_interval', '5', false), "
    "set_config('tcp_keepalives_count', '3', false)"
)
_locks = table("pg_locks", *map(column, ("locktype", "database", "objsubid", "granted")))


class HeldLock:
    """A lock that is held as long as its connection lives."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = database
        self._connection = connection

    def check(self) -> None:
        """Make sure that the lock is still held.

        Raises:
            StorageUnavailable: the connection is lost, and the lock with it.
        """
        with self._database.translate():
            self._connection.execute(text("SELECT 1"))


@contextmanager
def named_lock(
    database: Database, name: str, *, refusal: CollectionError | None = None, wait_s: float = math.inf
) -> Iterator[HeldLock]:
    """Hold the lock of this name while the block runs.

    Args:
        database: where processes that must not meet, meet.
        name: the same for all who must not meet.
        refusal: raised where another holds the lock for all of `wait_s`.
        wait_s: how long to wait for another to free the lock; without end unless given.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    deadline = time.monotonic() + wait_s
    with database.translate():
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with database.translate():
            connection.execute(_NOTICE_A_LOST_MACHINE)
        while not _taken(database, connection, name):
            if refusal is not None and time.monotonic() >= deadline:
                raise refusal
            time.sleep(POLL_S)
        yield HeldLock(database, connection)
    finally:
        connection.invalidate()  # closes it, which frees the lock also where it cannot be asked to
        connection.close()


def _taken(database: Database, connection: Connection, name: str) -> bool:
    with database.translate():
        return bool(connection.execute(_TRY, {"name": name}).scalar_one())


@contextmanager
def platform_lock(database: Database, org_id: str, platform: Platform, *, wait_s: float) -> Iterator[HeldLock]:
    """Be the only worker of an org on a platform while the block runs.

    Raises:
        RunRefused: another worker held the lock for all of `wait_s`.
        StorageUnavailable: Postgres does not answer.
    """
    name = f"dropship:{org_id}:{platform}"
    refusal = RunRefused(
        f"Another worker holds the lock {name} and did not let go within {wait_s:g} s; "
        "wait for the other run to end, then launch again"
    )
    with named_lock(database, name, refusal=refusal, wait_s=wait_s) as lock:
        yield lock


def lock_transaction(connection: Connection, name: str, *, wait: bool = True) -> bool:
    """Hold the lock of this name until the transaction ends; False where another has it and `wait` is off."""
    return connection.execute(_LOCK_TRANSACTION if wait else _TRY_TRANSACTION, {"name": name}).scalar_one() is not False


def platform_lock_is_held(org_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a platform lock of an org is held: a condition for a query, which takes no lock itself."""
    names = [func.concat("dropship:", org_id, f":{platform}") for platform in PLATFORMS]
    # Postgres shows the lock's one number as its two halves, and objsubid 1 says so.
    number: ColumnElement[int] = literal_column("(pg_locks.classid::bigint << 32) | pg_locks.objid::bigint")
    here: ColumnElement[int] = literal_column("(SELECT oid FROM pg_database WHERE datname = current_database())")
    return exists().where(
        _locks.c.locktype == "advisory",
        _locks.c.objsubid == 1,
        _locks.c.granted,
        _locks.c.database == here,
        or_(*(number == func.hashtextextended(name, 0) for name in names)),
    )
