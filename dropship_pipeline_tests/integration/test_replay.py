"""A replay judges what is kept, asks nobody, pays nothing, and leaves the rows that a fresh run would leave."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from dropship_pipeline.marketplaces.version import PARSER_VERSION
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.planted import CATEGORIES, SellerMarket
from dropship_pipeline_tests.blackbox.runs import REPOSITORY, Finished, World, open_world
from dropship_pipeline_tests.conftest import LocalServers

JOB = "judged"
CONFIG = {"categories": list(CATEGORIES), "max_products": 100, "job_id": JOB}
# Run by every Python of the run before anything else: it notes and refuses what leaves for elsewhere.
WALL = r"""
import os, socket
_allowed = set(os.environ["ALLOWED_PORTS"].split())
def _walled(connect):
    def guard(self, address):
        if self.family != socket.AF_UNIX and str(address[1]) not in _allowed:
            with open(os.environ["WALL_LOG"], "a") as log:
                log.write(f"{address}\n")
            raise OSError(f"the test forbids {address}")
        return connect(self, address)
    return guard
socket.socket.connect = _walled(socket.socket.connect)
socket.socket.connect_ex = _walled(socket.socket.connect_ex)
"""
# When a row was written says nothing of what was found.
UNTOLD = ("created_at", "updated_at")
TABLES = {
    "collection_items": "SELECT i.*, s.seller_name_normalized AS seller FROM collection_items i "
    "LEFT JOIN sellers s ON s.id = i.seller_id WHERE job_id = 'judged' ORDER BY asin, item_id",
    "sellers": "SELECT * FROM sellers ORDER BY seller_name_normalized",
    "seller_jobs": "SELECT * FROM seller_jobs WHERE job_id = 'judged' ORDER BY seller_id",
    "seller_runs": "SELECT * FROM seller_runs ORDER BY seller_id, run_id",
    "query_outcomes": "SELECT * FROM query_outcomes ORDER BY job_id, query",
    "list_outcomes": "SELECT * FROM list_outcomes ORDER BY job_id, list",
    "job_products": "SELECT * FROM job_products ORDER BY job_id, asin",
    "figures": "SELECT id, sellers_found, new_sellers, products_checked, credits_used FROM collection_runs "
    "WHERE job_id = 'judged'",
    "api_calls": "SELECT * FROM api_calls ORDER BY job_id, provider, fingerprint",
}
# What an older version may have read and judged otherwise.
OLD_VERSION = (
    (
        "UPDATE collection_items SET match_band = 'accept', matcher_version = '0', title = 'read otherwise' "
        "WHERE asin = 'B0SIM00002'"
    ),
    "DELETE FROM collection_items WHERE asin = 'B0SIM00003'",
    "UPDATE query_outcomes SET state = 'none', stored = 0 WHERE query = 'B0SIM00003'",
    """UPDATE query_outcomes SET state = 'failed', errors_by_kind = '{"bad_answer": 1}' WHERE query = 'B0SIM00005'""",
    "DELETE FROM collection_items WHERE asin = 'B0SIM00005'",
    "UPDATE sellers SET feedback_percent = 1, feedback_count = 1 WHERE seller_name_normalized = 'sim store 04'",
    "UPDATE job_products SET title = 'Another', price_cents = 1 WHERE asin = 'B0SIM00009'",
    (
        "INSERT INTO sellers (org_id, seller_name, seller_name_normalized, first_seen_at, last_seen_at, first_job_id) "
        "VALUES ('default', 'No One', 'no one', now(), now(), 'judged')"
    ),
    (
        "INSERT INTO collection_items (org_id, job_id, run_id, asin, item_id, seller_id, position, title, url) "
        "SELECT 'default', 'judged', r.id, 'B0SIM00004', '1', s.id, 9, 'Never there', 'x' "
        "FROM sellers s, collection_runs r WHERE s.seller_name = 'No One' AND r.job_id = 'judged'"
    ),
    "INSERT INTO seller_jobs SELECT id, 'judged', 1 FROM sellers WHERE seller_name = 'No One'",
    (
        "INSERT INTO seller_runs SELECT s.id, r.id, 1 FROM sellers s, collection_runs r "
        "WHERE s.seller_name = 'No One' AND r.job_id = 'judged'"
    ),
    (
        "UPDATE collection_runs SET sellers_found = sellers_found + 1, new_sellers = new_sellers + 1 "
        "WHERE job_id = 'judged'"
    ),
)


def told(database_url: str) -> dict[str, list[dict[str, Any]]]:
    """All that a run leaves, as a person could compare it."""
    return {
        name: [{key: value for key, value in row.items() if key not in UNTOLD} for row in rows(database_url, query)]
        for name, query in TABLES.items()
    }


def carry_out(database_url: str, *statements: str) -> None:
    with psycopg.connect(database_url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture(scope="module")
def world(stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("replay")
    with open_world("replay", stack, _migrated_template, folder, market=SellerMarket()) as opened:
        run = opened.execute("collected", CONFIG, "collect_sellers")
        assert run.exit_code == 0, run.stderr[-3000:]
        yield opened


def replay(world: World, name: str, job_id: str = JOB) -> Finished:
    """Replay without keys and behind a wall that lets only Postgres and S3 through."""
    wall = world.folder / "wall"
    wall.mkdir(exist_ok=True)
    (wall / "sitecustomize.py").write_text(WALL)
    ports = [urlsplit(url).port for url in (world.database_url, world.servers.s3_endpoint_url)]
    return world.execute(
        name, {"replayed_job_id": job_id}, "replay_collection",
        PYTHONPATH=f"{wall}:{REPOSITORY}", ALLOWED_PORTS=" ".join(map(str, ports)), WALL_LOG=str(wall_log(world)),
        RAINFOREST_API_KEY=None, SCRAPERAPI_KEY=None, RAINFOREST_BASE_URL=None, SCRAPERAPI_BASE_URL=None,
    )  # fmt: skip


def wall_log(world: World) -> Path:
    return world.folder / "wall.log"


def record(world: World) -> dict[str, Any]:
    """The newest replay's record."""
    query = "SELECT * FROM collection_runs WHERE job_name = 'replay_collection' ORDER BY id DESC LIMIT 1"
    return rows(world.database_url, query)[0]


@pytest.fixture(scope="module")
def replayed(world: World) -> tuple[dict[str, Any], Finished]:
    """What the collection left, and the replay after an older version's rows stood in its place."""
    fresh = told(world.database_url)
    carry_out(world.database_url, *OLD_VERSION)
    assert told(world.database_url) != fresh
    asked = len(world.market.seen)
    run = replay(world, "first")
    assert len(world.market.seen) == asked
    return fresh, run


def test_a_replay_leaves_the_rows_that_a_fresh_run_leaves(
    world: World, replayed: tuple[dict[str, Any], Finished]
) -> None:
    fresh, run = replayed
    assert run.exit_code == 0, run.stderr[-3000:]
    now = told(world.database_url)
    for table in TABLES:
        assert now[table] == fresh[table], table


def test_a_replay_reaches_nothing_but_postgres_and_s3(world: World, replayed: tuple[dict[str, Any], Finished]) -> None:
    assert replayed[1].exit_code == 0
    assert not wall_log(world).exists(), wall_log(world).read_text()


def test_a_replay_is_a_run_of_its_own_that_paid_nothing_and_names_what_read_and_judged(
    world: World, replayed: tuple[dict[str, Any], Finished]
) -> None:
    (first,) = rows(world.database_url, "SELECT * FROM collection_runs WHERE job_id = 'judged'")
    row = record(world)
    assert (row["status"], row["credits_used"], row["error_message"]) == ("completed", 0, None)
    for run in (first, row):
        assert (run["parser_version"], run["matcher_version"]) == (PARSER_VERSION, shipped_model().version)
    paid = rows(world.database_url, "SELECT sum(credits) AS all FROM api_calls")[0]["all"]
    assert rows(world.database_url, "SELECT sum(credits_used) AS all FROM collection_runs")[0]["all"] == paid


def test_a_replay_says_what_changed(world: World, replayed: tuple[dict[str, Any], Finished]) -> None:
    fresh, run = replayed
    items = fresh["collection_items"]
    moved = sum(row["asin"] == "B0SIM00002" and row["match_band"] != "accept" for row in items)
    gained = sum(row["asin"] in ("B0SIM00003", "B0SIM00005") for row in items)
    assert moved
    changes = record(world)["replay"]["changes"]
    assert changes["listings"] == {"gained": gained, "lost": 1, "moved": moved}
    assert (changes["sellers"]["lost"], changes["named_sellers"]["lost"]) == (1, ["No One"])
    assert {one["kind"] for one in changes["named_listings"]} == {"gained", "lost", "moved"}
    assert run.line("Replay").message.endswith("0 credits")


def test_an_answer_that_was_pruned_keeps_its_old_rows_and_is_named(
    world: World, replayed: tuple[dict[str, Any], Finished]
) -> None:
    carry_out(
        world.database_url,
        "UPDATE api_calls SET raw_key = NULL WHERE fingerprint IN "
        "(SELECT call_fingerprint FROM collection_items WHERE asin = 'B0SIM00006')",
        "UPDATE collection_items SET title = 'as it was', matcher_version = '0' "
        "WHERE asin IN ('B0SIM00006', 'B0SIM00008')",
    )
    assert replay(world, "pruned").exit_code == 0
    found = rows(world.database_url, "SELECT asin, title FROM collection_items WHERE title = 'as it was'")
    assert {row["asin"] for row in found} == {"B0SIM00006"}
    row = record(world)
    assert (row["status"], row["replay"]["not_kept"]) == ("degraded", ["B0SIM00006"])
    assert "B0SIM00006" in row["error_message"]


@pytest.mark.parametrize(
    ("job_id", "said"), [("no such job", "There is no job"), ("products", "only jobs of collect_sellers")]
)
def test_what_cannot_be_judged_again_is_refused_in_a_sentence(world: World, job_id: str, said: str) -> None:
    carry_out(
        world.database_url,
        "INSERT INTO collection_runs (org_id, job_id, job_name, status) "
        "SELECT 'default', 'products', 'collect_and_store', 'completed' WHERE NOT EXISTS "
        "(SELECT FROM collection_runs WHERE job_id = 'products')",
    )
    run = replay(world, f"refused{len(job_id)}", job_id)
    assert run.exit_code == 1
    assert said in run.stderr, run.stderr[-3000:]
