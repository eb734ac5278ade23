"""Applies the Alembic migrations in `storage/migrations`, and says whether a database has them all."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.storage.database.connection import Database

MIGRATIONS = Path(__file__).parents[1] / "migrations"
# Two stacks or runs that start at once must not both migrate.
MIGRATION_LOCK = 4_627_001


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(database_url: str) -> None:
    """Bring the database to the newest migration; safe to call at once from several processes.

    Raises:
        SettingsError: the tables are those of a newer version.
        StorageUnavailable: Postgres does not answer.
    """
    database = Database(database_url)
    try:
        with database.begin() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            config = _config()
            _refuse_newer(connection, database.where)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.close()


def _refuse_newer(connection: Connection, where: str) -> None:
    revision = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise SettingsError(
            f"The tables at {where} were made by a newer version of dropship (migration {revision}): install that one"
        )


def is_current(database: Database) -> bool:
    """Whether the newest migration is applied.

    Raises:
        SettingsError: the tables are those of a newer version.
        StorageUnavailable: Postgres does not answer.
    """
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.begin() as connection:
        _refuse_newer(connection, database.where)
        return MigrationContext.configure(connection).get_current_revision() == head
