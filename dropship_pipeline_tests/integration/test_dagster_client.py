"""The admin page's way to Dagster, against the guarded webserver and against servers that misbehave."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from pydantic import SecretStr

from dropship_pipeline.admin import dagster_client
from dropship_pipeline.admin.dagster_client import DagsterClient
from dropship_pipeline.errors import DagsterUnavailable, RequestInvalid
from dropship_pipeline.localstack.processes import wait_until

# Dagster's own client still calls gql in a way that gql will drop.
pytestmark = pytest.mark.filterwarnings("ignore:Using .*is deprecated:DeprecationWarning")

TOKEN = "dsp_a-token-that-must-not-be-told"
JOB = "small_job"
CONFIG = {"ops": {"wish": {"config": {"count": 3}}}}
START_S = 60
# Without a daemon a run stays in the queue, so nothing depends on when it would start.
INSTANCE = """
telemetry: {enabled: false}
run_coordinator: {module: dagster._core.run_coordinator, class: QueuedRunCoordinator}
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A guarded Dagster webserver with one small job."""
    home = tmp_path_factory.mktemp("dagster")
    (home / "dagster.yaml").write_text(INSTANCE)
    port = _free_port()
    with serving(home, port):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def serving(home: Path, port: int) -> Iterator[None]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    serve = [sys.executable, "-m", "dropship_pipeline.webserver", "--port", str(port)]
    settings = {"DAGSTER_HOME": str(home), "DROPSHIP_HOME": str(home), "DAGSTER_DISABLE_TELEMETRY": "1"}
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [*serve, "-m", "dropship_pipeline_tests.small_dagster"],
            env=environment | settings,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        assert wait_until(lambda: process.poll() is not None or _lives(port), START_S)
        assert process.poll() is None, (home / "log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(START_S)


@pytest.fixture
def client(url: str) -> Iterator[DagsterClient]:
    opened = DagsterClient(url)
    yield opened
    opened.close()


async def test_a_launched_run_that_cannot_be_ended_or_looked_at_again(client: DagsterClient) -> None:
    run_id = await client.launch(JOB, CONFIG, {"dropship/org": "default"})
    assert await client.status(run_id) == "QUEUED"
    await client.terminate(run_id)
    assert await client.status(run_id) == "CANCELED"


async def test_ending_a_run_that_has_ended_meanwhile_is_no_error(client: DagsterClient) -> None:
    run_id = await client.launch(JOB, CONFIG, {})
    await client.terminate(run_id)
    await client.terminate(run_id)
    assert await client.status(run_id) == "CANCELED"


async def test_a_configuration_that_does_not_fit_is_refused_with_the_place_and_without_a_stack_trace(
    client: DagsterClient,
) -> None:
    with pytest.raises(RequestInvalid) as refused:
        await client.launch(JOB, {"ops": {"wish": {"config": {"count": "three", "colour": "red"}}}}, {})
    said = str(refused.value)
    assert "root:ops:wish:config" in said
    assert "colour" in said
    assert "Traceback" not in said
    assert "\n" not in said


async def test_a_code_location_that_is_not_loaded_is_told_from_a_wrong_configuration(client: DagsterClient) -> None:
    with pytest.raises(DagsterUnavailable, match="/locations"):
        await client.launch("collect_and_store", {}, {})


async def test_an_unknown_run_is_told_from_a_dead_server(client: DagsterClient) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert await client.status(unknown) is None
    with pytest.raises(RequestInvalid, match=unknown):
        await client.terminate(unknown)


async def test_a_proxy_of_the_environments_does_not_stand_between_us_and_dagster(
    client: DagsterClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert await client.is_available()
    assert await client.status("00000000-0000-0000-0000-000000000000") is None


async def test_a_dead_server_is_named_without_the_password_in_its_address() -> None:
    client = DagsterClient(f"http://user:secret@127.0.0.1:{_free_port()}", SecretStr(TOKEN))
    assert not await client.is_available()
    with pytest.raises(DagsterUnavailable) as unavailable:
        await client.launch(JOB, CONFIG, {})
    assert "127.0.0.1" in str(unavailable.value)
    _assert_tells_no_secret(unavailable.value)


@pytest.mark.parametrize(
    ("status", "advice"),
    [(401, "DROPSHIP_DAGSTER_TOKEN"), (303, "another server"), (500, "HTTP 500"), (200, "another server")],
)
async def test_no_answer_of_a_server_tells_the_token(status: int, advice: str) -> None:
    with echoing(status) as (url, shown):
        client = DagsterClient(url, SecretStr(TOKEN))
        with pytest.raises(DagsterUnavailable, match=advice) as unavailable:
            await client.launch(JOB, CONFIG, {})
        assert shown == [f"Bearer {TOKEN}"]
    _assert_tells_no_secret(unavailable.value)


async def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dagster_client, "TIMEOUT_S", 0.2)
    monkeypatch.setattr(dagster_client, "PROBE_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = DagsterClient(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert not await client.is_available()
        with pytest.raises(DagsterUnavailable, match="whether a run has begun"):
            await client.launch(JOB, CONFIG, {})


@contextmanager
def echoing(status: int) -> Iterator[tuple[str, list[str]]]:
    """A server that answers everything with `status` and repeats what it was shown."""
    shown: list[str] = []

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            shown.append(self.headers["Authorization"])
            body = shown[-1].encode()
            self.send_response(status)
            self.send_header("Location", "/login")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ExitStack() as stack:
        server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Echo))
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        stack.callback(server.shutdown)
        yield f"http://127.0.0.1:{server.server_port}", shown


def _assert_tells_no_secret(error: BaseException) -> None:
    assert error.__suppress_context__
    assert TOKEN not in str(error)
    assert "secret" not in str(error)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _lives(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/livez", trust_env=False).is_success
    except httpx.TransportError:
        return False
