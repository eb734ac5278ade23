"""The base of every server of the stack: it starts, waits for an answer, stops, and cleans up after a crash.

What a server is started with, and what counts as an answer, is in the module of that server.
"""

import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from dropship_pipeline.localstack.home import StackError, StackHome, is_free
from dropship_pipeline.localstack.processes import MARK, Child, ProcessRecord, end_all, marked, wait_until

START_ATTEMPTS = 3
LOG_TAIL_BYTES = 4_000
PORTS_TRIED = 100


class Service(ABC):
    """One server of the stack, owned by whoever holds the lock of `home`."""

    name: ClassVar[str]
    port_names: ClassVar[tuple[str, ...]] = ()
    end_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_timeout_s: ClassVar[float] = 60.0
    grace_s: ClassVar[float] = 15.0

    def __init__(self, home: StackHome) -> None:
        self.home = home
        self.child: Child | None = None

    @abstractmethod
    def launch(self) -> Child:
        """Start the process; it need not answer yet."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether our server answers as its clients ask; another program on the same port does not count."""

    def launch_module(self, module: str, *arguments: str, environment: Mapping[str, str]) -> Child:
        """Start a module of Python, with the mark of this server beside its environment."""
        return Child(
            [sys.executable, "-m", module, *arguments],
            log=self.home.log(self.name),
            cwd=Path.cwd(),
            environment={**environment, MARK: self.mark},
        )

    def prepare(self) -> None:  # noqa: B027  (most servers need nothing more)
        """Create what clients expect to find, once the server answers."""

    def start(self, interrupted: Callable[[], bool] = lambda: False) -> None:
        """Start and wait until it answers. If another program takes the port in between, try once more.

        Raises:
            StackError: it ended by itself, or did not answer in time.
            StartInterrupted: `interrupted` became true; what was started still has to be stopped.
        """
        self.end_survivor()
        for _ in range(START_ATTEMPTS):
            child = self._launch_and_wait(interrupted)
            if child.exit_code() is None:
                self.prepare()
                return
            for name in self.port_names:
                self.home.state.ports.pop(name, None)
        raise StackError(f"{self.name} ended at once ({self.last_words()}): see {self.home.log(self.name)}")

    def _launch_and_wait(self, interrupted: Callable[[], bool]) -> Child:
        self.child = child = self.launch()
        self._remember(child.record)
        ended_or_ready = wait_until(
            lambda: child.exit_code() is not None or self.is_ready(), self.start_timeout_s, interrupted
        )
        if not ended_or_ready:
            self.stop()
            raise StackError(
                f"{self.name} did not answer within {self.start_timeout_s:.0f} s ({self.last_words()}): "
                f"see {self.home.log(self.name)}"
            )
        return child

    def is_running(self) -> bool:
        """Whether the process that was started has not ended."""
        return self.child is not None and self.child.exit_code() is None

    def stop(self) -> None:
        """Stop the server if this process started it; safe to call at any time."""
        if self.child is not None:
            self.child.stop(self.grace_s)
            self.child = None
            self._remember(None)

    def end_survivor(self) -> None:
        """End what a killed supervisor left running."""
        end_all(marked(self.mark), self.end_signal, self.grace_s)
        self._remember(None)

    @property
    def mark(self) -> str:
        """The mark that identifies this stack's server among all processes, even if `stack.json` is lost."""
        return f"{self.home.path}:{self.name}"

    def last_words(self) -> str:
        """The last line that the server wrote to its log."""
        try:
            lines = self.home.log(self.name).read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").split("\n")
        except FileNotFoundError:
            return "no log"
        return next((line.strip() for line in reversed(lines) if line.strip()), "empty log")

    def _remember(self, record: ProcessRecord | None) -> None:
        if record is None:
            self.home.state.processes.pop(self.name, None)
        else:
            self.home.state.processes[self.name] = record
        self.home.save()


class WebService(Service):
    """A server of the stack that is there once its health page answers, for which nobody has to log in."""

    health_path: ClassVar[str] = "/livez"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.home.state.ports[self.port_names[0]]}"

    def is_ready(self) -> bool:
        """Whether it answers."""
        import httpx  # noqa: PLC0415  (slow; what only ends servers asks none)

        try:
            return httpx.get(self.url + self.health_path, trust_env=False).status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False


class PageService(WebService):
    """A server whose pages people open in a browser.

    Args:
        home: the stack's folder.
        wanted_url: where people expect it; the next free port is taken if that one is not.
    """

    default_port: ClassVar[int]  # if `wanted_url` names none
    url_setting: ClassVar[str]  # the variable that holds `wanted_url`

    def __init__(self, home: StackHome, wanted_url: str) -> None:
        super().__init__(home)
        self._wanted_url = wanted_url

    def choose_port(self) -> str:
        """The port that it gets: free now, and as near as possible to the wanted one.

        Raises:
            StackError: none of the next hundred is free.
        """
        wanted = urlsplit(self._wanted_url).port or self.default_port
        for port in range(wanted, min(wanted + PORTS_TRIED, 65_536)):
            if is_free(port):
                self.home.state.ports[self.port_names[0]] = port
                return str(port)
        raise StackError(f"No free port from {wanted} on: set {self.url_setting} to another one")
