"""Thirty starts, stops, kills, resumes and re-executions in a random order: after each, every figure adds up."""

import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psutil
import pytest

from dropship_pipeline.collection.resuming import not_resumable
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.reports import Reports
from dropship_pipeline_tests.blackbox.both_jobs import QUERIES, BothJobs
from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.runs import Job, Launched, World, open_world
from dropship_pipeline_tests.blackbox.sums import differences
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak import kills

pytestmark = pytest.mark.soak(seconds=240)
SEED = 30_815
LATENCY_S = 0.15
# Each job many times: what was stopped or killed is resumed, what was completed is asked again for nothing.
JOBS: dict[str, tuple[Job, dict[str, Any]]] = {
    "sellers-1": ("collect_sellers", {"categories": ["sim-a", "sim-b"]}),
    "sellers-2": ("collect_sellers", {"categories": ["sim-b", "sim-c"]}),
    "sellers-3": ("collect_sellers", {"categories": ["sim-a", "sim-c"]}),
    "products-1": ("collect_and_store", {"queries": [*QUERIES], "top_amz": 4, "top_ebay": 4}),
    "products-2": ("collect_and_store", {"queries": [*QUERIES[::-1]], "top_amz": 3, "top_ebay": 3}),
}
STEPS = ["left alone"] * 8 + ["stopped"] * 7 + ["told to end"] * 5 + ["killed"] * 5 + ["executed again"] * 5
# Of a killed run: those that were open, and the most that one costs.
MOST_LOST = 10 * 10
SETTLED_WITHIN_S = 40
logger = logging.getLogger(__name__)


@pytest.fixture
def world(stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    market = BothJobs(LATENCY_S)
    folder = tmp_path_factory.mktemp("sums")
    with open_world("sums", stack, _migrated_template, folder, market=market, cold=True) as opened:
        yield opened


def launch(world: World, name: str, job_id: str) -> Launched:
    job, config = JOBS[job_id]
    return world.start(name, {**config, "job_id": job_id}, job)


def wait_for_calls(world: World, launched: Launched, calls: int) -> None:
    """Return when so many more calls were made, or the run has ended before."""
    wanted, deadline = len(world.market.calls()) + calls, time.monotonic() + 60
    while len(world.market.calls()) < wanted and launched.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def disturb(world: World, launched: Launched, how: str) -> None:
    """Stop, end or kill a run, and wait until its record is settled."""
    if how == "stopped":
        with closing(Database(world.database_url)) as database:
            records = RunRecords(database, "default")
            active = records.active()
            if active is not None:
                records.request_stop(active.run_id)
    elif how == "told to end":
        launched.process.terminate()  # nothing where it has ended by itself
    elif how == "killed" and launched.process.poll() is None:
        started = kills.family(launched.process)
        os.kill(launched.process.pid, signal.SIGKILL)
        launched.process.wait(10)
        psutil.wait_procs(started, timeout=10)
    launched.process.wait(100)


def execute_again(world: World, name: str) -> None:
    """Re-execute the newest run that did not complete from its failed steps, if there is one."""
    found = rows(
        world.database_url,
        "SELECT job_name, dagster_run_id FROM collection_runs WHERE status IN ('failed', 'stopped') "
        "ORDER BY id DESC LIMIT 1",
    )
    if not found:
        return
    command = [sys.executable, "-m", "dropship_pipeline_tests.blackbox.both_jobs", *found[0].values()]
    with (world.folder / f"{name}.err").open("wb") as log:
        subprocess.run(
            command, cwd=world.folder, env=world.environment, stdout=log, stderr=log, timeout=300, check=False
        )


def settle(world: World) -> None:
    """Wait until no record is open; a run that was killed between two steps is known to be dead after 20 s."""
    deadline = time.monotonic() + SETTLED_WITHIN_S
    with closing(Database(world.database_url)) as database:
        while any(status in ("pending", "running", "stopping") for _, status in states(world)):
            assert time.monotonic() < deadline, states(world)
            RunRecords(database, "default").settlement.settle_dead()
            time.sleep(0.2)


def states(world: World) -> list[tuple[int, str]]:
    return [
        (row["id"], row["status"])
        for row in rows(world.database_url, "SELECT id, status FROM collection_runs ORDER BY id")
    ]


def test_the_sums_hold_over_thirty_runs_that_end_in_every_way(world: World) -> None:
    market, chance, killed = world.market, random.Random(SEED), 0
    assert isinstance(market, BothJobs)
    steps = [*STEPS]
    chance.shuffle(steps)
    for number, how in enumerate(steps):
        name = f"step{number}"
        if how == "executed again":
            execute_again(world, name)
        else:
            launched = launch(world, name, chance.choice([*JOBS]))
            if how != "left alone":
                wait_for_calls(world, launched, chance.randint(1, 12))
            disturb(world, launched, how)
            killed += how == "killed"
        settle(world)
        logger.info("%s %s: %s, %s credits", name, how, states(world)[-1], market.credits)
        assert differences(world.database_url, market.credits, lost=killed * MOST_LOST) == [], (name, how)
    ended = {status for _, status in states(world)}
    assert {"completed", "stopped"} <= ended
    with closing(Database(world.database_url)) as database:
        assert_only_the_newest_can_be_resumed(world, Reports(database, "default"))


def assert_only_the_newest_can_be_resumed(world: World, reports: Reports) -> None:
    for number, status in states(world):
        run = reports.run(number)
        assert run is not None
        if number != max(reports.jobs([run.job_id])[run.job_id].runs):
            assert f"continued by Run {run.continued_by}" in str(not_resumable(run, sandbox=False))
        else:
            assert (not_resumable(run, sandbox=False) is None) == (status != "completed")
