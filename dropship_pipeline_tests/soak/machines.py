"""Three machines as far as one can have them: a run and two workers, each in a folder of its own, and a Redis."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from dagster_graphql import DagsterGraphQLClient

from dropship_pipeline_tests.ports import free_port
from dropship_pipeline_tests.soak.kills import Home

PASSWORD = "broker-secret-4711"
INSTANCE = {
    "telemetry": {"enabled": False},
    "run_coordinator": {"module": "dagster.core.run_coordinator", "class": "DefaultRunCoordinator"},
    "storage": {
        "postgres": {
            "postgres_db": {
                "hostname": {"env": "DAGSTER_PG_HOST"}, "port": {"env": "DAGSTER_PG_PORT"},
                "username": {"env": "DAGSTER_PG_USER"}, "password": {"env": "DAGSTER_PG_PASSWORD"},
                "db_name": {"env": "DAGSTER_PG_DB"}, "scheme": "postgresql+psycopg2",
            }
        }
    },
}  # fmt: skip


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis of our own with a password; its address."""
    server = shutil.which("redis-server")
    if server is None:
        if os.environ.get("CI"):
            pytest.fail("redis-server is missing; `apt-get install redis-server`")
        pytest.skip("redis-server is not installed, so Celery has no broker; `apt-get install redis-server`")
    port = free_port()
    process = subprocess.Popen(
        [
            server, "--bind", "127.0.0.1", "--port", str(port), "--requirepass", PASSWORD, "--save", "",
            "--dir", str(folder),
        ],
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        wait_until(lambda: _listens(port), "Redis did not start", 10)
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


@dataclass
class Machines:
    """The machine that runs are launched on, and the workers' machines."""

    home: Home
    folder: Path
    broker_url: str
    dagster_database_url: str
    workers: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    logs: list[Path] = field(default_factory=list)

    def environment(self, machine: Path) -> dict[str, str]:
        """What `machine` knows: settings, and nothing on a disk that another one has."""
        instance = machine / "dagster"
        instance.mkdir(parents=True, exist_ok=True)
        (instance / "dagster.yaml").write_text(json.dumps(INSTANCE), encoding="utf-8")
        where = psycopg.conninfo.conninfo_to_dict(self.dagster_database_url)
        return {
            **self.home.environment(),
            "DROPSHIP_HOME": str(machine / "dropship"),
            "DROPSHIP_EXECUTOR": "celery",
            "DROPSHIP_BROKER_URL": self.broker_url,
            "DAGSTER_HOME": str(instance),
            "DAGSTER_PG_HOST": str(where["host"]),
            "DAGSTER_PG_PORT": str(where["port"]),
            "DAGSTER_PG_USER": str(where["user"]),
            "DAGSTER_PG_PASSWORD": str(where["password"]),
            "DAGSTER_PG_DB": str(where["dbname"]),
        }

    def start_workers(self, *queues: str) -> None:
        """A worker a queue, each on a machine that did not exist before; returns once they listen."""
        for queue in queues:
            machine = self.folder / f"{queue}-{len(self.workers)}"
            self.workers.append(self._start(machine, [sys.executable, "-m", "dropship_pipeline.cli", "worker", queue]))
        started = list(zip(self.workers[-len(queues) :], self.logs[-len(queues) :], strict=True))
        for worker, log in started:
            listens = lambda: " ready." in read(log) or worker.poll() is not None  # noqa: E731, B023
            wait_until(listens, "the worker is not ready", 60)
            assert worker.poll() is None, read(log)[-3000:]

    def start_run(
        self, job_id: str, queries: list[str], top_k: int, executor: str = "celery"
    ) -> "subprocess.Popen[bytes]":
        """`dagster job execute` on a machine of its own."""
        machine = self.folder / f"run-{len(self.logs)}"
        environment = {**self.environment(machine), "DROPSHIP_EXECUTOR": executor}
        config = machine / "config.json"
        config.write_text(json.dumps(run_config(job_id, queries, top_k)), encoding="utf-8")
        command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "dropship_pipeline.definitions"]
        return self._start(machine, [*command, "-j", "collect_and_store", "-c", str(config)], environment)

    @contextmanager
    def webserver(self) -> Iterator[DagsterGraphQLClient]:
        """Dagster's own webserver with the code location, on one more machine; a client of it."""
        port = free_port()
        server = self._start(
            self.folder / "ui",
            [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), "-m",
             "dropship_pipeline.definitions"],
        )  # fmt: skip
        try:
            wait_until(lambda: _listens(port), "the webserver did not start", 60)
            yield DagsterGraphQLClient("127.0.0.1", port_number=port)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)

    def _start(
        self, machine: Path, command: list[str], environment: dict[str, str] | None = None
    ) -> "subprocess.Popen[bytes]":
        environment = environment or self.environment(machine)
        log = machine / "output.log"
        self.logs.append(log)
        with log.open("wb") as output:
            return subprocess.Popen(
                command, env=environment, cwd=machine, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )

    def everything_written(self) -> str:
        """All text that any machine wrote to its disk, logs included."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return "\n".join(read(path) for path in files)

    def stop(self) -> None:
        for worker in self.workers:
            kill_all(worker)


def run_config(job_id: str, queries: list[str], top_k: int) -> dict[str, Any]:
    settings = {"job_id": job_id, "queries": queries, "top_amz": top_k, "top_ebay": top_k}
    return {"ops": {"collection_config": {"config": settings}}}


def kill_all(worker: "subprocess.Popen[bytes]") -> None:
    """kill -9 of a worker and of the process that executes its steps."""
    try:
        family = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    for process in family:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    worker.wait(10)


def wait_until(condition: Callable[[], bool], complaint: str, within_s: float) -> None:
    """Wait for something that has to happen."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.05)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
