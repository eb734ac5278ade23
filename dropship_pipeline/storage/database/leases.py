"""Only one process at a time works on a thing that is known by its name; a second one waits for the first."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from dropship_pipeline.storage.database.connection import Database

POLL_S = 1.0
_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")


@contextmanager
def lease(database: Database, name: str) -> Iterator[None]:
    """Hold the lease while the block runs; the end of the process, however it comes, frees it.

    Args:
        database: where processes that must not meet, meet.
        name: of the thing.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    with database.translate():
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        while not _taken(database, connection, name):
            time.sleep(POLL_S)
        yield
    finally:
        connection.invalidate()  # closes it, which frees the lock also where it cannot be asked to
        connection.close()


def _taken(database: Database, connection: Connection, name: str) -> bool:
    with database.translate():
        return bool(connection.execute(_TRY, {"name": f"lease:{name}"}).scalar_one())
