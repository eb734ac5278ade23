"""Fetches pictures and reads what is kept of each: through the guard, paced for each host, and never for the bytes."""

import asyncio
import io
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from PIL import Image

from dropship_pipeline.collection.failures import kind_of
from dropship_pipeline.collection.log import logger
from dropship_pipeline.errors import RunFatal
from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline.matching.photos.photo import amazon_photo, photo_hash
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.images.fetch import Fetched, FetchLimits, GuardedFetcher
from dropship_pipeline.storage.images.network_guard import FetchError
from dropship_pipeline.storage.images.on_demand import keep_image
from dropship_pipeline.storage.images.store import MAX_URL_BYTES
from dropship_pipeline.storage.images.verify import PictureError, verify
from dropship_pipeline.storage.links import web_link
from dropship_pipeline.storage.objects import ObjectStore
from dropship_pipeline.storage.sellers.photos import KeptPhoto
from dropship_pipeline.storage.waiting import StoreWait

AT_ONCE = 8
# What a host is asked for: a browser that shows a page of results asks for as much.
PER_HOST_A_MINUTE = 1_800
LIMITS = FetchLimits(max_bytes=8 * 1024 * 1024, deadline_s=20.0, connect_s=5.0, read_s=10.0)
# After so many failures in a row of the network or of a host, the host is given up for this run.
GONE_AFTER = 10
_OF_A_GONE_HOST = frozenset({"image_network", "image_timeout"})
_SERVER_ERROR = 500

Keep = Callable[[str, Fetched], Awaitable[None]]


class PictureReader:
    """Reads pictures. Belongs to one event loop; use it as an async context manager.

    Args:
        fetcher: gets them; closed with this.
        keep: is given each picture that was read.
    """

    def __init__(self, fetcher: GuardedFetcher, keep: Keep) -> None:
        self._fetcher = fetcher
        self._keep = keep
        self._paces: defaultdict[str, Pace] = defaultdict(lambda: Pace(PER_HOST_A_MINUTE, AT_ONCE))
        self._failed_in_a_row: Counter[str] = Counter()
        # One at a time: so no more than one picture is decoded for its hash at once, whatever its size.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="photos")

    @classmethod
    def from_settings(cls, settings: Settings, database: Database, objects: Callable[[], ObjectStore] | None) -> Self:
        """Build it with the allowed hosts of the settings.

        Args:
            settings: image hosts, and how long the object store is waited for.
            database: for the rows of pictures that are kept.
            objects: opens the object store, where the pictures are to be kept; None where they are not.

        Raises:
            SettingsError: DROPSHIP_IMAGE_HOSTS cannot be read.
        """
        wait = StoreWait(settings.s3_wait_seconds)

        async def keep(url: str, answer: Fetched) -> None:
            if objects is not None:
                await wait.call(keep_image, database, objects(), url, answer)

        return cls(GuardedFetcher(settings.allowed_image_hosts, limits=LIMITS), keep)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        await self._fetcher.aclose()

    async def read(self, url: str, *, amazon: bool) -> KeptPhoto | None:
        """Fetch a picture and read it; whatever is wrong with it costs it alone.

        Args:
            url: its address.
            amazon: whether its frames are read, too, for listings' pictures to be compared with.

        Returns:
            What is kept of it; None where nothing can be: its host is given up, or the address is none.

        Raises:
            RunFatal: nothing that follows could succeed either.
        """
        if web_link(url) is None or len(url.encode(errors="replace")) > MAX_URL_BYTES:
            return None
        try:
            host = self._fetcher.host_of(url)
            if self._is_gone(host):
                return None
            async with self._paces[host].turn():
                return None if self._is_gone(host) else await self._read(url, host, amazon=amazon)
        except RunFatal:
            raise
        except (FetchError, PictureError) as error:
            logger.info("A picture is not compared: %s", error)
            return KeptPhoto(refused=error.kind)
        except Exception as error:
            logger.exception("A picture could not be read")
            return KeptPhoto(refused=kind_of(error))

    async def _read(self, url: str, host: str, *, amazon: bool) -> KeptPhoto:
        answer = await self._fetch(url, host)
        photo = await asyncio.get_running_loop().run_in_executor(self._thread, _read, answer.data, amazon)
        await self._keep(url, answer)
        return photo

    def _is_gone(self, host: str) -> bool:
        return self._failed_in_a_row[host] >= GONE_AFTER

    async def _fetch(self, url: str, host: str) -> Fetched:
        try:
            answer = await self._fetcher.fetch(url)
        except FetchError as error:
            if error.kind in _OF_A_GONE_HOST or (error.status or 0) >= _SERVER_ERROR:
                self._failed_in_a_row[host] += 1
                if self._failed_in_a_row[host] == GONE_AFTER:
                    logger.warning("The image host %s is given up for this run: %s", host, error)
            raise
        self._failed_in_a_row[host] = 0
        if not isinstance(answer, Fetched):
            raise TypeError("nothing was asked on condition")
        return answer


def _read(data: bytes, amazon: bool) -> KeptPhoto:
    verify(data)
    try:
        phash = photo_hash(Image.open(io.BytesIO(data)))
        frames = amazon_photo(Image.open(io.BytesIO(data))).packed() if amazon else None
    except OSError as error:
        raise PictureError(f"the image cannot be decoded: {error}") from None
    return KeptPhoto(phash=phash, frames=frames)
