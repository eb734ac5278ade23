"""What the image store looks up beforehand: it saves queries and changes nothing of what is stored or fetched."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta

import pytest

from dropship_pipeline.models import Platform, Product
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.images.fetch import FetchLimits, GuardedFetcher
from dropship_pipeline.storage.images.records import Asked, KnownProduct
from dropship_pipeline.storage.images.store import ImageStorageManager
from dropship_pipeline.storage.products.rows import ProductCatalogue
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.image_host import IMAGE, ImageHost, answer, image_host
from dropship_pipeline_tests.integration.image_storing import objects_at, product


class CountingCatalogue(ProductCatalogue):
    """Counts what it is asked for."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "default")
        self.asked: list[Sequence[Asked]] = []

    def find(self, platform: Platform, asked: Sequence[Asked]) -> list[KnownProduct]:
        self.asked.append(asked)
        return super().find(platform, asked)


@pytest.fixture
async def host() -> AsyncIterator[ImageHost]:
    async with image_host() as server:
        for path in ("/a.jpg", "/b.jpg"):
            server.routes[path] = answer(IMAGE)
        yield server


@pytest.fixture
def rows(database_url: str) -> Iterator[CountingCatalogue]:
    database = Database(database_url)
    yield CountingCatalogue(database)
    database.close()


@pytest.fixture
async def manager(
    host: ImageHost, rows: CountingCatalogue, stack: LocalServers, bucket: str
) -> AsyncIterator[ImageStorageManager]:
    objects = objects_at(stack.s3_endpoint_url, bucket, stack.s3_access_key, stack.s3_secret_key)
    fetcher = GuardedFetcher([host.authority], limits=FetchLimits(retry_pause_s=0))
    async with ImageStorageManager(rows, objects, fetcher, max_age=timedelta(days=30)) as made:
        yield made
    objects.close()


async def store(manager: ImageStorageManager, search: Sequence[Product], job_id: str = "job") -> None:
    await manager.expect(search, "amazon")
    for one in search:
        await manager.store_product(one, job_id, "amazon")


async def test_a_whole_search_is_looked_up_in_one_query(
    host: ImageHost, manager: ImageStorageManager, rows: CountingCatalogue
) -> None:
    search = [product(host, "/a.jpg", "B1"), product(host, "/b.jpg", "B2")]
    await store(manager, search)
    await store(manager, search, "next job")
    assert [len(asked) for asked in rows.asked] == [2, 2]
    assert len(host.requests) == 2


async def test_two_products_of_a_search_with_one_image_fetch_it_once(
    host: ImageHost, manager: ImageStorageManager
) -> None:
    await store(manager, [product(host, "/a.jpg", "B1"), product(host, "/a.jpg", "B2")])
    assert len(host.requests) == 1


async def test_what_was_found_for_one_product_is_not_believed_of_another(
    host: ImageHost, manager: ImageStorageManager, rows: CountingCatalogue
) -> None:
    await store(manager, [product(host, "/a.jpg", "B1")])
    await manager.expect([product(host, "/a.jpg", "B1")], "amazon")
    await manager.store_product(product(host, "/a.jpg", "B2"), "job", "amazon")
    assert rows.asked[-1] == [("B2", host.url("/a.jpg"))]
    assert len(host.requests) == 1


@pytest.mark.parametrize("url", [None, "https://x.example/\ud800", "https://x.example/" + 3_000 * "a"])
async def test_a_product_without_a_usable_image_costs_the_others_nothing(
    host: ImageHost, manager: ImageStorageManager, rows: CountingCatalogue, url: str | None
) -> None:
    odd = Product(platform="amazon", product_id="B9", title="A lamp", url="https://x.example", image_url=url)
    await manager.expect([odd, product(host, "/a.jpg", "B1")], "amazon")
    assert rows.asked == [[("B1", host.url("/a.jpg"))]]
