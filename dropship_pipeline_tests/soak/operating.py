"""A whole stack as `dropship up` starts it: launches through its user interface, and what became of them."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.processes import wait_until
from dropship_pipeline_tests.integration.test_stack_supervisor import Up, clean_environment, running
from dropship_pipeline_tests.soak.kills import has_ended

JOB = "collect_and_store"
LOCATION = "dropship_pipeline.definitions"
# More than any run here takes on a machine that has other things to do.
PATIENCE_S = 180.0
FAST = {"RAINFOREST_REQUESTS_PER_MINUTE": "6000", "SCRAPERAPI_REQUESTS_PER_MINUTE": "6000"}
FINAL = {"SUCCESS", "FAILURE", "CANCELED"}
_LAUNCH = """mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_RUNS = """{ runsOrError(limit: 100) { ... on Runs {
    results { runId rootRunId status startTime endTime } } } }"""
_EVENTS = """query ($id: ID!) { logsForRun(runId: $id, limit: 500) { ... on EventConnection {
    events { ... on MessageEvent { message } } } } }"""
# Who holds a platform lock of any org: one process each, as they show in Postgres.
_HOLDERS = """SELECT count(*), count(DISTINCT pid) FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


def config(job_id: str, *, queries: int, throttle_s: float) -> dict[str, Any]:
    """A small job whose calls no other job makes; its pauses make it last long enough to be met in the middle."""
    names = [f"desk lamp {job_id} {number}" for number in range(queries)]
    settings = {"job_id": job_id, "queries": names, "top_amz": 2, "top_ebay": 2, "throttle_seconds": throttle_s}
    return {"ops": {"collection_config": {"config": settings}}}


@dataclass
class Stack:
    """A running `dropship up`."""

    up: Up
    executed: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    def setting(self, name: str) -> str:
        return str(self.up.stack()["settings"][name])

    def launch(self, job_id: str, *, queries: int = 1, throttle_s: float = 0) -> str:
        """Launch through GraphQL, as the user interface does; returns the Dagster run id."""
        selector = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__", "jobName": JOB}
        params = {"selector": selector, "runConfigData": config(job_id, queries=queries, throttle_s=throttle_s)}
        answer = self.ask(_LAUNCH, {"params": params})["launchRun"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        run_id: str = answer["run"]["runId"]
        return run_id

    def launch_many(self, job_ids: list[str], **size: Any) -> list[str]:
        with ThreadPoolExecutor(len(job_ids)) as pool:
            return list(pool.map(lambda job_id: self.launch(job_id, **size), job_ids))

    def execute(self, job_id: str, *, queries: int, throttle_s: float) -> "subprocess.Popen[bytes]":
        """`dagster job execute` beside the stack, in the stack's own Dagster instance."""
        file = self.up.home / f"{job_id}.yaml"
        file.write_text(repr(config(job_id, queries=queries, throttle_s=throttle_s)), encoding="utf-8")
        command = [sys.executable, "-m", "dagster", "job", "execute", "-m", LOCATION, "-j", JOB, "-c", str(file)]
        environment = clean_environment(self.up.home) | StackHome(self.up.home).dagster_environment() | FAST
        with (self.up.home / f"{job_id}.log").open("wb") as log:
            started = subprocess.Popen(
                command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        self.executed.append(started)
        return started

    def runs(self) -> dict[str, dict[str, Any]]:
        """Every Dagster run by its id."""
        return {run["runId"]: run for run in self.ask(_RUNS)["runsOrError"]["results"]}

    def status(self, run_id: str) -> str:
        return str(self.runs()[run_id]["status"])

    def family(self, run_id: str) -> list[dict[str, Any]]:
        """A run and those that were started again for it."""
        return [run for run in self.runs().values() if run_id in (run["runId"], run["rootRunId"])]

    def worker(self, run_id: str) -> psutil.Process:
        """The process of a launched run, by what it says in its own log."""
        events = self.ask(_EVENTS, {"id": run_id})["logsForRun"]["events"]
        numbers = [re.search(r"parent process \(pid: (\d+)\)", event.get("message", "")) for event in events]
        return psutil.Process(next(int(found[1]) for found in numbers if found))

    def service(self, name: str) -> psutil.Process:
        return psutil.Process(self.up.stack()["processes"][name]["pid"])

    def records(self, job_id: str) -> list[Any]:
        """(status, progress) of each run of a job, oldest first."""
        query = "SELECT status, phase_progress FROM collection_runs WHERE job_id = %s ORDER BY id"
        return self.query(query, job_id)

    def record_of(self, dagster_run_id: str) -> str:
        [(status,)] = self.query("SELECT status FROM collection_runs WHERE dagster_run_id = %s", dagster_run_id)
        return str(status)

    def open_records(self) -> list[Any]:
        return self.query(
            "SELECT id, job_id, status FROM collection_runs WHERE status IN ('pending', 'running', 'stopping')"
        )

    def workers_at_work(self) -> tuple[int, int]:
        """How many platform locks are held, and by how many connections."""
        [(locks, connections)] = self.query(_HOLDERS)
        return locks, connections

    def query(self, statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(self.setting("DROPSHIP_DATABASE_URL")) as connection:
            return connection.execute(statement, values or None).fetchall()

    def wait_until_it_works(self, job_id: str) -> None:
        """Until the newest run of a job has one query behind it."""
        self.wait(lambda: [r for r in self.records(job_id) if r[0] == "running" and r[1] >= 1], f"{job_id} to work")

    def wait(self, done: Callable[[], object], what: str, within_s: float = PATIENCE_S) -> None:
        """Poll; a webserver that is being started again only costs another look."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                if done():
                    return
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, f"waited {within_s:.0f} s for {what}: {self._state()}"
            time.sleep(0.2)

    def _state(self) -> str:
        rows = self.query("SELECT id, job_id, status, error_message FROM collection_runs ORDER BY id")
        return f"records {rows}, runs {[(run['runId'][:8], run['status']) for run in self.runs().values()]}"

    def ask(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """What Dagster's GraphQL answers."""
        answer = httpx.post(
            f"{self.setting('DROPSHIP_DAGSTER_URL')}/graphql",
            json={"query": query, "variables": variables or {}}, timeout=60, trust_env=False,
        ).json()  # fmt: skip
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


def process_id(up: Up, service: str) -> int:
    """Of a server of the stack, as it is now."""
    return int(up.stack()["processes"][service]["pid"])


@contextmanager
def without(up: Up, service: str) -> Iterator[None]:
    """End a server, and let nobody start it again before the block ends."""
    up.process.send_signal(signal.SIGSTOP)
    try:
        process = psutil.Process(process_id(up, service))
        children = process.children(recursive=True)
        process.send_signal(signal.SIGINT if service == "postgres" else signal.SIGTERM)
        # Its parent sleeps and cannot take note of its end: a zombie has ended too.
        assert wait_until(lambda: all(map(has_ended, [process, *children])), PATIENCE_S)
        yield
    finally:
        up.process.send_signal(signal.SIGCONT)


@contextmanager
def started(home: Path) -> Iterator[Stack]:
    """A stack of its own, with everything that `dropship up` starts."""
    with running(home, **FAST) as up:
        stack = Stack(up)
        try:
            yield stack
        finally:
            for process in stack.executed:
                if process.poll() is None:
                    process.kill()
                process.wait()
