"""The quota as the provider counts it: over real HTTP, at the server's end, in another process."""

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

import pytest
from pydantic import SecretStr

from dropship_pipeline.marketplaces.fields import json_of
from dropship_pipeline.marketplaces.pace import Pace
from dropship_pipeline.marketplaces.transport import PaidClient
from dropship_pipeline.models import ApiRequest, CallMeter
from dropship_pipeline_tests.unit.marketplace_fakes import MemoryLedger

CALLS, PER_MINUTE, LATENCY_S, IN_FLIGHT = 300, 600, 3.0, 60
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.soak


def _serve(parent: Connection) -> None:
    """Answer every request after the latency; write down when its head came in."""
    arrivals: list[float] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                arrivals.append(time.monotonic())
                await asyncio.sleep(LATENCY_S)
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        parent.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(parent.recv)
        parent.send(arrivals)

    asyncio.run(serve())


@contextmanager
def _counting_server() -> Iterator[tuple[str, Connection]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}", ours
    finally:
        process.terminate()
        process.join()


async def _arrivals_of(calls: int) -> list[float]:
    with _counting_server() as (url, server):
        pace = Pace(PER_MINUTE, IN_FLIGHT)
        key, ledger = SecretStr("sandbox"), MemoryLedger()
        async with PaidClient("scraperapi", url, key, ledger=ledger, meter=CallMeter(), pace=pace) as client:
            # The first call of a process also loads the HTTP client, which is no question of pace.
            await client.ask(ApiRequest("scraperapi", "/", {"number": "first"}), json_of)
            requests = [ApiRequest("scraperapi", "/", {"number": str(number)}) for number in range(calls)]
            await asyncio.gather(*(client.ask(request, json_of) for request in requests))
        server.send("done")
        arrivals: list[float] = server.recv()
    return arrivals[1:]


async def test_no_second_at_the_server_has_more_calls_than_the_quota_and_little_of_the_quota_is_lost() -> None:
    arrivals = await _arrivals_of(CALLS)
    per_second = PER_MINUTE // 60
    spans = [later - earlier for earlier, later in zip(arrivals, arrivals[per_second:], strict=False)]
    ratio = (CALLS - 1) / (arrivals[-1] - arrivals[0]) / per_second
    logger.info("achieved / quota %.4f, shortest span of %s calls %.4f s", ratio, per_second + 1, min(spans))
    assert len(arrivals) == CALLS
    assert min(spans) >= 1.0
    assert ratio >= 0.98
