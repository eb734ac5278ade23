"""A replay killed in the middle leaves the old rows whole; the next one leaves the rows of a fresh run."""

import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.planted import SellerMarket
from dropship_pipeline_tests.blackbox.runs import World, open_world
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.test_replay import OLD_VERSION, carry_out, told
from dropship_pipeline_tests.soak import kills
from dropship_pipeline_tests.soak.compare import assert_same_rows

pytestmark = pytest.mark.soak(seconds=60)
# More than two batches are written before the one that is held up.
CATEGORIES = {"sim-a": range(1, 76), "sim-b": range(61, 141)}
CONFIG = {"categories": list(CATEGORIES), "max_products": 500, "job_id": "judged"}
HELD_UP_AT = "B0SIM00130"
_WRITES = "SELECT count(*) AS number FROM pg_locks WHERE NOT granted"
_OTHERS = (
    "SELECT count(*) AS number FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
)
_OPEN = "SELECT id FROM collection_runs WHERE status IN ('pending', 'running', 'stopping')"


@pytest.fixture(scope="module")
def world(stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("replaykill")
    market = SellerMarket(0, CATEGORIES)
    with open_world("replaykill", stack, _migrated_template, folder, market=market, cold=True) as opened:
        run = opened.execute("collected", CONFIG, "collect_sellers")
        assert run.exit_code == 0, run.stderr[-3000:]
        yield opened


def wait_for(world: World, query: str, wanted: bool) -> None:
    """Return when the number that a query counts is above 0, or is 0."""
    deadline = time.monotonic() + kills.START_S
    while bool(rows(world.database_url, query)[0]["number"]) is not wanted:
        assert time.monotonic() < deadline, query
        time.sleep(0.05)


@pytest.mark.parametrize("victim", ["run", "step", "judging"])
def test_a_replay_that_is_killed_in_the_middle_leaves_the_old_rows_and_the_next_one_those_of_a_fresh_run(
    world: World, victim: str
) -> None:
    fresh = told(world.database_url)
    carry_out(world.database_url, *OLD_VERSION)
    old = told(world.database_url)
    assert old != fresh
    config = {"replayed_job_id": "judged"}
    with psycopg.connect(world.database_url) as holder:
        holder.execute("SELECT FROM query_outcomes WHERE query = %s FOR UPDATE", (HELD_UP_AT,))
        launched = world.start(f"killed {victim}", config, "replay_collection")
        wait_for(world, _WRITES, wanted=True)  # the batch with that product is written, those before it are
        started = kills.family(launched.process)
        (step,) = kills.workers(launched.process)
        judging = [process for server in step.children() for process in server.children()]
        assert judging
        for process in {"run": [], "step": [step], "judging": judging}[victim]:
            kills.kill(process)
        if victim == "run":
            os.kill(launched.process.pid, signal.SIGKILL)
    ended_well = launched.process.wait(kills.RUN_S) == 0  # Dagster may have begun the step again
    assert kills.at_work(started) == []
    wait_for(world, _OTHERS, wanted=False)
    assert_same_rows(told(world.database_url), fresh if ended_well else old)
    again = world.execute(f"after {victim}", config, "replay_collection")
    assert again.exit_code == 0, again.stderr[-3000:]
    assert_same_rows(told(world.database_url), fresh)
    assert rows(world.database_url, _OPEN) == []
