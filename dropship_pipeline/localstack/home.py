"""The folder of one local stack: what is kept in `stack.json`, and the lock that makes the stack one.

No server is started here. The secrets that the stack invents are kept in this file; the marketplaces' API keys
are never written to it.
"""

import fcntl
import json
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.localstack.processes import ProcessRecord
from dropship_pipeline.settings_sources import STACK_FILE

LOCK_FILE = "stack.lock"
LOG_FOLDER = "logs"
# Below the range from which systems take ports for outgoing connections, with room for SeaweedFS's port + 10000.
PORTS = range(12_000, 22_000)
GRPC_OFFSET = 10_000
DEFINITIONS = "dropship_pipeline.definitions"
# Followed by the name of a job.
JOB_EXECUTE = (sys.executable, "-m", "dagster", "job", "execute", "-m", DEFINITIONS, "-j")


class StackError(SettingsError):
    """The local stack cannot start or stop; the message says why and what to do."""

    kind = "stack"


class StackState(BaseModel):
    """The content of `stack.json`. `settings` is what `dropship_pipeline.settings` reads."""

    settings: dict[str, str] = Field(default_factory=dict)
    ports: dict[str, int] = Field(default_factory=dict)
    secrets: dict[str, str] = Field(default_factory=dict)
    processes: dict[str, ProcessRecord] = Field(default_factory=dict)
    supervisor: ProcessRecord | None = None


class StackHome:
    """One stack's folder. Change `state` only while holding `lock()`, and `save()` after.

    Args:
        path: the folder (DROPSHIP_HOME); created if missing, readable for its owner only.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.state = StackState()

    @property
    def stack_file(self) -> Path:
        """The file that describes the stack."""
        return self.path / STACK_FILE

    def log(self, name: str) -> Path:
        """Where the output of `name` is appended."""
        return self.path / LOG_FOLDER / f"{name}.log"

    @property
    def dagster_home(self) -> Path:
        """The folder that DAGSTER_HOME has to name."""
        return self.path / "dagster"

    def dagster_environment(self) -> dict[str, str]:
        """The environment of a Dagster process beside the stack; it holds no secret, those are in the folder."""
        return {
            "DROPSHIP_HOME": str(self.path),
            "DAGSTER_HOME": str(self.dagster_home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
        }

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Own the stack until the block ends; a killed owner's lock is free at once.

        Raises:
            StackError: another process owns it, or the folder cannot be written.
        """
        self._create()
        with (self.path / LOCK_FILE).open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackError(
                    f"A stack is already running in {self.path}: use it, or stop it with `dropship down`"
                ) from None
            self.load()
            yield

    def load(self) -> None:
        """Read `stack.json`; an unreadable one counts as none, and the servers get new secrets at the start."""
        try:
            self.state = StackState.model_validate_json(self.stack_file.read_bytes())
        except (FileNotFoundError, ValidationError):
            self.state = StackState()

    def save(self) -> None:
        """Write `stack.json` in one step, readable for its owner only."""
        content = json.dumps(self.state.model_dump(), indent=2) + "\n"
        write_private(self.stack_file, content)

    def secret(self, name: str) -> str:
        """A random password or key, the same at every start."""
        if name not in self.state.secrets:
            self.state.secrets[name] = secrets.token_hex(24)
        return self.state.secrets[name]

    def port(self, name: str) -> int:
        """A free port on 127.0.0.1 for `name`, the same at every start unless another program uses it."""
        kept = self.state.ports.get(name)
        if kept is None or not _is_free_pair(kept):
            taken = set(self.state.ports.values())
            self.state.ports[name] = kept = next(p for p in _random_ports() if p not in taken and _is_free_pair(p))
        return kept

    def _create(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.path / LOG_FOLDER).mkdir(mode=0o700, exist_ok=True)
            (self.path / LOCK_FILE).touch(mode=0o600)
        except OSError as error:
            raise StackError(
                f"{self.path} cannot be written ({error.strerror}): set DROPSHIP_HOME to a folder of your own"
            ) from None


def write_private(path: Path, content: str) -> None:
    """Replace `path` in one step by a file with mode 0600."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise


def _random_ports() -> Iterator[int]:
    while True:
        yield secrets.choice(PORTS)


def _is_free_pair(port: int) -> bool:
    return all(is_free(candidate) for candidate in (port, port + GRPC_OFFSET))


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
