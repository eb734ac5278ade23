"""Starts, finds and ends the stack's own processes, and no others.

A process number may be in use by another program by now. So a single process is identified by its number, start time
and program, and everything that a server started, at any depth, by a mark in its environment.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

import psutil
from pydantic import BaseModel

from dropship_pipeline.errors import StartInterrupted

POLL_S = 0.05
# The start time is counted from boot in hundredths of a second, and the boot time moves when the clock is set.
START_TIME_TOLERANCE_S = 2.0
PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
PASSED_ON = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "PYTHONPATH")
MARK = "DROPSHIP_STACK_MEMBER"


class ProcessRecord(BaseModel):
    """Identity of a process: `create_time` in seconds since the epoch, `name` the program's file name."""

    pid: int
    create_time: float
    name: str

    @classmethod
    def of(cls, pid: int, name: str) -> Self:
        """Record a running process whose program is, or is about to be, `name`."""
        return cls(pid=pid, create_time=psutil.Process(pid).create_time(), name=name)

    def find(self) -> psutil.Process | None:
        """The process, if it still lives and is the one that was recorded; a zombie is dead."""
        try:
            process = psutil.Process(self.pid)
            with process.oneshot():
                same = (
                    abs(process.create_time() - self.create_time) < START_TIME_TOLERANCE_S
                    and process.name() == self.name
                    and process.status() != psutil.STATUS_ZOMBIE
                )
        except psutil.Error:
            return None
        return process if same else None


class Child:
    """A process that this one started, in a session of its own; on Linux it ends when this one is killed.

    Args:
        argv: program and arguments, after `prefix`.
        log: its output is appended here.
        cwd: its working directory.
        prefix: a program that replaces itself by `argv`, such as `unshare`.
        environment: all of it; nothing is inherited.
        end_signal: what asks the process to end in good order.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        cwd: Path,
        environment: Mapping[str, str],
        prefix: Sequence[str] = (),
        end_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.end_signal = end_signal
        with open_log(log) as output:
            self._popen = subprocess.Popen(  # noqa: S603  (our own argument list, no shell)
                [*prefix, *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=_end_with(end_signal, os.getpid()),  # noqa: PLW1509  (see `_end_with`)
            )
        self.record = ProcessRecord.of(self._popen.pid, Path(argv[0]).name)

    def exit_code(self) -> int | None:
        """The exit code, None while it runs."""
        return self._popen.poll()

    def stop(self, grace_s: float) -> None:
        """Ask it to end, wait, then kill it."""
        if self.exit_code() is None:
            self._popen.send_signal(self.end_signal)
            try:
                self._popen.wait(grace_s)
            except subprocess.TimeoutExpired:
                self._popen.kill()
        self._popen.wait()


def open_log(path: Path) -> IO[bytes]:
    """Open a log to append to it, readable for its owner only."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _end_with(end_signal: signal.Signals, parent: int) -> Callable[[], None]:
    """The code that the child runs before its program; only system calls, so that it is safe beside threads."""

    def prepare() -> None:
        # Whatever it writes is its owner's, also the sockets that gRPC servers put into the system's temporary folder.
        os.umask(0o077)
        # A shell's background job hands down an ignored SIGINT, which Dagster then copies onto SIGTERM.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if _LIBC is not None:
            _LIBC.prctl(PR_SET_PDEATHSIG, int(end_signal))
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def marked(mark: str) -> list[psutil.Process]:
    """Every living process with this mark in its environment, that is a server and all that it started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.Error, OSError):  # a zombie, gone meanwhile, or somebody else's
            continue
    return found


def end_all(processes: Sequence[psutil.Process], end_signal: signal.Signals, grace_s: float) -> None:
    """Ask them all to end, wait, then kill the rest."""
    for number in (end_signal, signal.SIGKILL):
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        _, processes = psutil.wait_procs(processes, timeout=grace_s)


def wait_until(done: Callable[[], bool], timeout_s: float, interrupted: Callable[[], bool] = lambda: False) -> bool:
    """Poll `done` until it is true; False after `timeout_s`.

    Raises:
        StartInterrupted: `interrupted` became true first.
    """
    deadline = time.monotonic() + timeout_s
    while not done():
        if interrupted():
            raise StartInterrupted
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def server_environment(**extra: str) -> dict[str, str]:
    """The part of our environment that a server of the stack gets: no keys, no settings."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed_on, **extra}
