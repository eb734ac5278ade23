"""Serves pictures for a page from our own object store: those of products, and those that a seller search only names.

A seller search stores no pictures, it keeps their addresses: of the 50 listings of each product few are ever looked
at. The first look fetches one through the same guard as any other image and keeps it as any other: the object under
the sha256 of its bytes, then a row of `images` whose `url` is the `image_url` of the rows in `collection_items` or
`job_products` that name it. So an image is an orphan only when neither a product nor one of these names it.

An org sees a picture only through a row of its own.
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.dialects.postgresql import insert

from dropship_pipeline.errors import StoreError
from dropship_pipeline.models import StoredImage, utc_now
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items, images, job_products, products
from dropship_pipeline.storage.images.fetch import Fetched, FetchLimits, GuardedFetcher
from dropship_pipeline.storage.images.network_guard import FetchError
from dropship_pipeline.storage.images.records import ImageSource
from dropship_pipeline.storage.images.store import MAX_URL_BYTES, put_image
from dropship_pipeline.storage.images.verify import PictureError
from dropship_pipeline.storage.links import web_link
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.products.rows import image_row

logger = logging.getLogger(__name__)
FETCHES_AT_ONCE = 8
# A page waits for it.
DEADLINE_S = 15.0
# A picture that could not be had is not asked for again at every look.
FAILURE_KEPT_S = 60.0
FAILURES_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class PageImage:
    """Where a picture lies that the org may see.

    Args:
        key: of the object.
        sha256: of its bytes.
        address: where it can be fetched again; empty where that is not known.
        owner: the product or the listing that it shows.
    """

    key: str
    sha256: str
    address: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, as they were stored."""

    data: bytes
    content_type: str
    sha256: str


class EvidenceImages:
    """Finds and, where need be, fetches pictures. Belongs to one event loop; close it there.

    Args:
        fetcher: gets images; closed with this.
    """

    def __init__(self, database: Database, objects: ObjectStore, fetcher: GuardedFetcher) -> None:
        self._database = database
        self._objects = objects
        self._fetcher = fetcher
        self._gate = asyncio.Semaphore(FETCHES_AT_ONCE)
        self._under_way: dict[str, asyncio.Task[PageImage]] = {}
        self._failures: OrderedDict[str, tuple[float, StoreError]] = OrderedDict()

    @classmethod
    def from_settings(cls, settings: Settings, database: Database, objects: ObjectStore) -> Self:
        """Build it with the allowed hosts of the settings.

        Raises:
            SettingsError: DROPSHIP_IMAGE_HOSTS cannot be read.
        """
        fetcher = GuardedFetcher(settings.allowed_image_hosts, limits=FetchLimits(deadline_s=DEADLINE_S))
        return cls(database, objects, fetcher)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancel what is under way and close all connections."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._fetcher.aclose()

    async def product(self, org_id: str, sha256: str) -> PageImage | None:
        """The picture with these bytes, None unless a product of the org has it."""
        query = select(products.c.image_key).where(products.c.org_id == org_id, products.c.image_sha256 == sha256)
        found = await asyncio.to_thread(self._first, query.where(products.c.image_key.is_not(None)).limit(1))
        return None if found is None else PageImage(found[0], sha256)

    async def listing(self, org_id: str, job_id: str, asin: str, item_id: str) -> PageImage | None:
        """The picture of a listing that a job of the org found; None if there is no such listing, or it has none.

        Raises:
            StoreError: its host does not give it, or it is no picture; the message says why.
        """
        item = collection_items.c
        ours = (item.org_id == org_id, item.job_id == job_id, item.asin == asin, item.item_id == item_id)
        return await self._of_row(item.image_url, ours, item_id)

    async def job_product(self, org_id: str, job_id: str, asin: str) -> PageImage | None:
        """The picture of a product on the worklist of a job of the org; None if there is no such product, or picture.

        Raises:
            StoreError: its host does not give it, or it is no picture; the message says why.
        """
        product = job_products.c
        ours = (product.org_id == org_id, product.job_id == job_id, product.asin == asin)
        return await self._of_row(product.image_url, ours, asin)

    async def read(self, image: PageImage) -> Picture | None:
        """A picture, None if the object is gone or is no longer what was stored.

        Raises:
            StoreError: the object is gone, and the picture's host does not give it again.
        """
        found = await asyncio.to_thread(self._objects.get_with_metadata, image.key)
        if found is None and image.address:  # a row may outlive its object where a bucket was emptied
            image = await self._fetched(image.address, image.owner)
            found = await asyncio.to_thread(self._objects.get_with_metadata, image.key)
        if found is None:
            return None
        if hashlib.sha256(found[0]).hexdigest() != image.sha256:
            # Whoever can write to the bucket must not be able to show another picture under an address that is kept.
            logger.error(
                "The object %s is not what was stored: `dropship doctor` and a restored backup help", image.key
            )
            return None
        return Picture(found[0], found[1].content_type, image.sha256)

    async def _of_row(
        self, address: ColumnElement[str], row: Iterable[ColumnElement[bool]], owner: str
    ) -> PageImage | None:
        """The picture whose address a row names."""
        query = select(address, images.c.key, images.c.sha256).outerjoin(images, images.c.url == address).where(*row)
        found = await asyncio.to_thread(self._first, query)
        if found is None or found[0] is None:
            return None
        url, key, sha256 = found
        return PageImage(key, sha256, url, owner) if key else await self._fetched(url, owner)

    def _first(self, query: Select[Any]) -> Row[Any] | None:
        with self._database.autocommit() as connection:
            return connection.execute(query).first()

    async def _fetched(self, url: str, owner: str) -> PageImage:
        """Fetch once for all who wait for it; if one of them goes away, the others still get it."""
        failed = self._failures.get(url)
        if failed and time.monotonic() - failed[0] < FAILURE_KEPT_S:
            raise failed[1].with_traceback(None)
        task = self._under_way.get(url)
        if task is None:
            task = self._under_way[url] = asyncio.create_task(self._fetch(url, owner))
            task.add_done_callback(lambda done: self._note(url, done))
        return await asyncio.shield(task)

    def _note(self, url: str, task: "asyncio.Task[PageImage]") -> None:
        self._under_way.pop(url, None)
        self._failures.pop(url, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StoreError):
            self._failures[url] = (time.monotonic(), error)
            while len(self._failures) > FAILURES_KEPT:
                self._failures.popitem(last=False)

    async def _fetch(self, url: str, owner: str) -> PageImage:
        if web_link(url) is None or len(url.encode()) > MAX_URL_BYTES:
            raise StoreError(owner, "the image's address is none that can be fetched", kind="image_refused")
        try:
            async with self._gate:
                answer = await self._fetcher.fetch(url)
            assert isinstance(answer, Fetched)  # noqa: S101  (nothing was asked on condition)
            return await asyncio.to_thread(self._keep, url, answer)
        except FetchError as error:
            raise StoreError(owner, f"image not fetched: {error}", kind=error.kind, status=error.status) from None
        except PictureError as error:
            raise StoreError(owner, f"image not stored: {error}", kind=error.kind) from None

    def _keep(self, url: str, answer: Fetched) -> PageImage:
        image = keep_image(self._database, self._objects, url, answer)
        return PageImage(image.key, image.sha256)


def keep_image(database: Database, objects: ObjectStore, url: str, answer: Fetched) -> StoredImage:
    """Keep a fetched picture under its address: the object first, then the row that names it.

    Raises:
        PictureError: it is no image that is kept.
        StorageUnavailable: a store does not answer.
    """
    image = put_image(objects, answer.data)
    row = image_row(image, ImageSource(url, answer.etag, answer.last_modified, utc_now()))
    statement = insert(images).values(row)
    changed = {name: statement.excluded[name] for name in row if name != "url"}
    with database.autocommit() as connection:
        connection.execute(statement.on_conflict_do_update(index_elements=["url"], set_=changed))
    return image
