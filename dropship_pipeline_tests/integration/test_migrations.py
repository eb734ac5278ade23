"""The migrations make exactly the tables that the code speaks of."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.migrate import is_current, upgrade
from dropship_pipeline.storage.database.tables import metadata
from dropship_pipeline_tests.conftest import LocalServers


def test_tables_in_code_and_in_migrations_do_not_drift_apart(database: Database) -> None:
    with database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_four_processes_that_start_at_once_do_not_trip_over_each_other_migrating(stack: LocalServers) -> None:
    url = stack.create_database("migrated_at_once")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, [url] * 4))
    database = Database(url)
    assert is_current(database)
    database.close()


def test_an_unmigrated_database_is_not_taken_for_a_current_one(stack: LocalServers) -> None:
    database = Database(stack.create_database("not_migrated"))
    assert not is_current(database)
    database.close()


def test_a_database_that_does_not_answer_is_said_without_its_password() -> None:
    database = Database("postgresql://me:hunter2@127.0.0.1:1/nowhere")
    with pytest.raises(StorageUnavailable, match="dropship up") as failure:
        database.ping()
    assert "hunter2" not in repr(failure.value)
    assert failure.value.__suppress_context__


@pytest.mark.parametrize("url", ["not a url", "mysql://user:hunter2@host/db"])
def test_a_url_that_is_not_postgres_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError, match="DROPSHIP_DATABASE_URL") as failure:
        Database(url)
    assert "hunter2" not in str(failure.value)
