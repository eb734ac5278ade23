"""How much one worker process grows while it stores thousands of products."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import psutil

from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.sandbox.catalogue.vocabulary import DEPARTMENTS
from dropship_pipeline_tests.bench.load import WINDOW
from dropship_pipeline_tests.bench.project import JOB_ID, opened_worker
from dropship_pipeline_tests.bench.servers import CATALOGUE_PRODUCTS, Place

WARM_UP_PRODUCTS = 500
SAMPLE_S = 0.1
MIB = 1024 * 1024
_QUERIES = tuple(kind.name.lower() for department in DEPARTMENTS for kind in department.kinds)


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident memory of the process.

    Args:
        products: stored after the warm-up.
        first_mib: after the warm-up.
        most_mib: the most that was seen after it.
    """

    products: int
    first_mib: float
    most_mib: float

    @property
    def mib(self) -> float:
        """By how much it grew."""
        return self.most_mib - self.first_mib


def memory_growth(place: Place) -> Growth:
    """Store the whole catalogue in a fresh process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_grow, place).result()


def _grow(place: Place) -> Growth:
    top_k = CATALOGUE_PRODUCTS // len(_QUERIES)
    with opened_worker(place, "amazon", window=WINDOW, queries=_QUERIES, top_k=top_k) as (runner, worker):
        sizes = runner.run(_sampled(worker))
    return Growth(worker.progress.stored - WARM_UP_PRODUCTS, sizes[0] / MIB, max(sizes) / MIB)


async def _sampled(worker: PlatformWorker) -> Sequence[int]:
    process, sizes = psutil.Process(), []
    working = asyncio.create_task(worker.run(JOB_ID))
    while not working.done():
        await asyncio.wait({working}, timeout=SAMPLE_S)
        if worker.progress.stored >= WARM_UP_PRODUCTS:
            sizes.append(process.memory_info().rss)
    working.result()
    return sizes
