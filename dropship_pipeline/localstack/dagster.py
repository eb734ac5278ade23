"""Dagster's user interface and daemon beside the stack, with their storage in the stack's PostgreSQL.

Nothing of the project's pipeline is imported here: both processes load `dropship_pipeline.definitions` themselves.
"""

import json

from dropship_pipeline.localstack.home import DEFINITIONS, StackHome, write_private
from dropship_pipeline.localstack.instance import instance_config, stack_storage
from dropship_pipeline.localstack.processes import Child, end_all, marked
from dropship_pipeline.localstack.service import PageService, Service
from dropship_pipeline.storage.database.libpq import shell_environment

# What `dagster-daemon` starts. The command may lie elsewhere; the module is where Dagster itself is.
DAEMON_MODULE = "dagster._daemon"


def write_instance(home: StackHome) -> None:
    """Write `dagster.yaml` (as JSON, which is YAML); it holds no secret, since Dagster tells it to its code servers."""
    home.dagster_home.mkdir(mode=0o700, exist_ok=True)
    content = json.dumps(instance_config(stack_storage(home.path)), indent=2) + "\n"
    write_private(home.dagster_home / "dagster.yaml", content)


class DagsterService(Service):
    """A Dagster process with our definitions; it gets our environment, keys included: it asks the marketplaces."""

    def launch_dagster(self, *arguments: str) -> Child:
        """Start `python -m …` with the code location named on its command line."""
        environment = {**shell_environment(), **self.home.dagster_environment()}
        return self.launch_module(*arguments, "-m", DEFINITIONS, environment=environment)

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


class Webserver(DagsterService, PageService):
    """Dagster's user interface on 127.0.0.1, behind the guard: without it any web page could start a run."""

    name = "dagster-webserver"
    port_names = ("dagster",)
    default_port = 3000
    url_setting = "DROPSHIP_DAGSTER_URL"

    def launch(self) -> Child:
        """Start it on the wanted port or the next free one."""
        return self.launch_dagster("dropship_pipeline.webserver", "--host", "127.0.0.1", "--port", self.choose_port())


class Daemon(DagsterService):
    """Dagster's daemon: the run queue, schedules, sensors, and what looks after lost runs."""

    name = "dagster-daemon"

    def launch(self) -> Child:
        """Start it."""
        return self.launch_dagster(DAEMON_MODULE, "run")

    def is_ready(self) -> bool:
        """Always: no other process connects to it, and runs that are launched earlier wait in the queue."""
        return True
