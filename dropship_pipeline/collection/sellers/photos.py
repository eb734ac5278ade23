"""Photo evidence: is each listing's picture Amazon's? Fetches what is not known yet, and judges once more with it.

A page of listings at a time, so memory holds one page, however many there are. Each picture is kept as soon as it is
read: a kill repeats at most those that are under way, and no address is fetched twice.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers.photo_judging import photo_judge
from dropship_pipeline.collection.sellers.photo_reading import AT_ONCE, PictureReader
from dropship_pipeline.errors import CollectionStoppedError
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.matching.photos.photo import PHOTO_VERSION
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.sellers.photos import PhotoPair, PhotoPairs, save_photo

# A picture that could not be had is asked for again by a run that comes later than this.
REFUSED_FOR = timedelta(days=1)


class PhotoEvidence:
    """The photo evidence of one job.

    Args:
        settings: of which listings, and where the bands begin.
        stop: ends it; what was read is kept.
    """

    def __init__(
        self,
        database: Database,
        org_id: str,
        job_id: str,
        settings: SellersSettings,
        reader: PictureReader,
        *,
        progress: SearchProgress,
        stop: StopSwitch,
    ) -> None:
        self._database = database
        self._pairs = PhotoPairs(
            org_id, job_id, settings.photo_bands, version=PHOTO_VERSION, refused_since=utc_now() - REFUSED_FOR
        )
        self._judge = photo_judge(settings)
        self._reader = reader
        self._progress = progress
        self._stop = stop

    async def run(self) -> None:
        """Compare the pictures of every listing that nobody has looked at.

        Raises:
            CollectionStoppedError: a stop was asked for before all were compared; what was read is kept.
            StorageUnavailable: a store does not answer.
        """
        self._progress.enter("photo_evidence", await asyncio.to_thread(self._count))
        after = ("", "")
        while pairs := await asyncio.to_thread(self._page, after):
            await self._read_all(_wanted(pairs))
            await asyncio.to_thread(self._settle, after)
            after = pairs[-1].place
            self._progress.advance(len(pairs))

    def _count(self) -> int:
        with self._database.begin() as connection:
            return self._pairs.count(connection)

    def _page(self, after: tuple[str, str]) -> list[PhotoPair]:
        with self._database.begin() as connection:
            return self._pairs.page(connection, after)

    def _settle(self, after: tuple[str, str]) -> None:
        """Judge a page whose pictures were read just now; of what is not known now, nothing is known."""
        with self._database.begin() as connection:
            self._pairs.save(connection, [self._judge(pair) for pair in self._pairs.page(connection, after)])

    async def _read_all(self, wanted: Iterable[tuple[str, bool]]) -> None:
        waiting = deque(wanted)
        readers = [asyncio.create_task(self._read_some(waiting)) for _ in range(min(AT_ONCE, len(waiting)))]
        stopping = asyncio.create_task(self._stop.wait())
        reading = asyncio.gather(*readers)
        try:
            either: set[asyncio.Future[Any]] = {reading, stopping}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._stop.reason:
                raise CollectionStoppedError(self._stop.reason)
            await reading
        finally:
            for task in (*readers, stopping):
                task.cancel()
            await asyncio.gather(*readers, stopping, reading, return_exceptions=True)

    async def _read_some(self, waiting: deque[tuple[str, bool]]) -> None:
        while waiting:
            url, amazon = waiting.popleft()
            photo = await self._reader.read(url, amazon=amazon)
            if photo is not None:
                await asyncio.to_thread(save_photo, self._database, url, photo, PHOTO_VERSION)


def _wanted(pairs: Iterable[PhotoPair]) -> list[tuple[str, bool]]:
    """The pictures that are to be fetched, each once, and whether it is Amazon's; none where the other is missing."""
    wanted: dict[str, bool] = {}
    for pair in pairs:
        if pair.product_url is None or pair.listing_url is None:
            continue
        if not pair.product_known:
            wanted[pair.product_url] = True
        if not pair.listing_known:
            wanted.setdefault(pair.listing_url, False)
    return list(wanted.items())
