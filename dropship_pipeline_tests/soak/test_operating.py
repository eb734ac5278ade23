"""A whole stack whose processes are killed, and one that is asked for ten runs at once."""

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from dropship_pipeline_tests.soak import kills, operating
from dropship_pipeline_tests.soak.operating import FINAL, Stack

pytestmark = pytest.mark.soak
# The promise: every run record is in a final state two minutes after whatever happened.
SETTLED_WITHIN_S = 120.0
SERVICES = ("dagster-daemon", "dagster-webserver")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with operating.started(tmp_path_factory.mktemp("operating") / ".dropship") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _counts_begin_anew(stack: Stack) -> None:
    kills.control(stack.setting("DROPSHIP_SANDBOX_URL"), "DELETE")


def paid_again(stack: Stack) -> int:
    """The most that any provider was paid for a call that it had been paid for before."""
    return max(kills.charged_again(stack.setting("DROPSHIP_SANDBOX_URL")).values())


def test_a_killed_run_worker_is_replaced_and_its_job_not_paid_twice(stack: Stack) -> None:
    run_id = stack.launch("worker-killed", queries=5, throttle_s=1)
    stack.wait_until_it_works("worker-killed")
    kills.kill(stack.worker(run_id))
    stack.wait(lambda: stack.record_of(run_id) == "failed", "the record of the killed run", SETTLED_WITHIN_S)
    stack.wait(lambda: "SUCCESS" in [run["status"] for run in stack.family(run_id)], "the retry")
    assert stack.status(run_id) == "FAILURE"
    assert len(stack.family(run_id)) == 2
    assert [status for status, _ in stack.records("worker-killed")] == ["failed", "completed"]
    assert paid_again(stack) <= 1
    assert stack.query("SELECT count(*) FROM api_calls WHERE job_id = 'worker-killed'") == [(10,)]


def test_neither_daemon_nor_webserver_takes_a_run_with_it_or_loses_one(stack: Stack) -> None:
    working = stack.launch("at-work", queries=9, throttle_s=2)
    stack.wait_until_it_works("at-work")
    waiting = stack.launch("in-the-queue")
    killed = [stack.service(name) for name in SERVICES]
    for process in killed:
        kills.kill(process)
    stack.wait(lambda: stack.status(waiting) == "SUCCESS", "the run in the queue")
    assert [run["status"] for run in stack.family(working)] == ["SUCCESS"]
    stack.wait(lambda: not stack.open_records(), "every record to be final", SETTLED_WITHIN_S)
    assert [status for status, _ in stack.records("at-work") + stack.records("in-the-queue")] == ["completed"] * 2
    assert not {process.pid for process in killed} & {stack.service(name).pid for name in SERVICES}
    assert paid_again(stack) == 0


def test_a_killed_job_execute_is_over_within_two_minutes_and_lets_the_queue_go_on(stack: Stack) -> None:
    execute = stack.execute("cli-killed", queries=30, throttle_s=2)
    stack.wait_until_it_works("cli-killed")
    [(killed,)] = stack.query("SELECT dagster_run_id FROM collection_runs WHERE job_id = 'cli-killed'")
    queued = stack.launch("after-it")
    execute.kill()
    execute.wait()
    assert (stack.status(killed), stack.status(queued)) == ("STARTED", "QUEUED")
    stack.wait(
        lambda: stack.record_of(killed) == "failed" and stack.status(killed) == "FAILURE",
        "record and Dagster run to be over", SETTLED_WITHIN_S,
    )  # fmt: skip
    stack.wait(lambda: stack.status(queued) == "SUCCESS", "the queued run")
    assert stack.family(killed) == [stack.runs()[killed]]


def test_of_ten_launches_one_runs_and_nine_wait_and_all_end_well(stack: Stack) -> None:
    job_ids = [f"ten-{number}" for number in range(10)]
    run_ids = stack.launch_many(job_ids)
    most_locks, most_workers, most_waiting, ended = 0, 0, 0, 0
    deadline = time.monotonic() + operating.PATIENCE_S
    while ended < len(job_ids):
        assert time.monotonic() < deadline, f"{ended} of {len(job_ids)} runs have ended, and no more do"
        locks, workers = stack.workers_at_work()
        most_locks, most_workers = max(most_locks, locks), max(most_workers, workers)
        statuses = [run["status"] for run_id, run in stack.runs().items() if run_id in run_ids]
        assert len([status for status in statuses if status not in FINAL | {"QUEUED"}]) <= 1
        most_waiting = max(most_waiting, statuses.count("QUEUED"))
        if (now_ended := sum(status in FINAL for status in statuses)) > ended:
            ended, deadline = now_ended, time.monotonic() + operating.PATIENCE_S
        time.sleep(0.1)
    assert statuses == ["SUCCESS"] * 10
    assert most_locks == most_workers == 2
    assert most_waiting >= 5
    ran = sorted((run["startTime"], run["endTime"]) for run_id, run in stack.runs().items() if run_id in run_ids)
    assert all(end <= start for (_, end), (start, _) in pairwise(ran))
    assert [stack.records(job_id)[-1][0] for job_id in job_ids] == ["completed"] * 10
    assert paid_again(stack) == 0
