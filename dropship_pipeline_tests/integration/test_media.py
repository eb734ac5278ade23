"""Pictures on pages: fetched once, kept as any other, and shown to nobody but the org whose rows name them."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from dropship_pipeline.admin.image_paths import job_product_image, listing_image, product_image
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import images
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.image_host import IMAGE, ImageHost, Request, answer
from dropship_pipeline_tests.integration.api_client import app_with_objects, client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import add_run
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing, add_product

SHA256 = hashlib.sha256(IMAGE).hexdigest()
KEY = f"images/{SHA256[:2]}/{SHA256}.jpg"
LISTING = listing_image("job", "A1", "1")


@pytest.fixture
async def app(stack: LocalServers, database_url: str, bucket: str, host: ImageHost) -> AsyncIterator[FastAPI]:
    async with app_with_objects(stack, database_url, bucket, DROPSHIP_IMAGE_HOSTS=host.authority) as made:
        yield made


@pytest.fixture
async def other(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, make_token(app, "admin.*", org="other")) as client:
        yield client


@pytest.fixture
def run_id(app: FastAPI, records: RunRecords) -> int:
    return add_run(records, "d1")


async def test_the_first_look_fetches_a_listings_picture_and_the_next_ones_do_not(
    reader: httpx.AsyncClient, host: ImageHost, database: Database, objects: ObjectStore, run_id: int
) -> None:
    add_listing(database, run_id, None, image_url=host.url())
    for _ in range(2):
        shown = await reader.get(LISTING)
        assert (shown.status_code, shown.content, shown.headers["content-type"]) == (200, IMAGE, "image/jpeg")
    assert host.paths == ["/a.jpg"]
    with database.begin() as connection:
        row = connection.execute(select(images)).one()
    assert (row.url, row.key, row.sha256, objects.get(KEY)) == (host.url(), KEY, SHA256, IMAGE)


async def test_the_picture_of_a_best_seller_is_shown_too(
    reader: httpx.AsyncClient, host: ImageHost, database: Database, run_id: int
) -> None:
    add_job_product(database, image_url=host.url())
    assert (await reader.get(job_product_image("job", "A1"))).content == IMAGE


async def test_many_looks_at_once_fetch_once(
    reader: httpx.AsyncClient, host: ImageHost, database: Database, run_id: int
) -> None:
    add_listing(database, run_id, None, image_url=host.url())
    shown = await asyncio.gather(*(reader.get(LISTING) for _ in range(6)))
    assert [one.status_code for one in shown] == [200] * 6
    assert host.paths == ["/a.jpg"]


async def test_a_stored_product_shows_its_picture_under_its_sha256(
    reader: httpx.AsyncClient, database: Database, objects: ObjectStore, run_id: int
) -> None:
    objects.put(KEY, IMAGE, "image/jpeg", {})
    add_product(database, image_key=KEY, image_sha256=SHA256)
    shown = await reader.get(product_image(SHA256))
    assert (shown.status_code, shown.content) == (200, IMAGE)
    assert shown.headers["etag"] == f'"{SHA256}"'
    assert shown.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    for known in (f'"{SHA256}"', f'"x", W/"{SHA256}"'):
        again = await reader.get(product_image(SHA256), headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")


async def test_bytes_that_are_not_those_of_the_address_are_never_served(
    reader: httpx.AsyncClient, host: ImageHost, database: Database, objects: ObjectStore, run_id: int
) -> None:
    add_product(database, image_key=KEY, image_sha256=SHA256)
    add_listing(database, run_id, None, image_url=host.url())
    assert (await reader.get(LISTING)).content == IMAGE
    for forged in (IMAGE + b"x", IMAGE[:-1], b"", b"<script>hit()</script>"):
        objects.put(KEY, forged, "image/jpeg", {"sha256": SHA256})
        for path in (product_image(SHA256), LISTING):
            shown = await reader.get(path)
            assert shown.content == IMAGE or shown.status_code == 404, path
            assert shown.headers["content-type"] in ("image/jpeg", "application/problem+json")


async def test_no_picture_is_shown_to_an_org_without_a_row_that_names_it(
    reader: httpx.AsyncClient,
    other: httpx.AsyncClient,
    host: ImageHost,
    database: Database,
    objects: ObjectStore,
    run_id: int,
) -> None:
    objects.put(KEY, IMAGE, "image/jpeg", {})
    add_product(database, image_key=KEY, image_sha256=SHA256)
    add_listing(database, run_id, None, image_url=host.url())
    add_job_product(database, image_url=host.url())
    for path in (product_image(SHA256), LISTING, job_product_image("job", "A1")):
        assert (await reader.get(path)).status_code == 200
        refused = await other.get(path)
        assert (refused.status_code, refused.json()["type"]) == (404, "urn:dropship:not-found")


async def test_a_picture_on_a_host_that_is_not_allowed_is_never_asked_for(
    reader: httpx.AsyncClient, host: ImageHost, database: Database, run_id: int
) -> None:
    add_listing(database, run_id, None, image_url="http://169.254.169.254/latest/meta-data")
    add_listing(database, run_id, None, item_id="2", image_url="javascript:alert(1)")
    add_listing(database, run_id, None, item_id="3", image_url=host.url("/" + "a" * 3_000))
    for item_id in "123":
        answered = await reader.get(listing_image("job", "A1", item_id))
        assert (answered.status_code, answered.json()["type"]) == (502, "urn:dropship:image-refused")
    assert host.paths == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (answer(status=404), "image-http"),
        (answer(b"<svg onload=alert(1)>"), "image-invalid"),
        (answer(b""), "image-invalid"),
    ],
)
async def test_what_is_no_picture_is_a_problem_with_its_reason_and_not_asked_for_at_every_look(
    reader: httpx.AsyncClient, host: ImageHost, database: Database, run_id: int, body: bytes, kind: str
) -> None:
    host.routes["/a.jpg"] = body
    add_listing(database, run_id, None, image_url=host.url())
    for _ in range(2):
        answered = await reader.get(LISTING)
        assert (answered.status_code, answered.json()["type"]) == (502, f"urn:dropship:{kind}")
        assert "image not" in answered.json()["detail"]
    assert host.paths == ["/a.jpg"]
    with database.begin() as connection:
        assert connection.execute(select(images)).all() == []


async def test_a_picture_whose_object_is_gone_is_fetched_again(
    reader: httpx.AsyncClient, host: ImageHost, database: Database, objects: ObjectStore, run_id: int
) -> None:
    add_listing(database, run_id, None, image_url=host.url())
    assert (await reader.get(LISTING)).status_code == 200
    objects.delete(KEY)
    assert (await reader.get(LISTING)).content == IMAGE


async def test_a_viewer_who_goes_away_takes_the_picture_from_nobody(
    reader: httpx.AsyncClient, host: ImageHost, database: Database, run_id: int
) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        asked.set()
        await may_answer.wait()
        yield answer(IMAGE)

    def route(_: Request) -> AsyncIterator[bytes]:
        return slow()

    host.routes["/a.jpg"] = route
    add_listing(database, run_id, None, image_url=host.url())
    first = asyncio.create_task(reader.get(LISTING))
    await asked.wait()
    second = asyncio.create_task(reader.get(LISTING))
    await asyncio.sleep(0)
    first.cancel()
    may_answer.set()
    assert (await second).content == IMAGE
    assert host.paths == ["/a.jpg"]


@pytest.mark.parametrize("path", ["/media/images/x", "/media/images/" + "A" * 64, "/media/listings/job/A1"])
async def test_an_address_that_names_no_picture_is_a_problem(reader: httpx.AsyncClient, path: str) -> None:
    assert (await reader.get(path)).status_code in (404, 422)


async def test_rows_without_a_picture_have_none(reader: httpx.AsyncClient, database: Database, run_id: int) -> None:
    add_listing(database, run_id, None)
    add_job_product(database)
    for path in (LISTING, job_product_image("job", "A1"), product_image("0" * 64), listing_image("j", "a/b", "1")):
        assert (await reader.get(path)).status_code == 404
