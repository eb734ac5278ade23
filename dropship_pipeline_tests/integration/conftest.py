"""What many integration tests need: a database connection, an application, an in-memory raw store."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx
import pytest
import uvicorn
from dagster import DagsterInstance
from fastapi import FastAPI
from playwright.sync_api import Browser

from dropship_pipeline.errors import StorageUnavailable
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunRecord
from dropship_pipeline_tests.browser import browser
from dropship_pipeline_tests.integration.api_client import FakeDagster, client_of, fake_app, make_token


class RawMemory:
    """Raw answers in a dict, and a switch that makes writing fail as a lost object store does."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.broken = False

    def put(self, key: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> None:
        if self.broken:
            raise StorageUnavailable("S3 does not answer")
        self.objects[key] = data

    def get(self, key: str) -> bytes | None:
        return self.objects.get(key)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """A Dagster that keeps nothing."""
    with DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def app(database_url: str) -> Iterator[FastAPI]:
    """The admin application on this test's database; Dagster behind it is not real."""
    made, _ = fake_app(database_url)
    yield made
    made.state.services.close()


@pytest.fixture
def dagster(app: FastAPI) -> FakeDagster:
    """What stands behind the application for Dagster."""
    fake: FakeDagster = app.state.services.dagster
    return fake


@pytest.fixture
def objects(app: FastAPI) -> ObjectStore:
    """Where the application keeps pictures and answers."""
    kept: ObjectStore = app.state.services.objects
    return kept


@pytest.fixture
async def reader(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may look at everything of the application and do nothing."""
    async with client_of(app, make_token(app, "collection.read")) as client:
        yield client


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who may do everything with the application."""
    async with client_of(app, make_token(app)) as opened:
        yield opened


@pytest.fixture
async def app_url(app: FastAPI) -> AsyncIterator[str]:
    """The application behind a real server: only there can a connection break, and a reader hold up a writer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        task = asyncio.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for all tests of a module; each opens a context of its own, which has cookies of its own."""
    with browser() as opened:
        yield opened


@pytest.fixture
def raw() -> RawMemory:
    return RawMemory()


@pytest.fixture
def records(database: Database) -> RunRecords:
    return RunRecords(database, "default")


def register(records: RunRecords, dagster_run_id: str, job_id: str = "job") -> RunRecord:
    """A pending run record."""
    return records.register(
        dagster_run_id, job_id=job_id, job_name="collect_and_store", config={}, total=2, sandbox=False
    )
