"""The parts of `deploy/compose.yaml` as processes of this machine: their own commands and settings, without containers.

Only what a container would hide is different: addresses and ports are this machine's, and Postgres, S3 and Redis are
those of the tests.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from dropship_pipeline_tests.ports import free_port
from dropship_pipeline_tests.soak.machines import kill_all, read

DEPLOY = Path(__file__).parents[2] / "deploy"
_VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::([?-])([^}]*))?\}")
_PORTS = ("3000", "4000", "8080")


@dataclass
class Composed:
    """What is up, and where.

    Args:
        folder: each part gets a folder of its own in it, as each container has its own disk.
        variables: what `deploy/.env` would hold.
        addresses: `name:port` of the compose file and what stands in its place here.
        extra: settings of every part beside those of the file.
    """

    folder: Path
    variables: dict[str, str]
    addresses: Mapping[str, str]
    extra: Mapping[str, str]
    ports: dict[str, str] = field(default_factory=lambda: {port: str(free_port()) for port in _PORTS})
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
        self._services: dict[str, Any] = yaml.safe_load(text)["services"]

    def url(self, port: str) -> str:
        """Where the server is that the file puts at this port."""
        return f"http://127.0.0.1:{self.ports[port]}"

    def start(self, service: str) -> "subprocess.Popen[bytes]":
        """Start a part with the command of the file."""
        self.running[service] = self._popen(service, [self._here(word) for word in self._services[service]["command"]])
        return self.running[service]

    def run(self, service: str, *command: str) -> str:
        """`docker compose run --rm`: another command with a part's settings; what it printed."""
        environment, machine = self._environment(service), self._machine(service)
        done = subprocess.run(command, env=environment, cwd=machine, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def log(self, service: str) -> str:
        """What a part has printed."""
        return read(self._machine(service) / "output.log")

    def everything_printed(self) -> str:
        """What all parts have printed."""
        return "\n".join(self.log(service) for service in self.running)

    def stop(self) -> None:
        """End every part."""
        for process in reversed(self.running.values()):
            kill_all(process)

    def _popen(self, service: str, command: list[str]) -> "subprocess.Popen[bytes]":
        machine = self._machine(service)
        with (machine / "output.log").open("wb") as output:
            return subprocess.Popen(
                command, env=self._environment(service), cwd=machine, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def _machine(self, service: str) -> Path:
        """A part's own disk, with what the image holds in its working folder."""
        machine = self.folder / service
        if not machine.exists():
            machine.mkdir()
            shutil.copy(DEPLOY / "dagster.yaml", machine)
            workspace = (DEPLOY / "workspace.yaml").read_text(encoding="utf-8")
            (machine / "workspace.yaml").write_text(workspace.replace("4000", self.ports["4000"]), encoding="utf-8")
        return machine

    def _environment(self, service: str) -> dict[str, str]:
        own = {name: self._here(str(value)) for name, value in self._services[service]["environment"].items()}
        where = urlsplit(own["DROPSHIP_DATABASE_URL"])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "DROPSHIP"))}
        return {
            **kept, **own, **self.extra,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DAGSTER_HOME": str(self._machine(service)),
            "DAGSTER_PG_HOST": str(where.hostname), "DAGSTER_PG_PORT": str(where.port),
            "DROPSHIP_CODE_HOST": "127.0.0.1",
        }  # fmt: skip

    def _here(self, text: str) -> str:
        text = _VARIABLE.sub(self._value, text)
        for there, here in {**self.addresses, "http://webserver:3000": self.url("3000")}.items():
            text = text.replace(there, here)
        # Behind a container's own network this is no more than loopback is here.
        return self.ports.get(text, text.replace("0.0.0.0", "127.0.0.1"))

    def _value(self, found: "re.Match[str]") -> str:
        name, how, words = found.groups()
        value = self.variables.get(name) or (words if how == "-" else "")
        assert value or how == "-", f"{name} is not set: {words}"
        for port, here in self.ports.items():
            value = value.replace(f"127.0.0.1:{port}", f"127.0.0.1:{here}")
        return value
