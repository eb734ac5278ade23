"""Exports in parallel over real connections: so many at once, none for ever, and never all for one org."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from http import HTTPStatus

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from dropship_pipeline.admin.api import files
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline_tests.integration.api_client import fake_app, make_token

SELLERS, PRODUCTS = "/api/collection/sellers/export", "/api/collection/products/export"
# More than the buffers of both ends of a connection hold.
ROWS = text(
    """
    INSERT INTO sellers (org_id, seller_name, seller_name_normalized, first_seen_at, last_seen_at, first_job_id,
                         source_products)
    SELECT org, 'Seller ' || n, 'seller ' || n, now(), now(), 'job', jsonb_build_array(repeat('x', 6000))
    FROM generate_series(1, 5000) n, (VALUES ('default'), ('other')) AS orgs (org)
    """
)
REFUSED = HTTPStatus.SERVICE_UNAVAILABLE


@pytest.fixture
def app(database: Database, database_url: str) -> Iterator[FastAPI]:
    app, _ = fake_app(database_url)
    make_token(app, org="other")  # makes the org
    with database.begin() as connection:
        connection.execute(ROWS)
    yield app
    app.state.services.close()


class Readers:
    """Asks for exports, and takes nothing of the files beyond what lies in buffers."""

    def __init__(self, app: FastAPI, url: str, stack: AsyncExitStack) -> None:
        self._app = app
        self._url = url
        self._stack = stack

    async def ask(self, number: int, *, org: str = "default", path: str = SELLERS) -> list[httpx.Response]:
        """So many answers at once, their bodies not read."""
        headers = {"Authorization": f"Bearer {make_token(self._app, org=org).get_secret_value()}"}
        limits = httpx.Limits(max_connections=None)
        client = httpx.AsyncClient(base_url=self._url, headers=headers, trust_env=False, limits=limits, timeout=120)
        await self._stack.enter_async_context(client)
        requests = (client.stream("GET", path, params={"format": "json"}) for _ in range(number))
        return await asyncio.gather(*map(self._stack.enter_async_context, requests))


@pytest.fixture
async def readers(app: FastAPI, app_url: str) -> AsyncIterator[Readers]:
    async with AsyncExitStack() as stack:
        yield Readers(app, app_url, stack)


def statuses(answers: list[httpx.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def test_of_twenty_four_exports_at_once_four_are_sent_and_twenty_are_told_when_to_come_again(
    readers: Readers,
) -> None:
    answers = await readers.ask(24)
    assert statuses(answers) == [200] * 4 + [REFUSED] * 20
    for answer in answers:
        if answer.status_code == REFUSED:
            assert int(answer.headers["retry-after"]) > 0
            assert "exports" in (await answer.aread()).decode()


async def test_an_org_that_has_all_the_exports_cannot_keep_another_from_its_own(readers: Readers) -> None:
    assert statuses(await readers.ask(8)) == [200] * 4 + [REFUSED] * 4
    assert statuses(await readers.ask(8, path=PRODUCTS)) == [REFUSED] * 8
    assert statuses(await readers.ask(3, org="other")) == [200, REFUSED, REFUSED]


async def test_a_reader_who_takes_nothing_is_cut_and_his_slot_and_connection_are_free_again(
    app: FastAPI, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.PATIENCE_S == 30
    monkeypatch.setattr(files, "PATIENCE_S", 2.0)
    asleep = await readers.ask(4)
    pool = app.state.services.database.engine.pool
    async with asyncio.timeout(60):
        while app.state.services.exports.taken.total() or pool.checkedout():
            await asyncio.sleep(0.05)
    for answer in asleep:
        with pytest.raises(httpx.RemoteProtocolError):
            await answer.aread()
    (whole,) = await readers.ask(1)
    assert len(await whole.aread()) > 10_000_000, "the slot was not free, or a reader who reads was cut"


async def test_a_reader_who_reads_slowly_gets_his_whole_file(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE_S", 2.0)
    (answer,) = await readers.ask(1)
    size = 0
    async for piece in answer.aiter_raw(4_000_000):
        size += len(piece)
        await asyncio.sleep(0.7)
    assert size > 10_000_000


async def test_an_export_that_fails_before_it_begins_gives_its_slot_back(app: FastAPI, readers: Readers) -> None:
    with app.state.services.database.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE sellers RENAME TO elsewhere")
    for _ in range(3):
        await readers.ask(4)
    async with asyncio.timeout(10):
        while app.state.services.exports.taken.total():
            await asyncio.sleep(0.05)
