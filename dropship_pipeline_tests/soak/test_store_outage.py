"""The object store killed under both jobs, for a moment and for good, at random moments, on two servers of it.

Nothing that was paid for is lost but what was open, no run that lacks something says that it is completed, and the job
that goes on leaves what an undisturbed one leaves.
"""

import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.s3.seaweed import Seaweed
from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak import kills
from dropship_pipeline_tests.soak.compare import assert_same_rows
from dropship_pipeline_tests.soak.kills import Home
from dropship_pipeline_tests.soak.other_s3 import KEY, s3rver

pytestmark = pytest.mark.soak
SEED = 1_126
MOMENTS = 2
AWAY_S = 5.0
WAIT_S = 8
MOST_IN_FLIGHT = 5
JOBS = ("collect_and_store", "collect_sellers")
LISTINGS = (
    "SELECT i.asin, i.item_id, i.position, i.title, i.ebay_price_cents, s.seller_name_normalized "
    "FROM collection_items i LEFT JOIN sellers s ON s.id = i.seller_id ORDER BY 1, 2"
)
_numbers = count(1)


@dataclass(frozen=True)
class Store:
    """A kind of object store, and what the tests do to it."""

    name: str
    endpoint_url: str
    access_key: str
    secret_key: str
    create_bucket: Callable[[str], None]
    kill: Callable[[], None]
    start: Callable[[], None]


@contextmanager
def _seaweedfs(servers: LocalServers, _folder: Path) -> Iterator[Store]:
    s3 = servers.s3
    yield Store("seaweedfs", s3.endpoint_url, s3.access_key, s3.secret_key, s3.create_bucket,
                lambda: kills.kill_server(s3), s3.start)  # fmt: skip


@contextmanager
def _s3rver(_servers: LocalServers, folder: Path) -> Iterator[Store]:
    with s3rver(folder) as server:
        yield Store("s3rver", server.endpoint_url, KEY, KEY, server.create_bucket, server.kill, server.start)


@pytest.fixture(scope="module", params=[_seaweedfs, _s3rver], ids=["seaweedfs", "s3rver"])
def store(
    request: pytest.FixtureRequest, servers: LocalServers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    with request.param(servers, tmp_path_factory.mktemp("store") / "s3") as opened:
        yield opened


MakeHome = Callable[[], Home]


@pytest.fixture(scope="module")
def make_home(
    servers: LocalServers, store: Store, sandbox_url: str, tmp_path_factory: pytest.TempPathFactory
) -> MakeHome:
    def make() -> Home:
        number = next(_numbers)
        database_url = servers.create_database(f"outage_{number}")
        upgrade(database_url)
        store.create_bucket(f"outage-{number}")
        more = {
            "DROPSHIP_S3_ENDPOINT_URL": store.endpoint_url,
            "AWS_ACCESS_KEY_ID": store.access_key,
            "AWS_SECRET_ACCESS_KEY": store.secret_key,
            "DROPSHIP_S3_WAIT_SECONDS": str(WAIT_S),
        }
        folder = tmp_path_factory.mktemp(f"home{number}")
        return Home(servers, sandbox_url, folder, database_url, f"outage-{number}", more=more)

    return make


@pytest.fixture(scope="module")
def undisturbed(make_home: MakeHome) -> dict[str, Any]:
    """What each job leaves where nothing is in its way."""
    left = {}
    for job in JOBS:
        home = make_home()
        home.run_to_the_end("job", job)
        left[job] = everything(home)
        assert left[job]["calls"]
    assert left["collect_and_store"]["products"]
    assert left["collect_sellers"]["listings"]
    return left


def everything(home: Home) -> dict[str, Any]:
    with psycopg.connect(home.database_url) as connection:
        listings = connection.execute(LISTINGS).fetchall()
    keys = {key for key in home.objects() if key.startswith("images/")}
    return {**home.tables(), "listings": listings, "images in the store": keys}


def assert_as_if_nothing_had_happened(home: Home, undisturbed: dict[str, Any]) -> None:
    """Everything is there once. A run that goes on may make a control search more, which none before it has made."""
    found = everything(home)
    calls, expected = set(found.pop("calls")), dict(undisturbed)
    missing = set(expected.pop("calls")) - calls
    assert_same_rows(found, expected)
    assert missing == set()
    assert len(calls) - len(undisturbed["calls"]) <= 1


def moments(name: str) -> list[float]:
    """Seconds after the first paid call at which to strike."""
    return [random.Random(f"{SEED} {name} {number}").uniform(0.05, 4.0) for number in range(MOMENTS)]


def wait_for_calls(home: Home, run: "subprocess.Popen[bytes]") -> None:
    """Until the run has asked a marketplace for something."""
    deadline = time.monotonic() + kills.START_S
    while time.monotonic() < deadline:
        counts = kills.control(home.sandbox_url, "GET")
        if any(counts[provider]["charged"] for provider in ("rainforest", "scraperapi")):
            return
        assert run.poll() is None, home.logs[-1].read_text(encoding="utf-8")[-3000:]
        time.sleep(0.02)
    pytest.fail("the run asked for nothing")


def struck(home: Home, store: Store, job: str, after_s: float) -> "subprocess.Popen[bytes]":
    """A run whose store has just been killed."""
    kills.control(home.sandbox_url, "DELETE")
    run = home.start("job", job)
    wait_for_calls(home, run)
    time.sleep(after_s)
    store.kill()
    return run


@pytest.mark.parametrize("after_s", moments("moment"))
@pytest.mark.parametrize("job", JOBS)
def test_a_store_that_is_away_for_a_moment_is_waited_for(
    make_home: MakeHome, store: Store, undisturbed: dict[str, Any], job: str, after_s: float
) -> None:
    home = make_home()
    home.more["DROPSHIP_S3_WAIT_SECONDS"] = "60"
    run = struck(home, store, job, after_s)
    time.sleep(AWAY_S)
    store.start()
    assert run.wait(kills.RUN_S) == 0, home.logs[-1].read_text(encoding="utf-8")[-3000:]
    assert_as_if_nothing_had_happened(home, undisturbed[job])
    assert home.states() == ["completed"]
    assert kills.charged_again(home.sandbox_url) == {"rainforest": 0, "scraperapi": 0}


@pytest.mark.parametrize("after_s", moments("good"))
@pytest.mark.parametrize("job", JOBS)
def test_a_store_that_does_not_come_back_ends_the_run_which_goes_on_without_paying_again(
    make_home: MakeHome, store: Store, undisturbed: dict[str, Any], job: str, after_s: float
) -> None:
    home = make_home()
    run = struck(home, store, job, after_s)
    code = run.wait(kills.RUN_S)
    store.start()
    if code == 0:  # it had kept all of it before
        assert_as_if_nothing_had_happened(home, undisturbed[job])
        return
    assert home.states() == ["failed"]
    with psycopg.connect(home.database_url) as connection:
        row = connection.execute("SELECT error_message FROM collection_runs").fetchone()
    assert row is not None
    assert re.search(rf"waited for {WAIT_S} s; resume the run", row[0])
    home.run_to_the_end("job", job)
    assert_as_if_nothing_had_happened(home, undisturbed[job])
    assert home.states() == ["failed", "completed"]
    again = kills.charged_again(home.sandbox_url)
    assert all(calls <= MOST_IN_FLIGHT for calls in again.values()), again


def test_every_credit_of_an_outage_is_in_the_ledger(make_home: MakeHome, store: Store) -> None:
    home = make_home()
    struck(home, store, "collect_sellers", 1.0).wait(kills.RUN_S)
    store.start()
    charged = kills.control(home.sandbox_url, "GET")
    with psycopg.connect(home.database_url) as connection:
        booked: dict[str, int] = dict(
            connection.execute("SELECT provider, sum(credits) FROM api_calls GROUP BY 1").fetchall()
        )
    for provider in ("rainforest", "scraperapi"):
        assert int(booked.get(provider) or 0) == charged[provider]["credits"]


def test_resume_by_the_command_line_stores_what_is_missing(make_home: MakeHome, store: Store) -> None:
    home = make_home()
    struck(home, store, "collect_and_store", 0.5).wait(kills.RUN_S)
    store.start()
    if home.states() == ["completed"]:
        return
    done = subprocess.run(
        [sys.executable, "-m", "dropship_pipeline.cli", "resume", "1"],
        env=home.environment(), cwd=home.folder, capture_output=True, text=True, check=False, timeout=kills.RUN_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert home.states() == ["failed", "completed"]


def refused_before_paying(home: Home) -> str:
    """Runs the job, which has to be refused before it pays; returns the reason."""
    kills.control(home.sandbox_url, "DELETE")
    home.more["DROPSHIP_S3_WAIT_SECONDS"] = "1"
    assert home.start("job").wait(kills.RUN_S) == 1
    counts = kills.control(home.sandbox_url, "GET")
    assert [counts[provider]["charged"] for provider in ("rainforest", "scraperapi")] == [0, 0]
    with psycopg.connect(home.database_url) as connection:
        row = connection.execute("SELECT status, error_message FROM collection_runs").fetchone()
    assert row is not None
    assert row[0] == "failed"
    return str(row[1])


class _TakesNothingButEmptyObjects(BaseHTTPRequestHandler):
    """What a store on a full disk does: the entry is made, the bytes find no room."""

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(507 if body else 200, FULL if body else b"")

    def do_GET(self) -> None:
        self._answer(200, b"")

    def do_DELETE(self) -> None:
        self._answer(204, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


FULL = b"<?xml version='1.0'?><Error><Code>InsufficientStorage</Code><Message>No room</Message></Error>"


def test_a_store_that_takes_empty_objects_but_no_bytes_ends_the_run_before_the_first_paid_call(
    make_home: MakeHome,
) -> None:
    home = make_home()
    with ThreadingHTTPServer(("127.0.0.1", 0), _TakesNothingButEmptyObjects) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        home.more["DROPSHIP_S3_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_address[1]}"
        assert "it is full" in refused_before_paying(home)
        server.shutdown()


def test_a_full_disk_is_called_full(make_home: MakeHome, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", str(disk)], check=False).returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    stack = StackHome(disk / "home")
    try:
        with stack.lock(), ExitStack() as stops:
            s3 = Seaweed(stack)  # finds no room for a volume of its own beside another's
            stops.callback(s3.stop)
            s3.start()
            home = make_home()
            home.more |= {
                "DROPSHIP_HOME": str(stack.path), "DROPSHIP_S3_ENDPOINT_URL": s3.endpoint_url,
                "DROPSHIP_S3_BUCKET": "dropship", "AWS_ACCESS_KEY_ID": s3.access_key,
                "AWS_SECRET_ACCESS_KEY": s3.secret_key,
            }  # fmt: skip
            assert "it is full" in refused_before_paying(home)
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
