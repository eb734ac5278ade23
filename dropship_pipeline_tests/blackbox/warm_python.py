"""Starts Python programs without their imports, by forking a process that has made them already.

`start(["…/bin/dagster", "job", …])` gives what `subprocess.Popen` would: a process of its own with its own session,
folder, environment, output and exit code, that runs the same program. Only modules that read no environment are
imported beforehand. Not for a test whose subject is how a process starts: that one starts it in earnest.
"""

import atexit
import contextlib
import fcntl
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from multiprocessing import util
from pathlib import Path
from typing import Any, BinaryIO

from dropship_pipeline.orchestration.executors import PRELOADED

# All that a run imports, but for the modules that ask the settings while they are imported.
IMPORTED = (
    *(name for name in PRELOADED if name != "dropship_pipeline.definitions"),
    *(f"dropship_pipeline.orchestration.{name}" for name in ("graphs", "resources", "step_processes")),
)
READS_SETTINGS = "dropship_pipeline.orchestration.jobs"
LONGEST_REQUEST = 1 << 20
MANY_FDS = 8
# Above every number that a process of the tests has in use.
HIGH_FD = 500
FORK_SERVER = "multiprocessing.forkserver"


class WarmProcess:
    """A started process. Its end is known by the exit code that its keeper writes down."""

    def __init__(self, pid: int, ending: BinaryIO) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ending = ending

    def poll(self) -> int | None:
        """The exit code, minus the signal's number where one ended it; None while it runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end.

        Raises:
            subprocess.TimeoutExpired: it goes on after `timeout` seconds.
        """
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._ending, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            self.returncode = int(self._ending.readline())
            self._ending.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


Started = WarmProcess | subprocess.Popen[bytes]


class _Server:
    """The process that has imported everything. It begins with the first request and ends with this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def start(self, request: Mapping[str, Any], output: Sequence[int]) -> WarmProcess:
        """Have it fork for a request."""
        reading, writing = os.pipe()
        with self._lock:
            if self._socket is None:
                self._socket = self._begin()
            socket.send_fds(self._socket, [json.dumps(request).encode()], [*output, writing])
        os.close(writing)
        ending = os.fdopen(reading, "rb", buffering=0)
        pid = ending.readline()
        if not pid:
            raise RuntimeError("the process that forks has ended; what it said is above")
        return WarmProcess(int(pid), ending)

    @staticmethod
    def _begin() -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, cwd=Path(__file__).parents[2], env=kept, start_new_session=True,
            )  # fmt: skip
        atexit.register(process.wait)
        atexit.register(ours.close)  # it goes when nobody is left to ask
        return ours


_server = _Server()


def start(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: BinaryIO, stderr: BinaryIO
) -> WarmProcess:
    """Start a Python script, or a module as `[sys.executable, "-m", module, …]`, in a session of its own."""
    request = {"argv": [*command], "cwd": str(cwd), "env": {**env}}
    return _server.start(request, (stdout.fileno(), stderr.fileno()))


def _serve(asked: socket.socket) -> dict[str, Any]:
    """Fork for each request until nobody is left to ask; returns, in the fork, what it is to run."""
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass  # a keeper that has ended
        message, fds, _, _ = socket.recv_fds(asked, LONGEST_REQUEST, MANY_FDS)
        if not message:
            sys.exit(0)
        if os.fork() == 0:
            asked.close()
            stdout, stderr, ending = fds
            _keep(ending)
            for number, fd in enumerate((stdout, stderr), start=1):
                os.dup2(fd, number)
                os.close(fd)
            request: dict[str, Any] = json.loads(message)
            return request
        for fd in fds:
            os.close(fd)


def _keep(ending: int) -> None:
    """Fork once more; the parent stays to write down the number of its child, and with what exit code that ends."""
    pid = os.fork()
    if pid == 0:
        os.close(ending)
        return
    os.write(ending, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(ending, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(request: Mapping[str, Any]) -> None:
    """Be the process that was asked for, and run its program."""
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    util.spawnv_passfds = _fork_server(util.spawnv_passfds)
    program, *arguments = request["argv"]
    module = program == sys.executable and arguments[0] == "-m"
    sys.argv = arguments[1:] if module else [program, *arguments]
    first = request["cwd"] if module else str(Path(program).parent)
    sys.path[:1] = [first, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    if module:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(program, run_name="__main__")


def _fork_server(really: Callable[..., int]) -> Callable[..., int]:
    """In place of `multiprocessing.util.spawnv_passfds`: makes the fork server of this process from a fork too.

    That fork is made now, before the program has threads and connections, and waits for its work.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    waiting = os.fork()
    if waiting == 0:
        ours.close()
        _run_code(theirs)
    theirs.close()
    unused = iter([waiting])

    def spawn(path: str, arguments: Sequence[str], fds: Sequence[int]) -> int:
        pid = next(unused, None) if FORK_SERVER in arguments[-1] else None
        if pid is None:
            return really(path, arguments, fds)
        with ours:
            work = {"code": arguments[-1], "numbers": [*fds], "env": {**os.environ}}
            socket.send_fds(ours, [json.dumps(work).encode()], [*fds])
        return pid

    return spawn


def _run_code(asked: socket.socket) -> None:
    """Run what `python -c` would be given, with the file descriptors that it names; nothing if nobody asks."""
    message, fds, _, _ = socket.recv_fds(asked, LONGEST_REQUEST, MANY_FDS)
    asked.close()
    if not message:
        os._exit(0)
    work = json.loads(message)
    raised = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, HIGH_FD) for fd in fds]
    for fd in fds:
        os.close(fd)
    for fd, number in zip(raised, work["numbers"], strict=True):
        os.dup2(fd, number, inheritable=False)
        os.close(fd)
    os.environ.clear()
    os.environ.update(work["env"])
    exec(work["code"], {"__name__": "__main__"})  # what multiprocessing would give to `python -c`
    sys.exit(0)


def main(fd: int) -> None:
    """Import, then fork until the tests have ended."""
    for name in IMPORTED:
        import_module(name)
    if READS_SETTINGS in sys.modules:
        raise RuntimeError(f"{READS_SETTINGS} was imported, which reads the environment of the process that it is in")
    gc.collect()
    _become(_serve(socket.socket(fileno=fd)))


if __name__ == "__main__":
    main(int(sys.argv[1]))
