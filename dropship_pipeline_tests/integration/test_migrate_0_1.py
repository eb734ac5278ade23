"""The database of a release 0.1 that was in use migrates without loss, and its runs are read and gone on with.

The dump was made by `snapshots/dump.py` with that release: both jobs on sandbox data, one run that ended for its
budget, a schedule and a token.
"""

import gzip
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from dagster import validate_run_config
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from dropship_pipeline.definitions import defs
from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.api_client import FakeDagster, client_of, fake_app, make_token
from dropship_pipeline_tests.integration.cli_runner import open_cli
from dropship_pipeline_tests.snapshots.compare import RELEASE
from dropship_pipeline_tests.snapshots.dump import RUNS, program

DUMP = RELEASE / "database.sql.gz"
# What no run of two minutes leaves: a run that a kill ended, as the next look at its record would have settled it, and
# a row in each table that only failures, logins and starts through the API fill.
MORE = """
    UPDATE collection_runs SET status = 'failed' WHERE job_id = 'products-march';
    INSERT INTO alerts (org_id, run_id, event, payload) SELECT org_id, id, 'failed', '{"text": "failed"}'
        FROM collection_runs WHERE job_id = 'products-march';
    INSERT INTO launch_keys (org_id, key, request_hash, run_id) SELECT org_id, 'a key', repeat('a', 64), id
        FROM collection_runs WHERE job_id = 'sellers-march';
    INSERT INTO ended_sessions (session, expires_at) VALUES (repeat('b', 64), '2100-01-01');
    INSERT INTO login_links (link_hash, token_id, expires_at) SELECT repeat('c', 64), id, '2100-01-01' FROM api_tokens;
    INSERT INTO stale_sellers (org_id, seller_id) SELECT org_id, min(id) FROM sellers GROUP BY org_id;
"""
VERSION_TABLE = "alembic_version"
Rows = Mapping[str, list[dict[str, Any]]]


def everything(database_url: str) -> Rows:
    """Table → its rows, but for the table that says how far migrations got."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            table: connection.execute(SQL("SELECT * FROM {}").format(Identifier(table))).fetchall()
            for table in sorted(row["tablename"] for row in tables)
            if table != VERSION_TABLE
        }


# What release 0.1 wrote into a run for its whole job.
OWN_FIGURES = {"credits_used", "products_checked", "sellers_found", "new_sellers"}


def execute(database_url: str, statement: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="module")
def old(stack: LocalServers) -> Iterator[tuple[str, Rows]]:
    """A database as release 0.1 left it, and its rows before and after nothing but `dropship migrate`."""
    name = "release_0_1"
    url = stack.create_database(name)
    restoring = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url]
    subprocess.run(restoring, input=gzip.decompress(DUMP.read_bytes()), check=True, stdout=subprocess.DEVNULL)
    execute(url, MORE)
    rows = everything(url)
    upgrade(url)
    yield url, rows
    stack.drop_database(name)


def test_every_table_of_the_old_release_has_rows_to_lose(old: tuple[str, Rows]) -> None:
    assert [table for table, rows in old[1].items() if not rows] == []
    assert len(old[1]["collection_runs"]) == len(RUNS)


def test_no_row_and_no_value_is_lost(old: tuple[str, Rows]) -> None:
    url, before = old
    after = everything(url)
    for table, rows in before.items():
        same = rows[0].keys() - (OWN_FIGURES if table == "collection_runs" else set())
        kept = [{name: row[name] for name in same & row.keys()} for row in after[table]]
        wanted = [{name: row[name] for name in kept[0]} for row in rows] if rows else []
        for row in wanted if table == "sellers" else ():
            listed = [source.partition(":") for source in row["source_products"]]
            row["source_products"] = [asin for platform, _, asin in listed if platform == "amazon"]
        for row in kept if table == "sellers" else ():
            row["source_products"] = [product["asin"] for product in row["source_products"]]
        assert sorted(map(repr, map(sorted_items, kept))) == sorted(map(repr, map(sorted_items, wanted))), table


def test_the_figures_of_a_run_become_its_own_and_add_up_to_those_of_its_job(old: tuple[str, Rows]) -> None:
    after = everything(old[0])
    for job_id in {run["job_id"] for run in after["collection_runs"]}:
        runs = [run for run in after["collection_runs"] if run["job_id"] == job_id]
        booked = sum(call["credits"] or 0 for call in after["api_calls"] if call["job_id"] == job_id)
        told = [run["credits_used"] for run in old[1]["collection_runs"] if run["job_id"] == job_id]
        assert sum(run["credits_used"] for run in runs) == max(booked, *told, 0)
        assert min(run["credits_used"] for run in runs) >= 0
        assert [run["sellers_found"] for run in runs] == [
            sum(seen["run_id"] == run["id"] for seen in after["seller_runs"]) for run in runs
        ]


def test_each_product_has_the_price_of_the_job_that_stored_it_last(old: tuple[str, Rows]) -> None:
    after, names = everything(old[0]), ("org_id", "platform", "product_id", "price_cents", "currency")
    known = [(*(row[name] for name in names), row["last_job_id"], row["last_seen_at"]) for row in old[1]["products"]]
    prices = [(*(row[name] for name in names), row["job_id"], row["seen_at"]) for row in after["product_prices"]]
    assert sorted(prices) == sorted(known)
    assert {(row["collection_count"], row["price_change"]) for row in after["products"]} == {(1, 0)}


def sorted_items(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return sorted(row.items())


@pytest.fixture
async def served(old: tuple[str, Rows]) -> AsyncIterator[tuple[httpx.AsyncClient, FakeDagster]]:
    app, dagster = fake_app(old[0])
    async with client_of(app, make_token(app)) as client:
        yield client, dagster
    app.state.services.close()


async def test_the_lists_of_the_api_show_all_that_was_there(
    old: tuple[str, Rows], served: tuple[httpx.AsyncClient, FakeDagster]
) -> None:
    before, client = old[1], served[0]
    for path, member, table in (
        ("runs", "runs", "collection_runs"),
        ("sellers", "sellers", "sellers"),
        ("products", "products", "products"),
    ):
        answer = await client.get(f"/api/collection/{path}", params={"page_size": 100})
        assert answer.status_code == 200, answer.text
        assert len(answer.json()[member]) == len(before[table]), path
    for run in before["collection_runs"]:
        assert (await client.get(f"/api/collection/status/{run['id']}")).json()["job_id"] == run["job_id"]


async def test_each_seller_still_has_its_evidence(
    old: tuple[str, Rows], served: tuple[httpx.AsyncClient, FakeDagster]
) -> None:
    items = [item for item in old[1]["collection_items"] if item["seller_id"] is not None]
    assert items
    for seller in {item["seller_id"] for item in items}:
        answer = await served[0].get(f"/api/collection/sellers/{seller}")
        assert answer.status_code == 200, answer.text
        of_seller = [item["item_id"] for item in items if item["seller_id"] == seller]
        assert all(item in answer.text for item in of_seller)


@pytest.mark.parametrize(
    ("job_id", "job", "op", "expected"),
    [
        ("products-march", "collect_and_store", "collection_config", {"throttle_seconds": 0.1, "top_amz": 3}),
        ("sellers-april", "collect_sellers", "best_sellers", {"price_low": 0.75, "price_high": 1.2, "max_credits": 90}),
    ],
)
async def test_a_run_of_the_old_release_goes_on_with_what_its_record_says(
    old: tuple[str, Rows],
    served: tuple[httpx.AsyncClient, FakeDagster],
    job_id: str,
    job: str,
    op: str,
    expected: dict[str, Any],
) -> None:
    client, dagster = served
    (run,) = (run for run in old[1]["collection_runs"] if run["job_id"] == job_id)
    assert "pause_s" in run["config"] or isinstance(run["config"]["price_low"], str)
    wish = {"max_credits": 90} if "max_credits" in expected else {}
    answer = await client.post(f"/api/collection/resume/{run['id']}", json=wish)
    assert answer.status_code == 202, answer.text
    name, config, _ = dagster.launched[answer.json()["dagster_run_id"]]
    assert name == job
    assert validate_run_config(defs.resolve_job_def(job), config)
    values = config["ops"][op]["config"]
    assert {setting: values[setting] for setting in expected} == expected
    assert values["job_id"] == job_id
    execute(
        old[0], f"DELETE FROM collection_runs WHERE id = {answer.json()['run_id']}"
    )  # none is in the next one's way


@pytest.mark.parametrize(
    "line", ["runs", "sellers", "export sellers --format json", "schedule show", "token list", "metrics", "status 1"]
)
def test_each_command_reads_it(
    old: tuple[str, Rows], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    done = open_cli(old[0], tmp_path, monkeypatch)(*line.split())
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.strip()
