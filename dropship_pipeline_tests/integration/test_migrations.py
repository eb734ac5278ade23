"""The migrations make exactly the tables that the code speaks of."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.migrate import is_current, upgrade
from dropship_pipeline.storage.database.tables import metadata
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing


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


def test_tables_of_a_newer_version_are_named_as_such_and_left_alone(database_url: str, database: Database) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for look in (lambda: upgrade(database_url), lambda: is_current(database)):
        with pytest.raises(SettingsError, match=r"newer version of dropship \(migration 9999\)"):
            look()


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


def test_the_view_of_items_has_the_names_that_programs_know(database: Database, records: RunRecords) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "Shop")
    add_job_product(database)
    add_listing(database, run_id, seller_id)
    add_listing(database, run_id, None, asin="A2", item_id="2")
    with database.begin() as connection:
        rows = connection.execute(text("SELECT * FROM collection_item_details ORDER BY amazon_asin")).mappings().all()
    assert {
        "amazon_asin": "A1", "product_title": "Lamp A1", "amazon_price_cents": 2_000, "amazon_category": "Lamps",
        "seller_name": "Shop", "ebay_item_id": "1", "ebay_price_cents": 2_150,
        "ebay_listing_url": "https://www.ebay.com/itm/1", "run_id": run_id,
    }.items() <= dict(rows[0]).items()  # fmt: skip
    assert (rows[1]["product_title"], rows[1]["amazon_category"], rows[1]["seller_name"]) == (None, None, None)
