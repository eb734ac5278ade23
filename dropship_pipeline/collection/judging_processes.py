"""Processes that judge kept answers for a replay: reading a page and judging its titles keeps a core busy.

They are forked from a server that has imported what they need, the lists of words too, and nothing of Dagster, and end
with who started them.
What is imported, above all the lists of words, lives as long as a process: where the collector of garbage looks at it
again and again, that takes a sixth of the time. So it is frozen, here and in the process that writes.
"""

import asyncio
import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

from dropship_pipeline.collection.sellers.replay import Judge, JudgedSearches, KeptSearches, PhotosAgain
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.settings import load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline.storage.replay.kept import JobAnswers
from dropship_pipeline.storage.sellers.values import WorkItem

# Beyond this the one process that writes would be waited for.
AT_ONCE = min(os.cpu_count() or 1, 4)
IMPORTED = (__name__, "dropship_pipeline.matching.compare", "dropship_pipeline.matching.titles.title")
_job: "KeptJob"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptJob:
    """Whose answers are judged.

    Args:
        run_id: the replay.
    """

    org: str
    job_id: str
    settings: SellersSettings
    run_id: int


@asynccontextmanager
async def judging_processes(job: KeptJob) -> AsyncIterator[Judge]:
    """Yields what judges a batch of products in one of `AT_ONCE` processes; they have ended after the block."""
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload([*IMPORTED])
    pool = ProcessPoolExecutor(AT_ONCE, start, _begin, (job,))
    loop = asyncio.get_running_loop()

    async def judge(products: Sequence[WorkItem]) -> Sequence[JudgedSearches]:
        return await loop.run_in_executor(pool, _judge, products)

    gc.freeze()
    try:
        yield judge
    finally:
        gc.unfreeze()
        await asyncio.shield(asyncio.to_thread(pool.shutdown, cancel_futures=True))


def _begin(job: KeptJob) -> None:
    global _job  # noqa: PLW0603  (the one thing that a process of the pool is for)
    _job = job
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches who started this, too, and that ends the pool
    threading.Thread(target=_end_with_parent, daemon=True, name="parent-watch").start()


def _end_with_parent() -> None:
    """A process of a pool waits for work for ever, also when nobody is left who could give it any."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _judge(products: Sequence[WorkItem]) -> list[JudgedSearches]:
    return _searches().judge(products)


@cache
def _searches() -> KeptSearches:
    settings = load_settings()
    database = Database.from_settings(settings)
    answers = JobAnswers(database, object_store(settings), _job.org, _job.job_id)
    photos = PhotosAgain(database, _job.org, _job.settings)
    return KeptSearches(_job.settings, answers, photos, _job.run_id, settings.ebay_tld)
