"""Products and their images, stored in a real Postgres and a real S3 from a real image host."""

import asyncio
import hashlib
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from dropship_pipeline.errors import StoreError
from dropship_pipeline.models import StoredImage, utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import images
from dropship_pipeline.storage.images.store import ImageStorageManager
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.image_host import IMAGE, ImageHost, answer, image_host, picture
from dropship_pipeline_tests.integration.image_storing import KEY, SHA256, objects_at, product, rows, storing

GUIDE = Path(__file__).parents[2] / "docs/how-to/use-it-as-a-library.md"


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = utc_now()

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
async def host() -> AsyncIterator[ImageHost]:
    async with image_host() as server:
        server.routes["/a.jpg"] = answer(IMAGE, headers=[("ETag", '"1"')])
        yield server


@pytest.fixture
def objects(stack: LocalServers, bucket: str) -> Iterator[ObjectStore]:
    made = objects_at(stack.s3_endpoint_url, bucket, stack.s3_access_key, stack.s3_secret_key)
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def manager(
    host: ImageHost, database: Database, objects: ObjectStore, clock: Clock
) -> AsyncIterator[ImageStorageManager]:
    async with storing(host, database, objects, clock) as made:
        yield made


def image_rows(database: Database) -> list[Any]:
    with database.begin() as connection:
        return list(connection.execute(select(images)))


async def test_a_row_does_not_name_an_object_that_differs_from_what_the_host_sent(
    host: ImageHost, manager: ImageStorageManager, database: Database, objects: ObjectStore
) -> None:
    stored = await manager.store_product(product(host), "job", "amazon")
    assert stored == StoredImage(KEY, SHA256, "image/jpeg", len(IMAGE), 40, 30)
    [row] = rows(database)
    assert (row.image_key, row.image_sha256, row.last_job_id) == (KEY, SHA256, "job")
    found = objects.get_with_metadata(KEY)
    assert found is not None
    assert found[0] == IMAGE
    assert found[1].content_type == "image/jpeg"
    assert found[1].metadata == {"sha256": SHA256, "width": "40", "height": "30"}


async def test_the_same_bytes_under_two_urls_do_not_make_two_objects(
    host: ImageHost, manager: ImageStorageManager, database: Database
) -> None:
    host.routes["/b.png"] = answer(IMAGE, headers=[("Content-Type", "image/png")])
    first = await manager.store_product(product(host), "job", "amazon")
    second = await manager.store_product(product(host, "/b.png", "B000000002"), "job", "amazon")
    assert first == second
    assert {row.image_key for row in rows(database)} == {KEY}


@pytest.mark.parametrize("named", [{"id": "x1"}, {"sku": "x1"}, {"product_id": "x1"}, {"id": None, "sku": "x1"}])
async def test_a_mapping_or_object_of_another_program_is_stored_with_its_picture(
    host: ImageHost, manager: ImageStorageManager, database: Database, named: dict[str, Any]
) -> None:
    found = {**named, "title": " A\0 lamp ", "image": host.url("/a.jpg"), "price": "19.99", "currency": "USD"}
    for product_ in (found, SimpleNamespace(**found)):
        stored = await manager.store_product(product_, "job", "ebay")
        assert stored is not None
        assert stored.sha256 == SHA256
    [row] = rows(database)
    assert (row.platform, row.product_id, row.title, row.image_key) == ("ebay", "x1", "A? lamp", KEY)
    assert (row.price_cents, row.currency, row.price_raw) == (1_999, "USD", "19.99")


@pytest.mark.parametrize(
    ("product_", "said"),
    [
        ({"id": "x1"}, "no title"),
        ({"title": "A lamp"}, "no id"),
        ({"id": " ", "title": "A lamp"}, "no id"),
        ({"id": "x1", "title": 7}, "no title"),
        ("a lamp", "the product (str) has no id"),
        (None, "has no id"),
        ({"id": "x" * 5_000, "title": "A lamp"}, "the id has more than"),
    ],
)
async def test_a_product_that_cannot_be_read_costs_only_itself(
    manager: ImageStorageManager, database: Database, product_: object, said: str
) -> None:
    with pytest.raises(StoreError) as raised:
        await manager.store_product(product_, "job", "amazon")
    assert said in str(raised.value)
    assert raised.value.kind == "product_invalid"
    assert rows(database) == []


def test_the_program_in_the_guide_stores_what_it_says(
    stack: LocalServers, database_url: str, bucket: str, database: Database, tmp_path: Path
) -> None:
    (code,) = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.M | re.S)
    environment = {
        "DROPSHIP_DATABASE_URL": database_url,
        "DROPSHIP_S3_ENDPOINT_URL": stack.s3_endpoint_url,
        "DROPSHIP_S3_BUCKET": bucket,
        "AWS_ACCESS_KEY_ID": stack.s3_access_key,
        "AWS_SECRET_ACCESS_KEY": stack.s3_secret_key,
    }
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "(2, 2)\n"), done.stderr
    assert sorted((row.platform, row.product_id, row.price_cents) for row in rows(database)) == [
        (platform, f"{query}/1", 1_999) for platform in ("amazon", "ebay") for query in ("desk lamp", "yoga mat")
    ]


async def test_a_product_without_image_is_stored_all_the_same(
    host: ImageHost, manager: ImageStorageManager, database: Database
) -> None:
    bare = replace(product(host), image_url=None)
    assert await manager.store_product(bare, "job", "amazon") is None
    [row] = rows(database)
    assert (row.title, row.image_url, row.image_key) == ("A lamp", None, None)
    assert host.requests == []


async def test_a_product_of_the_same_job_is_not_fetched_again(
    host: ImageHost, manager: ImageStorageManager, database: Database
) -> None:
    first = await manager.store_product(product(host), "job", "amazon")
    [before] = rows(database)
    assert await manager.store_product(product(host), "job", "amazon") == first
    [after] = rows(database)
    assert len(host.requests) == 1
    assert after.last_seen_at > before.last_seen_at
    assert after.first_seen_at == before.first_seen_at


async def test_another_image_in_the_same_job_is_not_mistaken_for_the_stored_one(
    host: ImageHost, manager: ImageStorageManager, database: Database
) -> None:
    other = picture(color="red")
    host.routes["/b.jpg"] = answer(other)
    await manager.store_product(product(host), "job", "amazon")
    await manager.store_product(product(host, "/b.jpg"), "job", "amazon")
    [row] = rows(database)
    assert row.image_sha256 == hashlib.sha256(other).hexdigest()


async def test_a_young_image_is_not_asked_for_in_the_next_job(
    host: ImageHost, manager: ImageStorageManager, database: Database
) -> None:
    first = await manager.store_product(product(host), "job", "amazon")
    assert await manager.store_product(product(host), "job 2", "amazon") == first
    [row] = rows(database)
    assert (row.last_job_id, row.image_key) == ("job 2", KEY)
    assert len(host.requests) == 1


async def test_an_image_that_another_product_brought_is_not_fetched_again(
    host: ImageHost, manager: ImageStorageManager, database: Database
) -> None:
    await manager.store_product(product(host), "job", "amazon")
    await manager.store_product(product(host, product_id="B000000002"), "job", "amazon")
    assert len(host.requests) == 1
    assert [row.image_key for row in rows(database)] == [KEY, KEY]


async def test_an_old_image_that_has_not_changed_is_not_sent_again(
    host: ImageHost, manager: ImageStorageManager, database: Database, clock: Clock
) -> None:
    first = await manager.store_product(product(host), "job", "amazon")
    clock.time += timedelta(days=30)
    host.routes["/a.jpg"] = answer(status=304, length=False)
    assert await manager.store_product(product(host), "job 2", "amazon") == first
    assert host.requests[1].headers["if-none-match"] == '"1"'
    [image] = image_rows(database)
    assert (image.fetched_at, image.etag) == (clock.time, '"1"')


async def test_an_old_image_that_has_changed_does_not_stay(
    host: ImageHost, manager: ImageStorageManager, database: Database, objects: ObjectStore, clock: Clock
) -> None:
    await manager.store_product(product(host), "job", "amazon")
    clock.time += timedelta(days=31)
    changed = picture("PNG")
    host.routes["/a.jpg"] = answer(changed)
    stored = await manager.store_product(product(host), "job 2", "amazon")
    assert stored is not None
    assert stored.sha256 == hashlib.sha256(changed).hexdigest()
    assert stored.key.endswith(".png")
    assert objects.get(stored.key) == changed
    [image] = image_rows(database)
    assert (image.sha256, image.etag) == (stored.sha256, None)


async def test_an_object_that_has_been_lost_is_not_taken_for_stored(
    host: ImageHost, manager: ImageStorageManager, objects: ObjectStore
) -> None:
    await manager.store_product(product(host), "job", "amazon")
    objects.delete(KEY)
    await manager.store_product(product(host), "job 2", "amazon")
    assert objects.get(KEY) == IMAGE
    assert "if-none-match" not in host.requests[1].headers


@pytest.mark.parametrize(
    ("reply", "kind", "status"),
    [
        (answer(status=404), "image_http", 404),
        (answer(b""), "image_invalid", None),
        (answer(IMAGE[:-200]), "image_invalid", None),
        (answer(b"<html>", headers=[("Content-Type", "image/jpeg")]), "image_invalid", None),
        (answer(headers=[("Content-Length", "15728641")], length=False), "image_too_large", None),
        (answer(status=302, headers=[("Location", "http://10.0.0.1/")]), "image_refused", None),
    ],
)
async def test_an_image_that_fails_costs_its_product_and_leaves_no_row(
    host: ImageHost,
    manager: ImageStorageManager,
    database: Database,
    reply: bytes,
    kind: str,
    status: int | None,
) -> None:
    host.routes["/a.jpg"] = reply
    with pytest.raises(StoreError) as caught:
        await manager.store_product(product(host), "job", "amazon")
    assert (caught.value.product_id, caught.value.kind, caught.value.status) == ("B000000001", kind, status)
    assert (rows(database), image_rows(database)) == ([], [])


@pytest.mark.parametrize("path", ["/" + "x" * 2_000, "/\ud800", "/\0", "/ü" * 700])
async def test_a_url_that_no_row_can_hold_costs_only_its_product(
    host: ImageHost, manager: ImageStorageManager, path: str
) -> None:
    with pytest.raises(StoreError) as caught:
        await manager.store_product(product(host, path), "job", "amazon")
    assert (caught.value.kind, host.requests) == ("image_refused", [])


async def test_products_stored_at_once_with_one_image_do_not_hinder_each_other(
    host: ImageHost, manager: ImageStorageManager, database: Database
) -> None:
    many = [product(host, product_id=f"B{n:09}") for n in range(12)]
    stored = await asyncio.gather(*(manager.store_product(one, "job", "amazon") for one in many))
    assert {image.key for image in stored if image} == {KEY}
    assert len(rows(database)) == 12
