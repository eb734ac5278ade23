"""Reads a job's kept answers again and judges them with today's code: the lists, then every search. Asks nobody."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from dropship_pipeline.collection.failures import FailureLog
from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers.best_seller_list import BestSellerList, BestSellerSource
from dropship_pipeline.collection.sellers.control_search import ControlSearch
from dropship_pipeline.collection.sellers.seams import ListingSource, ResultStore
from dropship_pipeline.collection.sellers.search import SellerSearch
from dropship_pipeline.errors import AnswerNotKept
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.amazon.best_sellers import BestSellers
from dropship_pipeline.marketplaces.ebay.scraperapi import ScraperApiEbayCollector
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.kept import KeptAnswers
from dropship_pipeline.storage.replay.kept import JobAnswers
from dropship_pipeline.storage.sellers.values import ListOutcome, WorkItem

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


class Replay:
    """One replay.

    Args:
        settings: of the job that is replayed.
        answers: what is kept of it.
        progress: counts lists, then products.
        stop: ends it; nothing is changed then.
        amazon_domain, ebay_tld: the sites, where the job asked neither.
    """

    def __init__(
        self,
        settings: SellersSettings,
        answers: JobAnswers,
        *,
        progress: SearchProgress,
        stop: StopSwitch,
        amazon_domain: str,
        ebay_tld: str,
    ) -> None:
        self._settings = settings
        self._progress = progress
        self._stop = stop
        kept = KeptAnswers(answers.read, CallMeter())
        self._lists: BestSellerSource = BestSellers(kept, answers.amazon_domain or amazon_domain)
        self._searches: ListingSource = ScraperApiEbayCollector(kept, tld=answers.ebay_tld or ebay_tld)

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

    async def searches(self, products: Sequence[WorkItem], results: ResultStore) -> None:
        """Judge the searches of these products.

        Raises:
            CollectionStoppedError: a stop was asked for.
            StorageUnavailable: a store does not answer.
        """

        async def nothing(_query: str) -> None:
            return None

        await SellerSearch(
            self._settings,
            self._progress.run_id,
            self._searches,
            results,
            ControlSearch(nothing, queries=()),  # nobody is asked, so nobody is tried
            max_in_flight=READ_AT_ONCE,
            progress=self._progress,
            stop=self._stop,
            failures=FailureLog(),
        ).run(products, set())
