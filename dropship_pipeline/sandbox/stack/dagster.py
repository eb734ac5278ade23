"""Dagster's user interface and daemon beside the stack, with their storage in the stack's PostgreSQL.

Nothing of the project's pipeline is imported here: both processes load `dropship_pipeline.definitions` themselves.
"""

import json
import os
import sys
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from dropship_pipeline.sandbox.stack.home import StackError, StackHome, is_free, write_private
from dropship_pipeline.sandbox.stack.postgres import DAGSTER_DATABASE, USER
from dropship_pipeline.sandbox.stack.processes import MARK, Child, end_all, marked
from dropship_pipeline.sandbox.stack.service import Service

DEFINITIONS = "dropship_pipeline.definitions"
DEFAULT_PORT = 3000
PORTS_TRIED = 100
ORG_TAG = "dropship/org"
KEPT_TICKS_DAYS = {"skipped": 7, "success": 90, "failure": 90, "started": 90}


def dagster_home(home: StackHome) -> Path:
    """The folder that DAGSTER_HOME has to name."""
    return home.path / "dagster"


def dagster_environment(home: StackHome) -> dict[str, str]:
    """What a Dagster process beside the stack needs; no secret, those are in files of the stack's folder."""
    return {
        "DROPSHIP_HOME": str(home.path),
        "DAGSTER_HOME": str(dagster_home(home)),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }


def write_instance(home: StackHome) -> None:
    """Write `dagster.yaml` (as JSON, which is YAML), for its owner's eyes only: it holds a password."""
    folder = dagster_home(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    write_private(folder / "dagster.yaml", json.dumps(_instance(home), indent=2) + "\n")


def _instance(home: StackHome) -> Mapping[str, Any]:
    database = {
        "hostname": "127.0.0.1",
        "port": home.state.ports["postgres"],
        "username": USER,
        "password": home.secret("postgres_password"),
        "db_name": DAGSTER_DATABASE,
        # SQLAlchemy's default driver for plain `postgresql` changes with its version; Dagster works with this one.
        "scheme": "postgresql+psycopg2",
    }
    one_run_per_org = {"key": ORG_TAG, "value": {"applyLimitPerUniqueValue": True}, "limit": 1}
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "storage": {"postgres": {"postgres_db": database}},
        "run_queue": {"dequeue_interval_seconds": 1},
        "concurrency": {"runs": {"tag_concurrency_limits": [one_run_per_org]}},
        "run_monitoring": {
            "enabled": True,
            "poll_interval_seconds": 10,
            "start_timeout_seconds": 120,
            "cancel_timeout_seconds": 60,
            "max_runtime_seconds": 86_400,
        },
        # Only a worker that was lost is started again; a failed op has its own retries, and the two would multiply.
        "run_retries": {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False},
        "retention": {kind: {"purge_after_days": dict(KEPT_TICKS_DAYS)} for kind in ("schedule", "sensor")},
    }


class DagsterService(Service):
    """A Dagster process with our definitions; it gets our environment, keys included: it asks the marketplaces."""

    def launch_module(self, *arguments: str) -> Child:
        """Start `python -m …` with the code location named on its command line."""
        return Child(
            [sys.executable, "-m", *arguments, "-m", DEFINITIONS],
            log=self.home.log(self.name),
            cwd=Path.cwd(),
            environment={**os.environ, **dagster_environment(self.home), MARK: self.mark},
        )

    def stop(self) -> None:
        """Stop it, then its code server and the runs in it, which would otherwise go on without a database."""
        if self.child is not None:
            super().stop()
            end_all(marked(self.mark), self.end_signal, self.grace_s)


class Webserver(DagsterService):
    """Dagster's user interface on 127.0.0.1.

    Args:
        home: the stack's folder.
        wanted_url: where it should be; the next free port is taken if that one is not.
    """

    name = "dagster-webserver"
    port_names = ("dagster",)

    def __init__(self, home: StackHome, wanted_url: str) -> None:
        super().__init__(home)
        self._wanted_port = urlsplit(wanted_url).port or DEFAULT_PORT

    @property
    def url(self) -> str:
        """Where the user interface is."""
        return f"http://127.0.0.1:{self.home.state.ports['dagster']}"

    def launch(self) -> Child:
        """Start it on the wanted port or the next free one."""
        candidates = range(self._wanted_port, min(self._wanted_port + PORTS_TRIED, 65_536))
        port = next(filter(is_free, candidates), None)
        if port is None:
            raise StackError(f"No free port from {self._wanted_port} on: set DROPSHIP_DAGSTER_URL to another one")
        self.home.state.ports["dagster"] = port
        return self.launch_module("dagster_webserver", "--host", "127.0.0.1", "--port", str(port))

    def is_ready(self) -> bool:
        """It tells its version."""
        try:
            return httpx.get(f"{self.url}/server_info", trust_env=False).status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False


class Daemon(DagsterService):
    """Dagster's daemon: the run queue, schedules, sensors, and what looks after lost runs."""

    name = "dagster-daemon"

    def launch(self) -> Child:
        """Start it."""
        return self.launch_module("dagster._daemon", "run")

    def is_ready(self) -> bool:
        """It runs; nobody connects to it, and what is launched meanwhile waits in the queue."""
        return True
