"""Stores a product with its picture: the object first, then the row that names it."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, Self

from dropship_pipeline.errors import StoreError
from dropship_pipeline.models import Platform, Product, StoredImage, utc_now
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.images.fetch import Fetched, GuardedFetcher, NotModified
from dropship_pipeline.storage.images.network_guard import FetchError
from dropship_pipeline.storage.images.records import Asked, ImageSource, KnownProduct
from dropship_pipeline.storage.images.verify import PictureError, verify
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.products.any_shape import product_of
from dropship_pipeline.storage.waiting import StoreWait
from dropship_pipeline.telemetry.spans import begin

# The URL is the key of a B-tree, whose entries may not exceed 2.7 kB.
MAX_URL_BYTES = 2_000


class ProductRows(Protocol):
    """The product rows, as far as storing images needs them.

    Synchronous: called from a worker thread, possibly from several at once. Each call is one transaction.
    All raise StorageUnavailable when the database does not answer.
    """

    def find(self, platform: Platform, asked: Sequence[Asked]) -> list[KnownProduct]:
        """What is known of each product, and of the image stored for its URL, in one query; in the order asked."""
        ...

    def save(self, product: Product, job_id: str, image: StoredImage | None, source: ImageSource | None) -> None:
        """Insert or update the product's row, in one transaction with its image's.

        Args:
            product: the row; its `platform` and `product_id` are the key.
            job_id: becomes `last_job_id`.
            image: what the row's image columns name; None empties them.
            source: given when the image was fetched or confirmed just now: then the `images` row for
                `source.url` is inserted or updated too. None leaves the `images` table alone.
        """
        ...

    def touch(self, platform: Platform, product_id: str) -> None:
        """Move the product's `last_seen_at` to now; nothing else."""
        ...


class ImageStorageManager:
    """Stores products with their images. Belongs to one event loop; use it as an async context manager.

    Args:
        fetcher: gets images; closed with this.
        max_age: how long an image that was fetched is believed unchanged without asking its host.
        now: the clock, UTC.
        wait: for the object store.
    """

    def __init__(
        self,
        rows: ProductRows,
        objects: ObjectStore,
        fetcher: GuardedFetcher,
        *,
        max_age: timedelta,
        now: Callable[[], datetime] = utc_now,
        wait: StoreWait | None = None,
    ) -> None:
        self._wait = wait or StoreWait(0)
        self._rows = rows
        self._objects = objects
        self._fetcher = fetcher
        self._max_age = max_age
        self._now = now
        # What was found of products that are to be stored next: by image, whose product, and what is known.
        self._expected: dict[str, tuple[Platform, str, KnownProduct]] = {}

    @classmethod
    def from_settings(
        cls, settings: Settings, rows: ProductRows, objects: ObjectStore, wait: StoreWait | None = None
    ) -> Self:
        """Build it with the allowed hosts and the age of the settings.

        Raises:
            SettingsError: DROPSHIP_IMAGE_HOSTS cannot be read.
        """
        fetcher = GuardedFetcher(settings.allowed_image_hosts)
        return cls(rows, objects, fetcher, max_age=timedelta(days=settings.image_max_age_days), wait=wait)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._fetcher.aclose()

    async def store_product(self, product: object, job_id: str, platform: Platform) -> StoredImage | None:
        """Store a product's image, then its row. Doing so again changes nothing but `last_seen_at`.

        Args:
            product: a `Product`, or a mapping or an object that has an id and a title; see `product_of`.
            job_id: the job that the row is stored for.
            platform: where the product is from.

        Returns:
            The image in the object store; None for a product without one.

        Raises:
            StoreError: the product has no id or title, or the image cannot be fetched, or is none; the row is left as
                it was.
            StorageUnavailable: Postgres does not answer, or the object store after it was waited for.
            SettingsError: the object store refuses for a reason that only a person can remove.
        """
        found = product_of(product, platform)
        if found.image_url is None:
            await asyncio.to_thread(self._rows.save, found, job_id, None, None)
            return None
        _check_url(found, found.image_url)
        stored, known = await self._known(found, found.image_url, job_id, platform)
        if stored is not None:
            return stored
        answer = await self._fetch(found, found.image_url, known)
        return await self._wait.call(self._keep, found, found.image_url, job_id, answer, known)

    async def expect(self, products: Iterable[Product], platform: Platform) -> None:
        """Look up in one query what is known of products that are to be stored next, instead of one by one.

        Of two products with the same image only the first is looked up: the first one stores it for the second.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        by_image = {p.image_url: (p.product_id, p.image_url) for p in reversed(list(products)) if p.image_url}
        asked = [one for one in by_image.values() if _fits(one[1])]
        if asked:
            found = await asyncio.to_thread(self._rows.find, platform, asked)
            for (product_id, url), known in zip(asked, found, strict=True):
                self._expected[url] = (platform, product_id, known)

    def _expectation(self, product: Product, url: str, platform: Platform) -> KnownProduct | None:
        """What was found of the product; used up by the first that shows the image, since it changes what is known."""
        *whose, known = self._expected.pop(url, (None, None, None))
        return known if whose == [platform, product.product_id] else None

    async def _known(
        self, product: Product, url: str, job_id: str, platform: Platform
    ) -> tuple[StoredImage | None, KnownProduct]:
        """Like `_recall`, with at most two thread hops per product: one before its request, one after."""
        expected = self._expectation(product, url, platform)
        if expected is not None and expected.image is None:
            return None, KnownProduct()
        return await self._wait.call(self._recall, product, url, job_id, platform, expected)

    def _recall(
        self, product: Product, url: str, job_id: str, platform: Platform, known: KnownProduct | None
    ) -> tuple[StoredImage | None, KnownProduct]:
        """Store the product with what is known of its image, if that is enough.

        Returns:
            The image if it is done, and what the image's host may be asked to confirm if not.
        """
        if known is None:
            (known,) = self._rows.find(platform, [(product.product_id, url)])
        image, source = known.image, known.source
        if image is None or source is None:
            return None, KnownProduct()
        if (known.last_job_id, known.image_url, known.image_sha256) == (job_id, url, image.sha256):
            self._rows.touch(platform, product.product_id)
            return image, known
        present = self._objects.head(image.key) is not None
        if not present:
            return None, KnownProduct()
        if self._now() - source.fetched_at >= self._max_age:
            return None, known
        self._rows.save(product, job_id, image, None)
        return image, known

    async def _fetch(self, product: Product, url: str, known: KnownProduct) -> Fetched | NotModified:
        source = known.source
        with _as_store_error(product), begin("fetch"):
            if source is None:
                return await self._fetcher.fetch(url)
            return await self._fetcher.fetch(url, etag=source.etag, last_modified=source.last_modified)

    def _keep(
        self, product: Product, url: str, job_id: str, answer: Fetched | NotModified, known: KnownProduct
    ) -> StoredImage:
        if isinstance(answer, Fetched):
            with _as_store_error(product):
                image = put_image(self._objects, answer.data)
            source = ImageSource(url, answer.etag, answer.last_modified, self._now())
        else:
            assert known.image and known.source  # noqa: PT018, S101  (else nothing was asked on condition)
            image, source = known.image, replace(known.source, fetched_at=self._now())
        self._rows.save(product, job_id, image, source)
        return image


def put_image(objects: ObjectStore, data: bytes) -> StoredImage:
    """Put an image under the sha256 of its bytes, if they are one.

    Raises:
        PictureError: they are no image that is kept.
        StorageUnavailable: the object store does not answer.
    """
    picture = verify(data)
    sha256 = hashlib.sha256(data).hexdigest()
    key = f"images/{sha256[:2]}/{sha256}.{picture.extension}"
    metadata = {"sha256": sha256, "width": str(picture.width), "height": str(picture.height)}
    with begin("put", bytes=len(data)):
        objects.put_once(key, data, picture.content_type, metadata)
    return StoredImage(key, sha256, picture.content_type, len(data), picture.width, picture.height)


def _fits(url: str) -> bool:
    # Unprintable first: a lone surrogate, which JSON can carry, cannot be encoded at all.
    return url.isprintable() and len(url.encode()) <= MAX_URL_BYTES


def _check_url(product: Product, url: str) -> None:
    if not _fits(url):
        raise StoreError(
            product.product_id,
            f"the image URL has unprintable characters or more than {MAX_URL_BYTES:,} bytes",
            kind="image_refused",
        )


@contextmanager
def _as_store_error(product: Product) -> Iterator[None]:
    """Charge a failure to the product: the next one's host and bytes may well be fine. The stores' are everybody's."""
    try:
        yield
    except FetchError as error:
        message = f"image not fetched: {error}"
        raise StoreError(product.product_id, message, kind=error.kind, status=error.status) from error
    except PictureError as error:
        raise StoreError(product.product_id, f"image not stored: {error}", kind=error.kind) from error
