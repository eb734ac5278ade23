"""Proof that a connection keeps its session. Behind a pooler in transaction mode it does not, and then no lock locks.

Such a pooler gives each transaction whatever connection to Postgres is free: a lock that one worker takes is held by
all of them, and stays when the run is over.
"""

from contextlib import ExitStack

from sqlalchemy import Connection, text

from dropship_pipeline.storage.database.connection import Database

# Looks at a pooler that is busy with others' work: a single one may meet the same connection twice by chance.
LOOKS_THROUGH_A_POOLER = 50
LOOKS = 2
_WHO = text("SELECT pg_backend_pid()")


def require_sessions(database: Database) -> None:
    """Check that two connections are two sessions of Postgres, and stay so between transactions.

    Each is to be served by the same process of the server all the time, and no process is to serve both. A pooler is
    known by the number that it gave when the connection was opened, which is of its own making; then it is looked at
    many times, since it may be busy with others' work and give the same process back by chance.

    Raises:
        SettingsError: they are not; says what to change.
        StorageUnavailable: Postgres does not answer.
    """
    with database.translate(), ExitStack() as opened:
        idle = opened.enter_context(database.engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
        busy = opened.enter_context(database.engine.connect())
        if not _keep_sessions(idle, busy):
            raise database.without_sessions()


def _keep_sessions(idle: Connection, busy: Connection) -> bool:
    of_idle = _process(idle)
    of_busy: int | None = None
    direct = _announced(idle) == of_idle
    for _ in range(LOOKS if direct else LOOKS_THROUGH_A_POOLER):
        met = _process(busy)  # begins a transaction, which holds its process until the rollback
        if met == of_idle or of_busy not in (None, met) or _process(idle) != of_idle:
            return False
        of_busy = met
        busy.rollback()
    return True


def _process(connection: Connection) -> int:
    return int(connection.execute(_WHO).scalar_one())


def _announced(connection: Connection) -> int:
    """The number of the server's process as it was said when the connection was opened."""
    driver = connection.connection.driver_connection
    return int(driver.info.backend_pid) if driver is not None else 0
