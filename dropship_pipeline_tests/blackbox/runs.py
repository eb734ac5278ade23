"""Runs `dagster job execute` as a person would: a process with an environment, a config file, an exit code."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from dagster import DagsterInstance, DagsterRun, RunsFilter

from dropship_pipeline_tests.blackbox import warm_python
from dropship_pipeline_tests.blackbox.goods import IMAGES
from dropship_pipeline_tests.blackbox.market import Market, open_market
from dropship_pipeline_tests.blackbox.warm_python import Started
from dropship_pipeline_tests.conftest import LocalServers

REPOSITORY = Path(__file__).parents[2]
# Characters that a URL encodes differently, so that every spelling of a key can be searched for.
RAINFOREST_KEY = "k+ey/with=odd-r41nf0re5t"
SCRAPERAPI_KEY = "s/cr+aper=odd&4p1-key"
LONGEST_RUN_S = 150
Job = Literal["collect_and_store", "collect_sellers", "replay_collection"]
# The op that takes a job's configuration.
CONFIGURED_OP: Mapping[Job, str] = {
    "collect_and_store": "collection_config", "collect_sellers": "best_sellers", "replay_collection": "replay",
}  # fmt: skip


@dataclass(frozen=True)
class LogLine:
    """An entry of Dagster's event log; `event` is the kind of Dagster's own events, None for a line of the product."""

    at: float
    step: str | None
    message: str
    event: str | None


@dataclass
class Finished:
    """A run that ended."""

    exit_code: int
    stdout: str
    stderr: str
    run_id: str | None
    log: list[LogLine]
    metadata: dict[str, dict[str, Any]]

    def line(self, beginning: str) -> LogLine:
        """The one line of the product that begins so."""
        (found,) = self.lines(beginning)
        return found

    def lines(self, beginning: str) -> list[LogLine]:
        return [line for line in self.log if line.event is None and line.message.startswith(beginning)]


@dataclass
class Launched:
    """A run that may still be going on."""

    process: Started
    name: str
    folder: Path
    dagster_home: Path

    def wait(self) -> Finished:
        """Wait for the end, then read everything that the run left in Dagster's instance."""
        exit_code = self.process.wait(LONGEST_RUN_S)
        with DagsterInstance.from_config(str(self.dagster_home)) as instance:
            runs = instance.get_runs(RunsFilter(tags={"test": self.name}))
            log, metadata = _read(instance, runs[0]) if runs else ([], {})
        out, err = ((self.folder / f"{self.name}.{end}").read_text() for end in ("out", "err"))
        return Finished(exit_code, out, err, runs[0].run_id if runs else None, log, metadata)


@dataclass
class World:
    """A database, a bucket, a marketplace and two home folders that belong to one test module."""

    servers: LocalServers
    market: Market
    database_url: str
    bucket: str
    folder: Path
    launch: Callable[..., Started]
    _started: list[Launched] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def dagster_home(self) -> Path:
        return self.folder / "dagster"

    @property
    def environment(self) -> dict[str, str]:
        """What a person would export, and nothing of this process's own settings."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "PYTHONPATH": str(REPOSITORY),
            "DAGSTER_HOME": str(self.dagster_home),
            "DROPSHIP_HOME": str(self.home),
            "DROPSHIP_DATABASE_URL": self.database_url,
            "DROPSHIP_S3_BUCKET": self.bucket,
            "DROPSHIP_S3_ENDPOINT_URL": self.servers.s3_endpoint_url,
            "AWS_ACCESS_KEY_ID": self.servers.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": self.servers.s3_secret_key,
            "RAINFOREST_BASE_URL": self.market.url,
            "SCRAPERAPI_BASE_URL": self.market.url,
            "RAINFOREST_API_KEY": RAINFOREST_KEY,
            "SCRAPERAPI_KEY": SCRAPERAPI_KEY,
            "RAINFOREST_REQUESTS_PER_MINUTE": "6000",
            "SCRAPERAPI_REQUESTS_PER_MINUTE": "6000",
            "DROPSHIP_IMAGE_HOSTS": f"127.0.0.1:{self.market.port}",
        }

    def start(
        self, name: str, config: Mapping[str, Any], job: Job = "collect_and_store", /, **changes: str | None
    ) -> Launched:
        """Launch a run; `changes` to the environment, None takes a variable out."""
        file = self.folder / f"{name}.yaml"
        file.write_text(json.dumps({"ops": {CONFIGURED_OP[job]: {"config": config}}}))
        command = (
            str(Path(sys.executable).with_name("dagster")), "job", "execute", "-m", "dropship_pipeline.definitions",
            "-j", job, "-c", str(file), "--tags", json.dumps({"test": name}),
        )  # fmt: skip
        environment = {key: value for key, value in {**self.environment, **changes}.items() if value is not None}
        with (self.folder / f"{name}.out").open("wb") as out, (self.folder / f"{name}.err").open("wb") as err:
            process = self.launch(command, cwd=self.folder, env=environment, stdout=out, stderr=err)
        launched = Launched(process, name, self.folder, self.dagster_home)
        self._started.append(launched)
        return launched

    def execute(
        self, name: str, config: Mapping[str, Any], job: Job = "collect_and_store", /, **changes: str | None
    ) -> Finished:
        """Launch a run and wait for its end."""
        return self.start(name, config, job, **changes).wait()

    def end_all(self) -> None:
        """End what a failed test left running."""
        for launched in self._started:
            if launched.process.poll() is None:
                os.killpg(launched.process.pid, signal.SIGKILL)
                launched.process.wait()


def cold_start(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: BinaryIO, stderr: BinaryIO
) -> "subprocess.Popen[bytes]":
    """Start a command in a session of its own."""
    return subprocess.Popen(
        command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
    )


@contextmanager
def open_world(
    name: str,
    servers: LocalServers,
    template: str,
    folder: Path,
    *,
    dagster_on_postgres: bool = False,
    market: Market | None = None,
    cold: bool = False,
) -> Iterator[World]:
    """A world with an empty, migrated database and an empty bucket; gone at the end.

    Args:
        name: letters only; names database and bucket.
        servers: the fixture `stack`.
        template: a migrated database to copy.
        folder: an empty folder, for everything that is written.
        dagster_on_postgres: keep Dagster's own records in a second database instead of in SQLite files.
        market: what is served; an empty one if not given.
        cold: start each run as a shell does, with all that it imports; else it is forked (see `warm_python`).
    """
    instance: dict[str, Any] = {"telemetry": {"enabled": False}}
    if dagster_on_postgres:
        instance["storage"] = {"postgres": {"postgres_url": servers.create_database(f"{name}_dagster")}}
    for home in ("home", "dagster"):
        (folder / home).mkdir()
    (folder / "dagster" / "dagster.yaml").write_text(json.dumps(instance))
    # Dagster makes its tables at first use, and two first uses at the same moment are in each other's way.
    with DagsterInstance.from_config(str(folder / "dagster")) as made:
        made.get_runs(limit=1)
    database_url = servers.create_database(name, template)
    servers.create_bucket(name)
    with open_market(market or Market(RAINFOREST_KEY, SCRAPERAPI_KEY)) as served:
        served.images.update(IMAGES)
        world = World(servers, served, database_url, name, folder, cold_start if cold else warm_python.start)
        try:
            yield world
        finally:
            world.end_all()
            for database in (name, f"{name}_dagster"):
                servers.drop_database(database)


def _read(instance: DagsterInstance, run: DagsterRun) -> tuple[list[LogLine], dict[str, dict[str, Any]]]:
    log, metadata = [], {}
    for entry in instance.all_logs(run.run_id):
        event = entry.dagster_event
        log.append(LogLine(entry.timestamp, entry.step_key, entry.user_message,
                           event.event_type_value if event else None))  # fmt: skip
        if event and event.is_step_materialization:
            materialization = event.step_materialization_data.materialization
            metadata[materialization.label] = {key: value.value for key, value in materialization.metadata.items()}
    return log, metadata
