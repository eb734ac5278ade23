"""`dropship up` and `down` as a person uses them: one process per folder, and nothing left behind."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from dropship_pipeline.localstack.processes import ProcessRecord, wait_until

API_KEY = "a-key-that-must-not-be-written"
# With keys the sandbox is not started, which most tests do not need.
KEYS = {"RAINFOREST_API_KEY": API_KEY, "SCRAPERAPI_KEY": API_KEY}
READY = "Ctrl-C stops everything."
TIMEOUT_S = 60


class Up:
    """A running `dropship up` and what it said."""

    def __init__(self, home: Path, *options: str, **environment: str) -> None:
        self.home = home
        self.said: list[str] = []
        self.process = subprocess.Popen(
            command("up", *options),
            env=clean_environment(home) | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, text: str) -> "Up":
        """Read until a line contains `text`."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if text in line:
                return self
        raise AssertionError(f"ended without {text!r}: {self.said}")

    def stack(self) -> dict[str, dict[str, dict[str, int]]]:
        content: dict[str, dict[str, dict[str, int]]] = json.loads((self.home / "stack.json").read_text())
        return content

    def services(self) -> list[str]:
        return sorted(self.stack()["processes"])

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(TIMEOUT_S)

    def close(self) -> None:
        """End it if it still runs."""
        if self.process.poll() is None:
            self.end()
        assert self.process.stdout is not None
        self.process.stdout.close()


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dropship_pipeline.cli", *arguments]


def clean_environment(home: Path) -> dict[str, str]:
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return passed_on | {"DROPSHIP_HOME": str(home)}


def run(home: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments),
        env=clean_environment(home) | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )


@contextmanager
def running(home: Path, *options: str, **environment: str) -> Iterator[Up]:
    up = Up(home, *options, **environment)
    try:
        yield up.wait_for(READY)
    finally:
        up.close()


def processes_of(home: Path) -> list[str]:
    """Every living process that names the folder in its arguments, its environment or as its working directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                places = [*process.cmdline(), *process.environ().values(), process.cwd()]
                if any(str(home) in place for place in places):
                    found.append(f"{process.pid} {process.cmdline()}")
        except psutil.Error:
            continue
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "a folder with spaces"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """A stack with a (made-up) key set, shared by the tests that only look."""
    home = tmp_path_factory.mktemp("live") / ".dropship"
    with running(home, "--services-only", **KEYS) as up:
        yield up


def test_an_api_key_is_not_written_anywhere(live: Up) -> None:
    files = [path for path in live.home.rglob("*") if path.is_file()]
    assert [path for path in files if API_KEY.encode() in path.read_bytes()] == []
    assert API_KEY not in "".join(live.said)


def test_the_sandbox_does_not_stand_in_for_a_live_marketplace(live: Up) -> None:
    assert "DROPSHIP_SANDBOX_URL" not in live.stack()["settings"]
    assert live.services() == ["postgres", "s3"]


@pytest.mark.parametrize("file", ["stack.json", "dagster/dagster.yaml", "logs/postgres.log", "logs/s3.log"])
def test_nobody_else_can_read_what_may_hold_a_secret(live: Up, file: str) -> None:
    assert (live.home / file).stat().st_mode & 0o077 == 0


def test_a_second_stack_in_the_same_folder_is_refused(live: Up) -> None:
    second = run(live.home, "up", "--services-only")
    assert second.returncode == 1
    assert "already running" in second.stderr
    assert live.process.poll() is None


def test_doctor_finds_nothing_wrong_with_a_running_stack_and_tells_no_secret(live: Up) -> None:
    home = str(live.home / "dagster")
    nobody = "127.0.0.1:9"
    loopback = dict.fromkeys(("RAINFOREST_BASE_URL", "SCRAPERAPI_BASE_URL"), f"http://{nobody}")
    loopback["DROPSHIP_IMAGE_HOSTS"] = nobody
    said = run(live.home, "doctor", DAGSTER_HOME=home, **loopback, **KEYS).stdout
    wrong = [line.split("  ")[1] for line in said.splitlines() if line.startswith("WRONG")]
    assert wrong == ["rainforest", "scraperapi", "image hosts"]
    assert API_KEY not in said
    assert not any(secret in said for secret in json.loads((live.home / "stack.json").read_text())["secrets"].values())


def test_doctor_has_only_a_note_about_a_shell_that_lacks_dagster_home(live: Up) -> None:
    lines = [line for line in run(live.home, "doctor", **KEYS).stdout.splitlines() if " dagster " in line]
    assert [line.split()[0] for line in lines] == ["note"]


@pytest.mark.parametrize("value", ["socks5://127.0.0.1:1080", "http://["])
def test_doctor_names_the_variable_of_a_proxy_that_cannot_be_used(live: Up, value: str) -> None:
    said = run(live.home, "doctor", **KEYS, HTTPS_PROXY=value).stdout
    wrong = {line.split("  ")[1] for line in said.splitlines() if line.startswith("WRONG") and "HTTPS_PROXY" in line}
    assert wrong == {"rainforest", "scraperapi", "image hosts"}


def test_doctor_says_what_to_do_where_nothing_runs(home: Path) -> None:
    done = run(home, "doctor")
    assert done.returncode == 1
    assert "run `dropship up`" in done.stdout


def test_env_is_what_a_shell_can_evaluate(home: Path) -> None:
    exports = run(home, "env").stdout
    shell = subprocess.run(
        ["sh", "-c", f'{exports}\nprintf %s "$DAGSTER_HOME"'], capture_output=True, text=True, check=True
    )
    assert shell.stdout == str(home / "dagster")


def test_an_interrupt_stops_everything_in_good_order(home: Path) -> None:
    with running(home, "--services-only") as up:
        assert up.services() == ["postgres", "s3", "sandbox"]
        assert up.end(signal.SIGINT) == 0
    assert processes_of(home) == []
    assert up.stack()["settings"] == {}


def test_impatient_interrupts_during_the_start_leave_nothing_behind(home: Path) -> None:
    with closing(Up(home, "--services-only").wait_for("Starting")) as up:
        wait_until((home / "postgres").exists, TIMEOUT_S)
        for _ in range(50):
            up.process.send_signal(signal.SIGINT)
        assert up.end() == 130
    assert processes_of(home) == []


def test_the_next_up_takes_the_folder_over_from_a_killed_supervisor(home: Path) -> None:
    with running(home, "--services-only", **KEYS) as up:
        up.end(signal.SIGKILL)
    with running(home, "--services-only", **KEYS) as successor:
        assert successor.services() == ["postgres", "s3"]
    assert processes_of(home) == []


def test_down_stops_a_stack_that_was_started_elsewhere(home: Path) -> None:
    with running(home, "--services-only", **KEYS) as up:
        assert run(home, "down").returncode == 0
        assert up.process.wait(TIMEOUT_S) == 0
    assert processes_of(home) == []


def test_a_stranger_with_a_recorded_number_is_left_alone(home: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    record = ProcessRecord.of(stranger.pid, "sleep").model_copy(update={"create_time": 1.0}).model_dump()
    home.mkdir()
    stack = {"supervisor": record, "processes": {"s3": record, "postgres": record}}
    (home / "stack.json").write_text(json.dumps(stack))
    try:
        assert run(home, "down").returncode == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_server_that_dies_is_started_again_at_the_same_address(home: Path) -> None:
    with running(home, "--services-only", **KEYS) as up:
        url = str(up.stack()["settings"]["DROPSHIP_DATABASE_URL"])
        os.kill(up.stack()["processes"]["postgres"]["pid"], signal.SIGKILL)
        up.wait_for("postgres has ended")
        assert wait_until(lambda: _connects(url), TIMEOUT_S)


def test_of_eight_starts_at_once_one_wins_and_seven_are_refused(home: Path) -> None:
    with ExitStack() as stack:
        ups = [stack.enter_context(closing(Up(home, "--services-only", **KEYS))) for _ in range(8)]
        assert wait_until(lambda: sum(up.process.poll() is not None for up in ups) == 7, TIMEOUT_S)
        (winner,) = [up for up in ups if up.process.poll() is None]
        winner.wait_for(READY).end()
        assert sorted(up.process.returncode for up in ups) == [0] + 7 * [1]
    assert processes_of(home) == []


def test_the_demo_refuses_to_spend_money(home: Path) -> None:
    done = run(home, "demo", **KEYS)
    assert done.returncode == 1
    assert "API key" in done.stderr


def test_the_user_interface_and_its_daemon_start_and_stop_with_the_stack(home: Path) -> None:
    with running(home, **KEYS) as up:
        url = up.stack()["settings"]["DROPSHIP_DAGSTER_URL"]
        assert _answers(f"{url}/server_info")
        assert "dagster-daemon" in up.stack()["processes"]
    assert processes_of(home) == []


def _answers(url: object) -> bool:
    try:
        return httpx.get(str(url), trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
