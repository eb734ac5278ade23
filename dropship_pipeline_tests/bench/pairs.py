"""Runs one thing for both platforms at the same time, each in a fresh process, and takes its wall and CPU time."""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier

from dropship_pipeline.models import PLATFORMS, Platform
from dropship_pipeline_tests.bench.load import PRODUCTS
from dropship_pipeline_tests.bench.servers import Place

START_TIMEOUT_S = 60.0

# Opens what it needs, then yields the work that is timed; the work returns how many products it stored.
Prepared = Callable[[Place, Platform], AbstractContextManager[Callable[[], int]]]


class BenchError(Exception):
    """A figure would not mean what it says."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One platform's part: seconds of wall time, and of CPU time (user and system) of its process."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Both platforms' parts, run at the same time."""

    timings: tuple[Timing, ...]

    @property
    def wall_s(self) -> float:
        """Mean wall time of the two."""
        return sum(timing.wall_s for timing in self.timings) / len(self.timings)

    @property
    def products_per_s(self) -> float:
        """Products of both over the time of the slower."""
        return len(self.timings) * PRODUCTS / max(timing.wall_s for timing in self.timings)

    @property
    def cpu_ms_per_product(self) -> float:
        """CPU time of both over the products of both, in milliseconds."""
        return sum(timing.cpu_s for timing in self.timings) * 1000 / (len(self.timings) * PRODUCTS)


def run_pair(prepared: Prepared, place: Place) -> Pair:
    """Run it once.

    Raises:
        BenchError: a platform did not store every product.
    """
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(len(PLATFORMS))
    with ProcessPoolExecutor(len(PLATFORMS), spawn, _set_barrier, (barrier,)) as processes:
        parts = [processes.submit(_timed, prepared, place, platform) for platform in PLATFORMS]
        return Pair(tuple(part.result() for part in parts))


def _set_barrier(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603  (a barrier reaches a process only when that is started)
    _barrier = barrier


_barrier: Barrier


def _timed(prepared: Prepared, place: Place, platform: Platform) -> Timing:
    with prepared(place, platform) as work:
        _barrier.wait(START_TIMEOUT_S)
        wall, cpu = time.perf_counter(), time.process_time()
        stored = work()
        timing = Timing(time.perf_counter() - wall, time.process_time() - cpu)
    if stored != PRODUCTS:
        raise BenchError(f"{platform} stored {stored} of {PRODUCTS} products")
    return timing
