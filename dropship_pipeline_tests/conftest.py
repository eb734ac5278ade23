"""The servers that integration tests run on: a real PostgreSQL and a real S3, started once per session.

Ask for `database_url` (a fresh, migrated database) and `bucket` (a fresh bucket); `stack` has the addresses and keys.
"""

import gc
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Self

import botocore.session
import psutil
import pytest

from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.postgres import Postgres
from dropship_pipeline.localstack.s3.seaweed import Seaweed
from dropship_pipeline.storage.database.migrate import upgrade
from dropship_pipeline_tests.image_host import IMAGE, ImageHost, answer, image_host

# They begin first, the longest before the others; the short ones fill the gaps at the end.
LONG_FILES = (
    "test_stack_supervisor.py", "test_today.py", "test_pages.py", "test_pages_in_use.py", "test_other_users.py",
    "test_pictures.py", "test_before_login.py", "test_export.py", "test_figures.py", "test_sellers_together.py",
    "test_sellers_budget.py", "test_sellers_faults.py", "test_job_execute_failures.py", "test_release_0_1.py",
    "test_job_execute_together.py", "test_stack_servers.py", "test_api_runs.py", "test_cli_sellers.py",
    "test_export_slots.py", "test_cli_resume.py", "test_readings.py", "test_replay.py", "test_api_sellers.py",
    "test_job_execute_exact.py", "test_tracing.py", "test_money_pages.py", "test_page_sockets.py", "test_provenance.py",
    "test_dagster_client.py", "test_cli_runs.py",
)  # fmt: skip
pytest_plugins = ("dropship_pipeline_tests.soak.time_box",)
TEMPLATE_DATABASE = "migrated"
# The databases of a test session are thrown away; only a power failure could tell the difference.
THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
# Postgres makes some four hundred files a database, and on a disk that costs ten times the CPU of everything in them.
MEMORY_FOLDER = Path("/dev/shm")
MEMORY_NEEDED = 4 * 2**30
_numbers = count(1)
# Each S3 client parses the same two megabytes of JSON: a process does so once, the tests hundreds of times.
botocore.session.create_loader = cache(botocore.session.create_loader)


class LocalServers:
    """The session's PostgreSQL and S3, and what tests do to them: create and drop databases and buckets."""

    def __init__(self, home: StackHome, options: Sequence[str] = THROW_AWAY) -> None:
        self.home = home
        self.postgres = Postgres(home, options=options)
        self.s3 = Seaweed(home)

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Start both, and stop them at the end."""
        with self.home.lock(), ExitStack() as stops:
            for service in (self.postgres, self.s3):
                stops.callback(service.stop)
                service.start()
            yield self

    @property
    def database_url(self) -> str:
        """The stack's own, empty database; prefer the fixture `database_url`."""
        return self.postgres.url()

    @property
    def s3_endpoint_url(self) -> str:
        return self.s3.endpoint_url

    @property
    def s3_access_key(self) -> str:
        return self.s3.access_key

    @property
    def s3_secret_key(self) -> str:
        return self.s3.secret_key

    def create_database(self, name: str, template: str = "template1") -> str:
        """Create a database; returns its URL."""
        self.postgres.create_database(name, template)
        return self.postgres.url(name)

    def drop_database(self, name: str) -> None:
        self.postgres.drop_database(name)

    def create_bucket(self, name: str) -> None:
        self.s3.create_bucket(name)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServers]:
    """PostgreSQL and S3, stopped at the end of the session."""
    with LocalServers(StackHome(tmp_path_factory.mktemp("stack"))).running() as servers:
        yield servers


@pytest.fixture(scope="session")
def _migrated_template(stack: LocalServers) -> str:
    upgrade(stack.create_database(TEMPLATE_DATABASE))
    return TEMPLATE_DATABASE


@pytest.fixture
def database_url(stack: LocalServers, _migrated_template: str) -> Iterator[str]:
    """A fresh database with all migrations applied, dropped after the test."""
    name = f"test_{next(_numbers)}"
    yield stack.create_database(name, template=_migrated_template)
    stack.drop_database(name)


@pytest.fixture
def bucket(stack: LocalServers) -> str:
    """The name of a fresh, empty bucket."""
    name = f"test-{next(_numbers)}"
    stack.create_bucket(name)
    return name


@pytest.fixture
async def host() -> AsyncIterator[ImageHost]:
    """A server of pictures that has one."""
    async with image_host() as server:
        server.routes["/a.jpg"] = answer(IMAGE)
        yield server


def pytest_sessionstart() -> None:
    """Look for no garbage while what stays for the whole session is imported: it takes a fifth of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for garbage from now on, but not again and again among what was imported."""
    gc.freeze()
    gc.enable()


def pytest_configure() -> None:
    """Keep what the tests write in memory, where there is room; `PYTEST_DEBUG_TEMPROOT` names another folder."""
    if MEMORY_FOLDER.is_dir() and os.access(MEMORY_FOLDER, os.W_OK | os.X_OK) and _room() >= MEMORY_NEEDED:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY_FOLDER))


def _room() -> int:
    """Bytes that files in memory may take; 0 where programs in them cannot be started."""
    if os.statvfs(MEMORY_FOLDER).f_flag & os.ST_NOEXEC:
        return 0
    return min(psutil.disk_usage(str(MEMORY_FOLDER)).free, psutil.virtual_memory().available // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies under `integration`, so that `-m "not integration"` runs without any server; long files first."""
    folder = Path(__file__).parent / "integration"
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.integration)
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[int, bool]:
    """Where a test stands, so that no process is left with a long file while the others have nothing more to do."""
    place = LONG_FILES.index(item.path.name) if item.path.name in LONG_FILES else len(LONG_FILES)
    return place, item.get_closest_marker("integration") is None
