"""The quota as the provider counts it: when calls arrive, over real HTTP, at a server in another process."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from pydantic import SecretStr

from dropship_pipeline.marketplaces.fields import json_of
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.client import PaidClient
from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline.models import ApiRequest
from dropship_pipeline_tests.unit.marketplace_fakes import MemoryLedger

PER_MINUTE, LATENCY_S, IN_FLIGHT = 600, 3.0, 60
PER_SECOND = PER_MINUTE // 60
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


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


async def arrivals_of(calls: int) -> list[float]:
    """Seconds at which `calls` calls arrived, asked for all at once and each answered after the latency."""
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


def share_of_quota(arrivals: list[float]) -> float:
    """How much of the quota was used between the first arrival and the last."""
    return (len(arrivals) - 1) / (arrivals[-1] - arrivals[0]) / PER_SECOND


def shortest_span(arrivals: list[float], calls: int) -> float:
    """Seconds in which `calls` calls arrived, where they were closest."""
    return min(last - first for first, last in zip(arrivals, arrivals[calls - 1 :], strict=False))
