"""Runs the local stack: starts its servers in order, publishes their addresses, restarts those that die, stops all.

One supervisor per folder. It prints nothing itself; `say` gets one line for each thing that a person should know.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import psutil

from dropship_pipeline.errors import RunFatal, StartInterrupted
from dropship_pipeline.localstack.admin import AdminPage
from dropship_pipeline.localstack.dagster import Daemon, Webserver, write_instance
from dropship_pipeline.localstack.home import StackError, StackHome
from dropship_pipeline.localstack.marketplace import Marketplace, is_wanted
from dropship_pipeline.localstack.postgres import Postgres
from dropship_pipeline.localstack.processes import ProcessRecord, wait_until
from dropship_pipeline.localstack.s3.seaweed import BUCKET, Seaweed
from dropship_pipeline.localstack.service import Service
from dropship_pipeline.settings import Settings

WATCH_S = 0.5
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 60.0
DOWN_TIMEOUT_S = 120.0


class Supervisor:
    """The stack of one folder, for as long as `running()` lasts.

    Args:
        settings: names the folder, and whether a live marketplace is to be asked.
        ui: start Dagster's user interface, its daemon and the admin page too.
        say: gets one line of text for a person.
    """

    def __init__(self, settings: Settings, *, ui: bool, say: Callable[[str], None]) -> None:
        self.home = StackHome(settings.home)
        self.postgres = Postgres(self.home)
        self.s3 = Seaweed(self.home)
        self.marketplace = Marketplace(self.home) if is_wanted(settings) else None
        self.webserver = Webserver(self.home, settings.dagster_url) if ui else None
        self.admin = AdminPage(self.home, settings.admin_url) if ui else None
        self.daemon = Daemon(self.home) if ui else None
        in_order = (self.postgres, self.s3, self.marketplace, self.webserver, self.admin, self.daemon)
        self._services: list[Service] = [service for service in in_order if service]
        self._say = say
        self._stop_asked = False
        self._restarts: dict[str, tuple[float, float]] = {}

    @contextmanager
    def running(self) -> Iterator[None]:
        """Start everything, and stop everything at the end, however it ends.

        Raises:
            StackError: another stack runs in this folder, or a server did not start.
            StartInterrupted: SIGINT or SIGTERM arrived before everything was up.
        """
        with self.home.lock(), self._signals(), ExitStack() as stops:
            self.home.state.supervisor = ProcessRecord.of(os.getpid(), psutil.Process().name())
            self.home.state.settings = {}
            self.home.save()
            stops.callback(_forget, self.home)
            for service in self._services:
                stops.callback(service.stop)
                service.start(self.stop_asked)
                self._after_start(service)
            yield

    def stop_asked(self) -> bool:
        """Whether SIGINT, SIGTERM or SIGHUP arrived."""
        return self._stop_asked

    def watch(self) -> None:
        """Restart servers that end, until a signal asks to stop."""
        while not wait_until(self.stop_asked, WATCH_S):
            self.look_after()

    def look_after(self) -> None:
        """Start again, after a pause, whatever has ended since the last look."""
        for service in self._services:
            if not service.is_running():
                self._restart(service)

    def _after_start(self, service: Service) -> None:
        if service is self.postgres:
            from dropship_pipeline.storage.database.migrate import upgrade  # noqa: PLC0415  (as for `settle_all`)
            from dropship_pipeline.storage.runs.settling import settle_all  # noqa: PLC0415  (slow; only a start needs it)

            upgrade(self.postgres.url())
            settle_all(self.postgres.url())
            write_instance(self.home)
        self._publish()

    def _restart(self, service: Service) -> None:
        last, pause = self._restarts.get(service.name, (0.0, FIRST_PAUSE_S))
        if time.monotonic() - last > HEALTHY_AFTER_S:
            pause = FIRST_PAUSE_S
        self._say(f"{service.name} has ended; starting it again in {pause:.0f} s, see {self.home.log(service.name)}")
        if wait_until(self.stop_asked, pause):
            return
        try:
            service.start(self.stop_asked)
            self._after_start(service)
        except StartInterrupted:
            return
        except RunFatal as error:
            self._say(str(error))
        self._restarts[service.name] = (time.monotonic(), min(2 * pause, LONGEST_PAUSE_S))

    def _publish(self) -> None:
        """Say in `stack.json` where everything is; `dropship_pipeline.settings` reads it there."""
        settings = {"DROPSHIP_DATABASE_URL": self.postgres.url()}
        if self.s3.child:
            settings |= {
                "DROPSHIP_S3_ENDPOINT_URL": self.s3.endpoint_url,
                "DROPSHIP_S3_BUCKET": BUCKET,
                "AWS_ACCESS_KEY_ID": self.s3.access_key,
                "AWS_SECRET_ACCESS_KEY": self.s3.secret_key,
            }
        if self.marketplace and self.marketplace.child:
            settings["DROPSHIP_SANDBOX_URL"] = self.marketplace.url
        if self.webserver and self.webserver.child:
            settings["DROPSHIP_DAGSTER_URL"] = self.webserver.url
        if self.admin:
            # Of both that ask for a login, so that one cookie opens both.
            settings["DROPSHIP_SESSION_SECRET"] = self.home.secret("session_secret")
            if self.admin.child:
                settings["DROPSHIP_ADMIN_URL"] = self.admin.url
        self.home.state.settings = settings
        self.home.save()

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn signals into a flag, so that a second Ctrl-C cannot cut the stopping short."""

        def ask(number: int, frame: FrameType | None) -> None:
            # Nothing with a lock inside: the second signal may arrive while the first is being handled.
            self._stop_asked = True

        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # else `nohup` asked to outlive the terminal
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, ask) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def stop_elsewhere(path: Path) -> bool:
    """Stop the stack that another process started in `path`, or what is left of it; False if there was none.

    Raises:
        StackError: it does not stop.
    """
    home = StackHome(path)
    home.load()
    owner = home.state.supervisor
    process = owner.find() if owner else None
    if owner and process:
        process.terminate()
        if not wait_until(lambda: owner.find() is None, DOWN_TIMEOUT_S):
            raise StackError(
                f"The stack in {home.path} (process {owner.pid}) does not stop: see {home.log('postgres')}"
            )
        return True
    with home.lock():
        left = home.state.supervisor is not None
        interfaces = (Daemon(home), AdminPage(home, ""), Webserver(home, ""))
        for service in (*interfaces, Marketplace(home), Seaweed(home), Postgres(home)):
            service.end_survivor()
        _forget(home)
    return left


def _forget(home: StackHome) -> None:
    """Note in `stack.json` that nothing runs; ports and secrets stay for the next start."""
    home.state.settings = {}
    home.state.supervisor = None
    home.save()
