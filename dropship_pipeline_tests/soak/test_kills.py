"""kill -9 of everything that can be killed, at random moments; then the same job again: as if nothing had happened."""

import random
import time
from itertools import count
from subprocess import Popen
from typing import Any

import psutil
import pytest

from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak import kills
from dropship_pipeline_tests.soak.compare import assert_same_rows
from dropship_pipeline_tests.soak.kills import Home

pytestmark = pytest.mark.soak
SEED = 20_260
MOMENTS = 3
_numbers = count(1)


def make_home(servers: LocalServers, sandbox_url: str, folder: "pytest.TempPathFactory") -> Home:
    number = next(_numbers)
    database_url = servers.create_database(f"soak_{number}")
    upgrade(database_url)
    servers.create_bucket(f"soak-{number}")
    return Home(servers, sandbox_url, folder.mktemp(f"home{number}"), database_url, f"soak-{number}")


@pytest.fixture
def home(servers: LocalServers, sandbox_url: str, tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(servers, sandbox_url, tmp_path_factory)


@pytest.fixture(scope="module")
def undisturbed(servers: LocalServers, sandbox_url: str, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which the job ran once, with nothing in its way."""
    quiet = make_home(servers, sandbox_url, tmp_path_factory)
    quiet.run_to_the_end("job")
    return quiet


def moments(name: str) -> list[float]:
    """Seconds after the workers' start at which to strike; the whole run takes about three."""
    return [random.Random(f"{SEED} {name} {number}").uniform(0.05, 3.0) for number in range(MOMENTS)]


def wait_for_workers(home: Home, run: "Popen[bytes]") -> None:
    """Until both branches have begun."""
    deadline = time.monotonic() + kills.START_S
    while time.monotonic() < deadline:
        log = home.logs[-1].read_text(encoding="utf-8", errors="replace")
        if log.count("Worker START") >= 2:
            return
        assert run.poll() is None, log[-3000:]
        time.sleep(0.02)
    pytest.fail("the workers did not start")


def everything(home: Home) -> dict[str, Any]:
    """The rows, and what is in the store beside raw answers."""
    return {**home.tables(), "objects": {key for key in home.objects() if not key.startswith("raw/")}}


def assert_as_if_nothing_had_happened(home: Home, undisturbed: Home, *, kills_done: int = 1) -> None:
    assert_same_rows(everything(home), everything(undisturbed))
    assert home.states()[-1] == "completed"
    assert set(home.states()) <= {"completed", "failed", "stopped", "degraded"}
    assert all(again <= kills_done for again in kills.charged_again(home.sandbox_url).values())


def test_the_undisturbed_run_is_worth_comparing_with(undisturbed: Home) -> None:
    tables = undisturbed.tables()
    assert len(tables["products"]) > 40
    assert len(tables["calls"]) == 8
    assert len(tables["sellers"]) > 10


@pytest.mark.parametrize("after_s", moments("step"))
def test_a_killed_step_is_retried_and_its_run_ends_well(home: Home, undisturbed: Home, after_s: float) -> None:
    kills.control(home.sandbox_url, "DELETE")
    run = home.start("job")
    wait_for_workers(home, run)
    time.sleep(after_s)
    steps = kills.workers(run)
    if steps:
        kills.kill(random.Random(after_s).choice(steps))
    code = run.wait(kills.RUN_S)
    if code != 0:  # the kill met the run between two steps' retries; the job goes on where it was
        home.run_to_the_end("job")
    assert_as_if_nothing_had_happened(home, undisturbed)


@pytest.mark.parametrize("after_s", moments("run"))
def test_a_killed_run_process_leaves_no_orphan_at_work_and_its_job_goes_on(
    home: Home, undisturbed: Home, after_s: float
) -> None:
    kills.control(home.sandbox_url, "DELETE")
    run = home.start("job")
    wait_for_workers(home, run)
    time.sleep(after_s)
    started = kills.family(run)
    kills.kill(psutil.Process(run.pid))
    run.wait(10)
    assert kills.at_work(started) == []
    home.run_to_the_end("job")
    assert_as_if_nothing_had_happened(home, undisturbed)


@pytest.mark.parametrize("after_s", moments("postgres"))
def test_a_killed_postgres_loses_nothing_that_was_paid_for(home: Home, undisturbed: Home, after_s: float) -> None:
    kills.control(home.sandbox_url, "DELETE")
    run = home.start("job")
    wait_for_workers(home, run)
    time.sleep(after_s)
    kills.kill_server(home.servers.postgres)
    run.wait(kills.RUN_S)
    home.servers.postgres.start()
    home.run_to_the_end("job")
    assert_as_if_nothing_had_happened(home, undisturbed)


@pytest.mark.parametrize("after_s", moments("seaweed"))
def test_a_killed_object_store_loses_nothing_that_was_paid_for(home: Home, undisturbed: Home, after_s: float) -> None:
    kills.control(home.sandbox_url, "DELETE")
    run = home.start("job")
    wait_for_workers(home, run)
    time.sleep(after_s)
    kills.kill_server(home.servers.s3)
    run.wait(kills.RUN_S)
    home.servers.s3.start()
    home.run_to_the_end("job")
    assert_as_if_nothing_had_happened(home, undisturbed)


def test_one_job_killed_five_times_is_paid_for_once(home: Home, undisturbed: Home) -> None:
    kills.control(home.sandbox_url, "DELETE")
    for after_s in (0.3, 0.9, 1.5, 0.1, 2.0):
        run = home.start("job")
        wait_for_workers(home, run)
        time.sleep(after_s)
        kills.kill(psutil.Process(run.pid))
        run.wait(10)
    home.run_to_the_end("job")
    assert_as_if_nothing_had_happened(home, undisturbed, kills_done=5)
