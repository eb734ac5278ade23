"""Photo evidence on a real database and a real image host: what is fetched, kept, judged, refused and stopped."""

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select, text, update

from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers import photo_reading
from dropship_pipeline.collection.sellers.photo_reading import GONE_AFTER, PictureReader
from dropship_pipeline.collection.sellers.photos import PhotoEvidence
from dropship_pipeline.errors import CollectionStoppedError
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.sandbox.catalogue.pictures import bomb
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items, images, photos
from dropship_pipeline.storage.images.fetch import FetchLimits
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.photos import PhotoFigures, photo_figures
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.image_host import ImageHost, Request, answer, image_host, redirect
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing
from dropship_pipeline_tests.photo_set.shots import draw_shots
from dropship_pipeline_tests.ports import free_port

CONFLICT = {"name": "size", "effect": "bars", "sentence": "Another size: S and M."}


def jpeg(image: Image.Image, side: int, quality: int) -> bytes:
    data = io.BytesIO()
    smaller = image.convert("RGB")
    smaller.thumbnail((side, side))
    smaller.save(data, "JPEG", quality=quality)
    return data.getvalue()


SHOTS = [shot.image for shot in draw_shots(range(201, 213)) if shot.member == 0]
AMAZON, COPY, OWN = jpeg(SHOTS[0], 500, 90), jpeg(SHOTS[0], 300, 55), jpeg(SHOTS[1], 300, 80)


class Job:
    """One job with a best seller, and listings of it."""

    def __init__(self, database: Database, host: ImageHost, job_id: str = "job") -> None:
        self.database = database
        self.host = host
        self.job_id = job_id
        self.run_id = add_run(RunRecords(database, "default"), f"dagster-{job_id}", job_id=job_id, status="completed")
        with database.begin() as connection:
            statement = text("UPDATE collection_runs SET started_at = now() WHERE id = :run")
            connection.execute(statement, {"run": self.run_id})
        self.stop = StopSwitch()
        self.progress = SearchProgress(self.run_id)

    def product(self, asin: str, path: str | None) -> None:
        add_job_product(self.database, asin, job_id=self.job_id, image_url=path and self.host.url(path))

    def listing(self, item_id: str, url: str | None, asin: str = "A1", **columns: Any) -> None:
        row = {
            "match_band": "review", "match_probability": 0.7, "match_reasons": [], "matcher_version": "1",
            "image_url": self.host.url(url) if url and url.startswith("/") else url, **columns,
        }  # fmt: skip
        add_listing(self.database, self.run_id, None, asin, job_id=self.job_id, item_id=item_id, **row)

    def reader(self, **variables: Any) -> AbstractAsyncContextManager[PictureReader]:
        settings = Settings(DROPSHIP_IMAGE_HOSTS=self.host.authority, **variables)
        return PictureReader.from_settings(settings, self.database, None)

    async def run(self, reader: AbstractAsyncContextManager[PictureReader] | None = None, **settings: Any) -> None:
        async with reader or self.reader() as opened:
            await PhotoEvidence(
                self.database, "default", self.job_id, SellersSettings(**settings), opened,
                progress=self.progress, stop=self.stop,
            ).run()  # fmt: skip

    def items(self) -> dict[str, Any]:
        """The job's listings by number."""
        query = select(collection_items).where(collection_items.c.job_id == self.job_id)
        with self.database.begin() as connection:
            return {row.item_id: row for row in connection.execute(query)}

    def bands(self) -> dict[str, str | None]:
        return {item_id: row.photo_band for item_id, row in self.items().items()}

    def figures(self) -> PhotoFigures:
        return photo_figures(self.database, "default", self.job_id, self.run_id)


@pytest.fixture
async def host() -> AsyncIterator[ImageHost]:
    async with image_host() as server:
        server.routes |= {"/amazon.jpg": answer(AMAZON), "/copy.jpg": answer(COPY), "/own.jpg": answer(OWN)}
        yield server


@pytest.fixture
def job(database: Database, host: ImageHost) -> Job:
    made = Job(database, host)
    made.product("A1", "/amazon.jpg")
    return made


async def test_amazons_photo_lifts_what_titles_leave_open_and_nothing_over_a_conflict(job: Job) -> None:
    job.listing("copied", "/copy.jpg")
    job.listing("barred", "/copy.jpg", match_probability=0.83, match_reasons=[CONFLICT])
    job.listing("unlikely", "/copy.jpg", match_probability=0.3)
    job.listing("own", "/own.jpg")
    job.listing("bare", None)
    await job.run()
    items = job.items()
    bands = {name: (row.photo_band, row.match_band) for name, row in items.items()}
    assert bands == {
        "copied": ("same", "accept"), "barred": ("same", "review"), "unlikely": ("same", "review"),
        "own": ("other", "review"), "bare": ("unknown", "review"),
    }  # fmt: skip
    assert items["copied"].photo_distance <= 7 < items["own"].photo_distance
    assert items["copied"].match_probability == pytest.approx(2.1 / 2.4)  # 0.7 with three times the odds
    assert items["barred"].match_probability == 0.83
    assert [reason["sentence"] for reason in items["barred"].match_reasons] == [CONFLICT["sentence"], "Amazon's photo."]
    assert (items["own"].match_probability, items["own"].match_reasons[0]["sentence"]) == (0.7, "Other photo.")
    assert items["bare"].match_reasons == []


async def test_an_address_is_asked_once_however_many_listings_runs_and_jobs_share_it(
    database: Database, host: ImageHost, job: Job
) -> None:
    for number in range(250):  # more than a page
        job.listing(f"{number:03}", "/copy.jpg")
    await job.run()
    assert sorted(host.paths) == ["/amazon.jpg", "/copy.jpg"]
    assert job.figures() == PhotoFigures(fetched=2, known=0, refused={}, verdicts={"same": 250})
    assert (job.progress.phase, job.progress.done, job.progress.total) == ("photo_evidence", 250, 250)
    later = Job(database, host, "later")
    later.product("A1", "/amazon.jpg")
    later.listing("1", "/copy.jpg")
    later.listing("2", "/own.jpg")
    await later.run()
    assert sorted(host.paths) == ["/amazon.jpg", "/copy.jpg", "/own.jpg"]
    assert later.figures() == PhotoFigures(fetched=1, known=2, refused={}, verdicts={"same": 1, "other": 1})


async def test_judging_twice_moves_nothing_twice(job: Job) -> None:
    job.listing("1", "/copy.jpg")
    await job.run()
    first = job.items()
    await job.run()
    assert job.items() == first


@pytest.mark.parametrize(
    ("photos_of", "looked_at"),
    [("off", set()), ("review", {"r"}), ("accepted_and_review", {"a", "r"}), ("all", {"a", "r", "x"})],
)
async def test_only_the_chosen_listings_are_looked_at(job: Job, photos_of: str, looked_at: set[str]) -> None:
    for name, band in (("a", "accept"), ("r", "review"), ("x", "reject")):
        job.listing(name, "/copy.jpg", match_band=band, match_probability=0.01 if band == "reject" else 0.9)
    await job.run(photos=photos_of)
    assert {name for name, band in job.bands().items() if band} == looked_at


async def test_a_hostile_picture_costs_itself_alone_and_is_counted_by_what_is_wrong_with_it(
    job: Job, host: ImageHost
) -> None:
    host.routes |= {
        "/bomb.png": answer(bomb()),
        "/page.jpg": answer(b"<!DOCTYPE html><html>Sorry</html>", headers=[("Content-Type", "image/jpeg")]),
        "/inside.jpg": redirect("http://10.0.0.1/latest/meta-data"),
        "/cut.jpg": answer(COPY[: len(COPY) // 2]),
        "/empty.jpg": answer(b""),
        "/endless.jpg": answer(bytes(9 * 1024 * 1024)),
    }
    paths = [
        *host.routes,
        "/gone.jpg",
        "https://10.0.0.1/a.jpg",
        "javascript:alert(1)",
        f"/{'x' * 3_000}",
        "/copy.jpg?a\n",
    ]
    for number, path in enumerate(paths):
        job.listing(f"{number}{path[-8:]}", path)
    await job.run()
    bands = job.bands()
    known = {name: str(band) for name, band in bands.items() if band != "unknown"}
    assert sorted(known.values()) == ["other", "same", "same"]
    assert len(bands) - len(known) == len(paths) - 3
    refused = job.figures().refused
    assert refused["image_too_large"] == 2
    assert refused["image_invalid"] == 3
    assert refused["image_http"] == 1
    assert refused["image_refused"] == 2
    assert refused["not_asked"] >= 2


async def test_a_host_that_is_gone_is_given_up_and_the_run_goes_on(
    database: Database, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = FetchLimits(retry_pause_s=0.01)
    monkeypatch.setattr(photo_reading, "LIMITS", limits)
    gone = f"http://127.0.0.1:{free_port()}"
    for number in range(300):
        job.listing(f"{number:03}", f"{gone}/{number}.jpg")
    job.listing("there", "/copy.jpg")
    settings = Settings(DROPSHIP_IMAGE_HOSTS=f"{job.host.authority},{gone.removeprefix('http://')}")
    await job.run(PictureReader.from_settings(settings, database, None))
    assert job.bands() == {**{f"{number:03}": "unknown" for number in range(300)}, "there": "same"}
    refused = job.figures().refused
    assert sum(refused.values()) == 300
    assert 300 - refused["not_asked"] <= GONE_AFTER + photo_reading.AT_ONCE


async def test_a_stop_ends_it_at_once_keeps_what_was_read_and_only_the_rest_is_asked_for_later(
    database: Database, job: Job, host: ImageHost
) -> None:
    async def never(_: bytes) -> AsyncIterator[bytes]:
        await asyncio.sleep(60)
        yield b""

    def stalling(_: Request) -> AsyncIterator[bytes]:
        return never(b"")

    for number in range(40):
        path = f"/{number:02}.jpg"
        host.routes[path] = answer(COPY) if number < 10 else stalling
        job.listing(f"{number:02}", path)

    def kept() -> set[str]:
        with database.begin() as connection:
            return set(connection.execute(select(photos.c.url)).scalars())

    running = asyncio.create_task(job.run())
    while len(host.requests) < 11 + photo_reading.AT_ONCE or len(kept()) < 11:
        await asyncio.sleep(0.02)
    began = time.monotonic()
    job.stop.ask("a person stopped it")
    with pytest.raises(CollectionStoppedError, match="a person stopped it"):
        await running
    assert time.monotonic() - began < 5
    assert kept() == {host.url("/amazon.jpg"), *(host.url(f"/{number:02}.jpg") for number in range(10))}
    assert set(job.bands().values()) == {None}

    host.routes |= {f"/{number:02}.jpg": answer(COPY) for number in range(40)}
    before = set(host.paths[:11])
    host.requests.clear()
    job.stop = StopSwitch()
    await job.run()
    assert not before & set(host.paths)
    assert set(job.bands().values()) == {"same"}


async def test_a_refused_picture_is_asked_for_again_by_a_run_of_another_day_and_not_before(
    database: Database, host: ImageHost, job: Job
) -> None:
    job.listing("1", "/late.jpg")
    await job.run()
    assert job.bands() == {"1": "unknown"}

    async def another(name: str) -> str | None:
        later = Job(database, host, name)
        later.product("A1", "/amazon.jpg")
        later.listing("1", "/late.jpg")
        await later.run()
        return later.bands()["1"]

    host.routes["/late.jpg"] = answer(COPY)
    assert await another("soon") == "unknown"
    with database.begin() as connection:
        connection.execute(update(photos).values(fetched_at=text("now() - interval '2 days'")))
    assert await another("next") == "same"
    assert host.paths.count("/amazon.jpg") == 1


@pytest.mark.parametrize("kept", [False, True])
async def test_bytes_are_kept_only_where_the_settings_say_so(
    stack: LocalServers, bucket: str, database: Database, job: Job, host: ImageHost, kept: bool
) -> None:
    settings = Settings(
        DROPSHIP_IMAGE_HOSTS=host.authority, DROPSHIP_S3_ENDPOINT_URL=stack.s3_endpoint_url,
        DROPSHIP_S3_BUCKET=bucket, AWS_ACCESS_KEY_ID=stack.s3_access_key, AWS_SECRET_ACCESS_KEY=stack.s3_secret_key,
    )  # fmt: skip
    objects = object_store(settings)
    job.listing("1", "/copy.jpg")
    await job.run(PictureReader.from_settings(settings, database, (lambda: objects) if kept else None))
    assert job.bands() == {"1": "same"}
    with database.begin() as connection:
        rows = {row.url: row.key for row in connection.execute(select(images))}
    stored = {stored.key for page in objects.pages("images/") for stored in page}
    objects.close()
    assert set(rows) == ({host.url("/amazon.jpg"), host.url("/copy.jpg")} if kept else set())
    assert stored == set(rows.values())


async def test_sellers_are_counted_by_the_bands_after_the_photo(database: Database, job: Job) -> None:
    seller = add_seller(database, "lamps")
    add_listing(
        database, job.run_id, seller, item_id="s", image_url=job.host.url("/copy.jpg"), match_band="review",
        match_probability=0.7, match_reasons=[], matcher_version="1",
    )  # fmt: skip
    await job.run()
    with database.begin() as connection:
        stale = connection.execute(text("SELECT seller_id FROM stale_sellers")).scalars().all()
    assert seller in stale
