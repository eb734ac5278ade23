"""A run whose branches are on two other machines: as good as one on a single machine, whatever happens to a worker."""

import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psycopg
import pytest

from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak import kills
from dropship_pipeline_tests.soak.compare import assert_same_rows
from dropship_pipeline_tests.soak.kills import Home
from dropship_pipeline_tests.soak.machines import PASSWORD, Machines, kill_all, read, redis, run_config, wait_until

pytestmark = pytest.mark.soak
QUERIES = ["desk lamp", "yoga mat", "water bottle", "phone case"] + [f"thing {number}" for number in range(12)]
TOP_K = 4
_numbers = count(1)
MakeHome = Callable[[], Home]


@pytest.fixture(scope="module")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="module")
def make_home(stack: LocalServers, sandbox_url: str, tmp_path_factory: pytest.TempPathFactory) -> MakeHome:
    def make() -> Home:
        name = f"celery-{next(_numbers)}"
        database_url = stack.create_database(name)
        upgrade(database_url)
        stack.create_bucket(name)
        return Home(stack, sandbox_url, tmp_path_factory.mktemp(name), database_url, name)

    return make


@pytest.fixture
def machines(
    stack: LocalServers, make_home: MakeHome, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machines]:
    dagster_url = stack.create_database(f"dagster_{next(_numbers)}")
    made = Machines(make_home(), tmp_path_factory.mktemp("machines"), broker_url, dagster_url)
    made.start_workers("amazon", "ebay")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def undisturbed(
    stack: LocalServers, make_home: MakeHome, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Home:
    """What the same run leaves behind with the multiprocess executor."""
    home, dagster_url = make_home(), stack.create_database(f"dagster_{next(_numbers)}")
    machines = Machines(home, tmp_path_factory.mktemp("one-machine"), broker_url, dagster_url)
    run = machines.start_run("job", QUERIES, TOP_K, "multiprocess")
    assert run.wait(kills.RUN_S) == 0, read(machines.logs[-1])[-3000:]
    return home


def everything(home: Home) -> dict[str, Any]:
    """The rows and the images."""
    return {**home.tables(), "images in the store": {key for key in home.objects() if key.startswith("images/")}}


def calls_made(machines: Machines) -> int:
    with psycopg.connect(machines.home.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM api_calls WHERE state = 'settled'").fetchone()
    assert row is not None
    return int(row[0])


def wait_for_work(machines: Machines) -> None:
    """Until both branches have paid for a call, and have more before them."""
    query = "SELECT count(DISTINCT provider) FROM api_calls WHERE state = 'settled'"

    def both() -> bool:
        with psycopg.connect(machines.home.database_url) as connection:
            return connection.execute(query).fetchone() == (2,)

    wait_until(both, "the branches did not begin", 60)


def test_a_run_on_three_machines_leaves_what_a_run_on_one_leaves(machines: Machines, undisturbed: Home) -> None:
    run = machines.start_run("job", QUERIES, TOP_K)
    assert run.wait(kills.RUN_S) == 0, read(machines.logs[-1])[-3000:]
    assert len(undisturbed.tables()["products"]) > 40
    assert_same_rows(everything(machines.home), everything(undisturbed))
    assert machines.home.states() == ["completed"]
    assert PASSWORD not in machines.everything_written()


def test_a_worker_that_is_killed_and_started_again_does_not_end_its_run(machines: Machines, undisturbed: Home) -> None:
    kills.control(machines.home.sandbox_url, "DELETE")
    run = machines.start_run("job", QUERIES, TOP_K)
    wait_for_work(machines)
    kill_all(machines.workers[0])
    machines.start_workers("amazon")
    assert run.wait(kills.RUN_S) == 0, read(machines.logs[-2])[-3000:]
    assert_same_rows(everything(machines.home), everything(undisturbed))
    assert machines.home.states() == ["completed"]
    assert all(again <= 1 for again in kills.charged_again(machines.home.sandbox_url).values())


def test_a_stop_in_dagster_ends_the_steps_on_the_other_machines_and_not_the_next_run(machines: Machines) -> None:
    many = [f"query {number}" for number in range(200)]
    with machines.webserver() as dagster:
        run_id = dagster.submit_job_execution("collect_and_store", run_config=run_config("stopped", many, TOP_K))
        wait_for_work(machines)
        dagster.terminate_run(run_id)
        wait_until(lambda: dagster.get_run_status(run_id).name == "CANCELED", "the run did not end", 30)
    assert machines.home.states() == ["stopped"]
    made = calls_made(machines)
    assert made < len(many)
    run = machines.start_run("next", QUERIES[:2], TOP_K)
    assert run.wait(kills.RUN_S) == 0, read(machines.logs[-1])[-3000:]
    assert machines.home.states() == ["stopped", "completed"]
    assert calls_made(machines) == made + 4


def test_ctrl_c_of_the_run_ends_the_steps_on_the_other_machines(machines: Machines) -> None:
    run = machines.start_run("job", [f"query {number}" for number in range(200)], TOP_K)
    wait_for_work(machines)
    run.send_signal(signal.SIGINT)
    assert run.wait(30) != 0
    # The run's process may be gone before the workers have looked again, which they do every two seconds.
    wait_until(lambda: machines.home.states() == ["stopped"], "the steps did not end", 10)
    made = calls_made(machines)
    time.sleep(2)
    assert calls_made(machines) == made


def test_a_worker_that_is_told_to_end_hands_its_step_to_the_next_one(machines: Machines, undisturbed: Home) -> None:
    run = machines.start_run("job", QUERIES, TOP_K)
    wait_for_work(machines)
    machines.workers[1].send_signal(signal.SIGQUIT)
    machines.workers[1].wait(20)
    machines.start_workers("ebay")
    assert run.wait(kills.RUN_S) == 0, read(machines.logs[-2])[-3000:]
    assert_same_rows(everything(machines.home), everything(undisturbed))
    assert machines.home.states() == ["completed"]
