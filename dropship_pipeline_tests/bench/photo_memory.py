"""How much a process grows, and how fast it is, while it compares the pictures of ten thousand listings."""

import asyncio
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import psutil
from sqlalchemy import insert

from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers import photo_reading
from dropship_pipeline.collection.sellers.photo_reading import PictureReader
from dropship_pipeline.collection.sellers.photos import PhotoEvidence
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.models import utc_now
from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items, job_products
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.bench.memory import MIB, SAMPLE_S, Growth
from dropship_pipeline_tests.bench.servers import Place

LISTINGS, LISTINGS_A_PRODUCT, WARM_UP = 10_000, 50, 1_000
JOB_ID = "bench-photos"


@dataclass(frozen=True, slots=True)
class PhotoRun:
    """Resident memory after the warm-up, and listings compared a second."""

    growth: Growth
    listings_per_s: float


def photo_memory(place: Place) -> PhotoRun:
    """Compare them in a fresh process; every listing shows a picture of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_compare, place).result()


def _compare(place: Place) -> PhotoRun:
    photo_reading.PER_HOST_A_MINUTE = 100_000  # how fast a host may be asked is not what is measured
    database = Database(place.database_url)
    try:
        run_id = _fill(database, place.marketplace_url)
        began = time.monotonic()
        sizes = asyncio.run(_sampled(database, place, run_id))
        seconds = time.monotonic() - began
    finally:
        database.close()
    return PhotoRun(Growth(LISTINGS - WARM_UP, sizes[0] / MIB, max(sizes) / MIB), LISTINGS / seconds)


def _fill(database: Database, marketplace_url: str) -> int:
    run = RunRecords(database, "default").register(
        JOB_ID, job_id=JOB_ID, job_name="collect_sellers", config={}, total=0, sandbox=True
    )
    own = {"job_id": JOB_ID, "org_id": "default"}
    pictures = [f"{marketplace_url}/images/{one.image_name}" for one in Catalogue(products=LISTINGS).products]
    products = [
        {"asin": f"A{number:05}", "position": number, "title": "A lamp", "url": "x", "categories": [],
         "image_url": pictures[number * LISTINGS_A_PRODUCT], **own}
        for number in range(LISTINGS // LISTINGS_A_PRODUCT)
    ]  # fmt: skip
    items = [
        {"asin": f"A{number // LISTINGS_A_PRODUCT:05}", "item_id": str(number), "run_id": run.run_id, "position": 1,
         "title": "A lamp", "url": "x", "image_url": picture, "seen_at": utc_now(), "match_band": "review",
         "match_probability": 0.5, "match_reasons": [], "matcher_version": "bench", **own}
        for number, picture in enumerate(pictures)
    ]  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(job_products), products)
        connection.execute(insert(collection_items), items)
    return run.run_id


async def _sampled(database: Database, place: Place, run_id: int) -> list[int]:
    process, sizes, progress = psutil.Process(), [], SearchProgress(run_id)
    settings = Settings(DROPSHIP_IMAGE_HOSTS=place.marketplace_url.removeprefix("http://"))
    async with PictureReader.from_settings(settings, database, None) as reader:
        evidence = PhotoEvidence(
            database, "default", JOB_ID, SellersSettings(), reader, progress=progress, stop=StopSwitch()
        )
        working = asyncio.create_task(evidence.run())
        while not working.done():
            await asyncio.wait({working}, timeout=SAMPLE_S)
            if progress.done >= WARM_UP:
                sizes.append(process.memory_info().rss)
        working.result()
    return sizes
