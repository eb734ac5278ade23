"""Stores that do not answer, or refuse, end the run and cost no product; of writers at once one creates the object."""

import asyncio
from collections.abc import Iterator

import pytest

from dropship_pipeline.errors import ObjectStoreAway, SettingsError, StorageUnavailable
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.image_host import IMAGE, ImageHost
from dropship_pipeline_tests.integration.image_storing import KEY, objects_at, product, rows, storing


@pytest.fixture
def objects(stack: LocalServers, bucket: str) -> Iterator[ObjectStore]:
    made = objects_at(stack.s3_endpoint_url, bucket, stack.s3_access_key, stack.s3_secret_key)
    yield made
    made.close()


async def test_a_wrong_secret_ends_the_run_and_is_not_repeated(
    host: ImageHost, database: Database, stack: LocalServers, bucket: str
) -> None:
    objects = objects_at(stack.s3_endpoint_url, bucket, stack.s3_access_key, "quite-another-secret")
    async with storing(host, database, objects) as manager:
        with pytest.raises(SettingsError, match="AWS_SECRET_ACCESS_KEY") as caught:
            await manager.store_product(product(host), "job", "amazon")
    assert "quite-another-secret" not in str(caught.value)
    objects.close()


async def test_an_object_store_that_does_not_answer_ends_the_run_and_costs_no_product(
    host: ImageHost, database: Database
) -> None:
    gone = objects_at("http://127.0.0.1:1", "bucket", "key id", "secret")
    async with storing(host, database, gone) as manager:
        with pytest.raises(ObjectStoreAway):
            await manager.store_product(product(host), "job", "amazon")
    assert rows(database) == []
    gone.close()


async def test_a_database_that_does_not_answer_ends_the_run(host: ImageHost, objects: ObjectStore) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    async with storing(host, database, objects) as manager:
        with pytest.raises(StorageUnavailable):
            await manager.store_product(product(host), "job", "amazon")
    database.close()


async def test_one_writer_of_many_creates_the_object(objects: ObjectStore) -> None:
    puts = (asyncio.to_thread(objects.put_once, KEY, IMAGE, "image/jpeg", {}) for _ in range(8))
    assert sorted(await asyncio.gather(*puts)) == [False] * 7 + [True]
