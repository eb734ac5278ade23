"""Dagster's user interface and daemon beside the stack, with their storage in the stack's PostgreSQL.

Nothing of the project's pipeline is imported here: both processes load `dropship_pipeline.definitions` themselves.
"""

import json
import sys
from http import HTTPStatus
from pathlib import Path

import httpx

from dropship_pipeline.localstack.home import StackHome, write_private
from dropship_pipeline.localstack.instance import instance_config, stack_storage
from dropship_pipeline.localstack.ports import free_port_for
from dropship_pipeline.localstack.processes import MARK, Child, end_all, marked
from dropship_pipeline.localstack.service import Service
from dropship_pipeline.storage.database.libpq import shell_environment

DEFINITIONS = "dropship_pipeline.definitions"
DEFAULT_PORT = 3000
# What `dagster-daemon` starts. The command may lie elsewhere; the module is where Dagster itself is.
DAEMON_MODULE = "dagster._daemon"


def dagster_home(home: StackHome) -> Path:
    """The folder that DAGSTER_HOME has to name."""
    return home.path / "dagster"


def dagster_environment(home: StackHome) -> dict[str, str]:
    """The environment of a Dagster process beside the stack; it holds no secret, those are in the stack's folder."""
    return {
        "DROPSHIP_HOME": str(home.path),
        "DAGSTER_HOME": str(dagster_home(home)),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }


def write_instance(home: StackHome) -> None:
    """Write `dagster.yaml` (as JSON, which is YAML); it holds no secret, since Dagster tells it to its code servers."""
    folder = dagster_home(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    write_private(folder / "dagster.yaml", json.dumps(instance_config(stack_storage(home.path)), indent=2) + "\n")


class DagsterService(Service):
    """A Dagster process with our definitions; it gets our environment, keys included: it asks the marketplaces."""

    def launch_module(self, *arguments: str) -> Child:
        """Start `python -m …` with the code location named on its command line."""
        return Child(
            [sys.executable, "-m", *arguments, "-m", DEFINITIONS],
            log=self.home.log(self.name),
            cwd=Path.cwd(),
            environment={**shell_environment(), **dagster_environment(self.home), MARK: self.mark},
        )

    def end_survivor(self) -> None:
        """End what a killed supervisor left, but not the runs of a daemon that has just died: they go on without it.

        The daemon's code server ends by itself after the last of these runs.
        """
        if self.child is None:
            super().end_survivor()

    def stop(self) -> None:
        """Stop it, then its code server and the runs in it, which would otherwise go on without a database."""
        if self.child is not None:
            super().stop()
            end_all(marked(self.mark), self.end_signal, self.grace_s)


class Webserver(DagsterService):
    """Dagster's user interface on 127.0.0.1, behind the guard: without it any web page could start a run.

    Args:
        home: the stack's folder.
        wanted_url: where it should be; the next free port is taken if that one is not.
    """

    name = "dagster-webserver"
    port_names = ("dagster",)

    def __init__(self, home: StackHome, wanted_url: str) -> None:
        super().__init__(home)
        self._wanted_url = wanted_url

    @property
    def url(self) -> str:
        """Where the user interface is."""
        return f"http://127.0.0.1:{self.home.state.ports['dagster']}"

    def launch(self) -> Child:
        """Start it on the wanted port or the next free one."""
        port = free_port_for(self._wanted_url, DEFAULT_PORT, "DROPSHIP_DAGSTER_URL")
        self.home.state.ports["dagster"] = port
        return self.launch_module("dropship_pipeline.webserver", "--host", "127.0.0.1", "--port", str(port))

    def is_ready(self) -> bool:
        """Whether it answers; only this route needs no login."""
        try:
            return httpx.get(f"{self.url}/livez", trust_env=False).status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False


class Daemon(DagsterService):
    """Dagster's daemon: the run queue, schedules, sensors, and what looks after lost runs."""

    name = "dagster-daemon"

    def launch(self) -> Child:
        """Start it."""
        return self.launch_module(DAEMON_MODULE, "run")

    def is_ready(self) -> bool:
        """Always: no other process connects to it, and runs that are launched earlier wait in the queue."""
        return True
