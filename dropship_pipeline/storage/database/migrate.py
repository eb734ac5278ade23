"""Applies the Alembic migrations in `storage/migrations`, and says whether a database has them all."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

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
        StorageUnavailable: Postgres does not answer.
    """
    database = Database(database_url)
    try:
        with database.begin() as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.close()


def is_current(database: Database) -> bool:
    """Whether the newest migration is applied.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with database.begin() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
