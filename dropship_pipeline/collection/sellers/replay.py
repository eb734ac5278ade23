"""Reads a job's kept answers again and judges them with today's code: the lists, then every search. Asks nobody.

Nothing is waited for but the processor, so several processes judge batches of searches beside each other. Memory holds
the batches that are judged and one that is written, however many products there are.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from dropship_pipeline.collection.failures import FailureLog
from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers.best_seller_list import BestSellerList, BestSellerSource
from dropship_pipeline.collection.sellers.control_search import ControlSearch
from dropship_pipeline.collection.sellers.photo_judging import photo_judge
from dropship_pipeline.collection.sellers.seams import ListingSource
from dropship_pipeline.collection.sellers.search import BATCH, SellerSearch
from dropship_pipeline.errors import AnswerNotKept, CollectionStoppedError
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.amazon.best_sellers import BestSellers
from dropship_pipeline.marketplaces.ebay.scraperapi import ScraperApiEbayCollector
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.kept import KeptAnswers
from dropship_pipeline.matching.photos.photo import PHOTO_VERSION
from dropship_pipeline.models import Seller
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.replay.kept import JobAnswers
from dropship_pipeline.storage.replay.photos import KnownPhotos
from dropship_pipeline.storage.replay.rows import JobReplacement
from dropship_pipeline.storage.sellers.listing_rows import ListingRow, listing_row
from dropship_pipeline.storage.sellers.values import FoundListing, ListOutcome, SearchOutcome, SeenSeller, WorkItem

# Answers that are read from the object store at once.
READ_AT_ONCE = 4


@dataclass
class ReadLists:
    """A worklist in memory: what the kept lists name. Implements `Worklist`."""

    items: dict[str, WorkItem] = field(default_factory=dict)
    outcomes: list[ListOutcome] = field(default_factory=list)

    def worklist(self) -> list[WorkItem]:
        """The products, in order."""
        return sorted(self.items.values(), key=lambda item: item.position)

    def save_worklist(self, items: Sequence[WorkItem]) -> None:
        """Take new and changed products."""
        self.items |= {item.asin: item for item in items}

    def save_list(self, run_id: int, outcome: ListOutcome) -> None:
        """Take what became of a list."""
        self.outcomes.append(outcome)


@dataclass(frozen=True, slots=True)
class JudgedSearches:
    """Some searches with what was found, ready to be written: it passes from one process to another."""

    outcomes: Sequence[SearchOutcome]
    listings: Sequence[ListingRow]
    sellers: Sequence[SeenSeller]


Judge = Callable[[Sequence[WorkItem]], Awaitable[Sequence[JudgedSearches]]]


class PhotosAgain:
    """Judges listings of a replay with what is known of their pictures: nothing is fetched.

    Args:
        database: holds what is known.
        org_id: whose job.
        settings: of the job.
    """

    def __init__(self, database: Database, org_id: str, settings: SellersSettings) -> None:
        self._known = KnownPhotos(database, org_id, settings.photo_bands, version=PHOTO_VERSION)
        self._judge = photo_judge(settings)

    def judge(self, listings: Sequence[FoundListing], products: Mapping[str, str | None]) -> list[FoundListing]:
        """The listings, with their pictures where both are known; others stay without a photo.

        Args:
            listings: judged without.
            products: for each ASIN the address of Amazon's picture; None where there is none.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        verdicts = {pair.place: self._judge(pair) for pair in self._known.pairs(listings, products)}
        return [
            one
            if (verdict := verdicts.get((one.asin, one.listing.product_id))) is None
            else replace(one, match=verdict.match, photo_band=verdict.band, photo_distance=verdict.distance)
            for one in listings
        ]


@dataclass
class _InMemory:
    """Takes what a search saves. Implements `ResultStore`.

    Args:
        told: sellers that whoever writes has been told of; a seller is told of again where more is known of it.
        photos: judges listings once more.
        products: for each ASIN the address of Amazon's picture.
    """

    told: set[Seller]
    photos: PhotosAgain
    products: Mapping[str, str | None]
    saved: list[JudgedSearches] = field(default_factory=list)

    def save_searches(
        self,
        run_id: int,
        outcomes: Sequence[SearchOutcome],
        listings: Sequence[FoundListing],
        sellers: Sequence[SeenSeller],
    ) -> None:
        fresh = [seen for seen in sellers if seen.seller not in self.told]
        self.told |= {seen.seller for seen in fresh}
        rows = [listing_row(one) for one in self.photos.judge(listings, self.products)]
        self.saved.append(JudgedSearches(outcomes, rows, fresh))

    def finish(self, run_id: int) -> None:
        """Nothing here: whoever asked for the searches keeps them."""


class KeptSearches:
    """Judges searches from kept answers, in whatever process.

    Args:
        settings: of the job that is replayed.
        answers: what is kept of it.
        photos: judges its listings with what is known of their pictures.
        run_id: the replay.
        ebay_tld: the site, where the job asked none.
    """

    def __init__(
        self, settings: SellersSettings, answers: JobAnswers, photos: PhotosAgain, run_id: int, ebay_tld: str
    ) -> None:
        self._settings = settings
        self._photos = photos
        self._run_id = run_id
        self._told: set[Seller] = set()
        kept = KeptAnswers(answers.read, CallMeter())
        self._source: ListingSource = ScraperApiEbayCollector(kept, tld=answers.ebay_tld or ebay_tld)

    def judge(self, products: Sequence[WorkItem]) -> list[JudgedSearches]:
        """Judge the searches of these products, in their order.

        Raises:
            StorageUnavailable: a store does not answer.
        """
        results = _InMemory(self._told, self._photos, {item.asin: item.image_url for item in products})
        # What a coroutine returns is written out by `asyncio.run` (its handler of Ctrl-C is looked up by its text).
        asyncio.run(self._judge(products, results))
        return results.saved

    async def _judge(self, products: Sequence[WorkItem], results: _InMemory) -> None:
        async def nothing(_query: str) -> None:
            return None

        await SellerSearch(
            self._settings,
            self._run_id,
            self._source,
            results,
            ControlSearch(nothing, queries=()),  # nobody is asked, so nobody is tried
            max_in_flight=READ_AT_ONCE,
            progress=SearchProgress(self._run_id),
            stop=StopSwitch(),
            failures=FailureLog(),
        ).run(products, set(), watched=False)


class Replay:
    """One replay.

    Args:
        settings: of the job that is replayed.
        answers: what is kept of it.
        progress: counts lists, then products.
        stop: ends it; nothing is changed then.
        amazon_domain: the site, where the job asked none.
    """

    def __init__(
        self,
        settings: SellersSettings,
        answers: JobAnswers,
        *,
        progress: SearchProgress,
        stop: StopSwitch,
        amazon_domain: str,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._stop = stop
        kept = KeptAnswers(answers.read, CallMeter())
        self._lists: BestSellerSource = BestSellers(kept, answers.amazon_domain or amazon_domain)

    async def lists(self) -> ReadLists | None:
        """What the best-seller lists name; None where the answer of any is not kept, so that nobody knows all.

        Raises:
            CollectionStoppedError: a stop was asked for.
            RunFatal: not one list can be read.
        """
        read = ReadLists()
        lists = BestSellerList(
            self._settings.asked_once(),
            self._lists,
            read,
            progress=self._progress,
            stop=self._stop,
            failures=FailureLog(),
        )
        with suppress(AnswerNotKept):
            await lists.run()
            return read
        return None

    async def searches(self, products: Sequence[WorkItem], results: JobReplacement, judge: Judge, at_once: int) -> None:
        """Judge the searches of these products, and save them in their order.

        Args:
            products: all of them.
            results: what they replace.
            judge: judges a batch.
            at_once: how many batches are judged beside each other.

        Raises:
            CollectionStoppedError: a stop was asked for.
            StorageUnavailable: a store does not answer.
        """
        self._progress.enter("ebay_search", len(products))
        waiting = [products[begin : begin + BATCH] for begin in range(0, len(products), BATCH)][::-1]
        judging: deque[asyncio.Future[Sequence[JudgedSearches]]] = deque()
        try:
            while waiting or judging:
                while waiting and len(judging) <= at_once:  # one waits, so that no process does
                    judging.append(asyncio.ensure_future(judge(waiting.pop())))
                for judged in await judging.popleft():
                    if self._stop.reason:
                        raise CollectionStoppedError(self._stop.reason)
                    save = (judged.outcomes, judged.listings, judged.sellers)
                    await asyncio.to_thread(results.save_searches, *save)
                    self._progress.advance(len(judged.outcomes))
        finally:
            for task in judging:
                task.cancel()
            await asyncio.gather(*judging, return_exceptions=True)
