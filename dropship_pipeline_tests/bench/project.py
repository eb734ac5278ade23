"""The project's own worker, put together as the Dagster branches put it together, without Dagster."""

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager

from dropship_pipeline.collection.assembly import PaidCalls
from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Platform
from dropship_pipeline.settings import load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.bench.load import QUERIES, TOP_K, WINDOW
from dropship_pipeline_tests.bench.servers import Place

JOB_ID = "bench"


@contextmanager
def opened_worker(
    place: Place, platform: Platform, *, window: int, queries: Sequence[str] = QUERIES, top_k: int = TOP_K
) -> Iterator[tuple[asyncio.Runner, PlatformWorker]]:
    """A worker, and the event loop that it belongs to."""
    os.environ.update(place.environment())
    environment = load_settings()
    database, objects = Database.from_settings(environment), object_store(environment)
    settings = ProductsSettings(queries=list(queries), top_amz=top_k, top_ebay=top_k, storage_window=window)
    run = RunRecords(database, environment.org).register(
        JOB_ID, job_id=JOB_ID, job_name=JOB_ID, config={}, total=len(queries), sandbox=True
    )
    opened = AsyncExitStack()
    with asyncio.Runner() as runner:
        calls = PaidCalls(environment, database, objects, run, CallMeter())
        worker = runner.run(opened.enter_async_context(calls.worker(settings, platform)))
        yield runner, worker
        runner.run(opened.aclose())
    objects.close()
    database.close()


@contextmanager
def strict_worker(place: Place, platform: Platform) -> Iterator[Callable[[], int]]:
    """Yields what collects and stores one product after the other, and returns how many it stored."""
    with opened_worker(place, platform, window=1) as (runner, worker):
        yield lambda: runner.run(worker.run(JOB_ID)).count


@contextmanager
def wide_worker(place: Place, platform: Platform) -> Iterator[Callable[[], int]]:
    """The same with several products at once."""
    with opened_worker(place, platform, window=WINDOW) as (runner, worker):
        yield lambda: runner.run(worker.run(JOB_ID)).count
