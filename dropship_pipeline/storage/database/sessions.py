"""Proof that a connection keeps its session. Behind a pooler in transaction mode it does not, and then no lock locks.

Such a pooler gives each transaction whatever connection to Postgres is free: a lock that one worker takes is held by
all of them, and stays when the run is over.
"""

from contextlib import ExitStack

from sqlalchemy import text

from dropship_pipeline.storage.database.connection import Database

# Connections to Postgres that a pooler may have lain by and would hand out before that of the first session.
MOST_OTHERS = 6
_WHO = text("SELECT pg_backend_pid(), clock_timestamp()")
_WHO_SINCE = text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")


def require_sessions(database: Database) -> None:
    """Check that two connections are two sessions of Postgres, and stay so between transactions.

    One session is begun and left idle; then others hold a transaction each. None of them may meet the first one's
    process of the server, until one is served by a process that was started for it; and the first must keep its own.

    Raises:
        SettingsError: they are not; says what to change.
        StorageUnavailable: Postgres does not answer.
    """
    with database.translate(), ExitStack() as opened:
        if not _keeps_sessions(database, opened):
            raise database.without_sessions()


def _keeps_sessions(database: Database, opened: ExitStack) -> bool:
    first = opened.enter_context(database.engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
    process, began = first.execute(_WHO).one()
    for _ in range(MOST_OTHERS):
        met, started = opened.enter_context(database.engine.connect()).execute(_WHO_SINCE).one()
        if met == process:
            return False
        if started > began:
            break
    return bool(first.execute(_WHO).one()[0] == process)
