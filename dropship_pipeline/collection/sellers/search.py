"""eBay's half of `collect_sellers`: one search a product, several open at once, results written in order.

The quota, not the latency, limits the speed: more searches are prepared than may be open, so that the next is always
ready when its turn comes. Memory holds the prepared searches and one batch, however many products there are.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from dropship_pipeline.collection.failures import FailureLog, kind_of
from dropship_pipeline.collection.log import logger
from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.seen_sellers import SeenSellers
from dropship_pipeline.collection.sellers.control_search import ControlSearch
from dropship_pipeline.collection.sellers.filter_checks import check, search_filters
from dropship_pipeline.collection.sellers.judging import ListingJudge
from dropship_pipeline.collection.sellers.seams import ListingSource, ResultStore
from dropship_pipeline.collection.sellers.search_terms import search_terms, shorter_terms
from dropship_pipeline.errors import (
    AnswerNotKept,
    BudgetExhausted,
    CollectionStoppedError,
    RunFatal,
    StorageUnavailable,
)
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.filters import SearchFilters
from dropship_pipeline.models import Listing, Match, Money, OutcomeState, Reading, utc_now
from dropship_pipeline.storage.sellers.values import FoundListing, SearchOutcome, SourceProduct, WorkItem
from dropship_pipeline.telemetry.spans import begin

BATCH = 50
# Of one search; an answer has more, which match less and less.
MAX_LISTINGS = 50
# A slow search is written sooner, so that whoever watches sees it move.
LONGEST_WAIT_S = 1.0
# Prepared searches per open one: enough that a slow answer at the head does not leave the quota unused.
LOOK_AHEAD = 4


@dataclass(frozen=True, slots=True)
class _Kept:
    """A listing that passed the filters, those of them that it lacks the data for, and whether it is the product."""

    listing: Listing
    unverified: tuple[str, ...]
    match: Match


@dataclass(slots=True)
class _Search:
    """One product's search and its result; `state` is None until it was made, `refused` says why it was not."""

    product: WorkItem
    price: Money | None
    started_at: datetime
    state: OutcomeState | None = None
    refused: str | None = None
    returned: int = 0
    kept: Sequence[_Kept] = ()
    error_kind: str | None = None
    reading: Reading = field(default_factory=Reading)
    ended_at: datetime | None = None


class SellerSearch:
    """Searches eBay for each product of a worklist.

    Args:
        settings: price band, shorter search, bands of the judgement.
        run_id: the run that the rows name.
        max_in_flight: how many calls may be open at once.
        stop: ends the search well.
    """

    def __init__(
        self,
        settings: SellersSettings,
        run_id: int,
        source: ListingSource,
        results: ResultStore,
        control_search: ControlSearch,
        *,
        max_in_flight: int,
        progress: SearchProgress,
        stop: StopSwitch,
        failures: FailureLog,
    ) -> None:
        self._settings = settings
        self._run_id = run_id
        self._source = source
        self._results = results
        self._control_search = control_search
        self._look_ahead = LOOK_AHEAD * max_in_flight
        self._progress = progress
        self._stop = stop
        self._failures = failures
        self._used_up: str | None = None
        # Searches that are still to be made, and whether the last control search is.
        self._missing = 0
        self._unproved = False
        self._judge = ListingJudge(settings)

    async def run(self, products: Sequence[WorkItem], searched: set[str], *, watched: bool = True) -> None:
        """Search for each product that is not among those `searched` already.

        Args:
            products: the worklist.
            searched: ASINs.
            watched: whether somebody sees what is written, so that it does not wait for whole batches.

        Raises:
            CollectionStoppedError: a stop was asked for, or the budget is used up, before everything was searched;
                what came back is kept.
            RunFatal: nothing that follows could succeed; what came back is kept.
        """
        todo = [product for product in products if product.asin not in searched]
        self._missing = len(todo)
        self._progress.enter("ebay_search", len(todo))
        fatal: RunFatal | None = None
        batch: list[_Search] = []
        kept_at, longest_wait_s = monotonic(), LONGEST_WAIT_S if watched else math.inf
        try:
            if todo:
                await self._control_search.check()
            # Closed here: an error in between must not leave calls open beyond the client that makes them.
            async with aclosing(self._in_order(todo)) as searches:
                async for search in searches:
                    batch.append(search)
                    if len(batch) >= BATCH or monotonic() - kept_at >= longest_wait_s:
                        await self._keep(batch)
                        batch, kept_at = [], monotonic()
            await self._check_zeros(at_end=True)
        except RunFatal as error:
            fatal = error
        await self._keep(batch)
        if isinstance(fatal, StorageUnavailable):
            raise fatal
        early = self._early_end(fatal)
        if early is None:
            self._progress.enter("storing", 1)
        await asyncio.to_thread(self._results.finish, self._run_id)
        if early is not None:
            raise early  # the progress stays where the search was
        self._progress.advance()

    def _early_end(self, fatal: RunFatal | None) -> RunFatal | None:
        """Why the search ends before its last product; None if it does not."""
        if fatal is None and self._used_up:
            return BudgetExhausted(self._used_up)
        if fatal is None and self._stop.reason and (self._missing or self._unproved):
            return CollectionStoppedError(self._stop.reason)
        return fatal

    @property
    def _ended(self) -> bool:
        """Whether no further search may begin; those that are paid for or open are still waited for."""
        return bool(self._used_up or self._stop.reason)

    async def _in_order(self, todo: Iterable[WorkItem]) -> AsyncGenerator[_Search]:
        """Make the searches, several at once; yield those that were made, in the order of the products."""
        waiting = iter(todo)
        open_searches: deque[asyncio.Task[_Search]] = deque()
        try:
            while True:
                while len(open_searches) < self._look_ahead and not self._ended:
                    product = next(waiting, None)
                    if product is None:
                        break
                    open_searches.append(asyncio.create_task(self._search(product)))
                if not open_searches:
                    return
                search = await open_searches.popleft()
                if search.refused and not self._ended:
                    # Those before it have settled since, perhaps for less than was reserved for them.
                    search = await self._search(search.product)
                    self._used_up = search.refused
                if search.state is not None:
                    self._missing -= 1
                    self._control_search.saw(search.state)
                    yield search
                    await self._check_zeros()
        finally:
            for task in open_searches:
                task.cancel()
            # A call on the wire is given a moment, so that its answer is kept and not paid for again.
            await asyncio.gather(*open_searches, return_exceptions=True)

    async def _check_zeros(self, *, at_end: bool = False) -> None:
        """Make a control search if one is due. If the budget or a stop forbids it, the search ends in good order."""
        if self._ended:
            self._unproved = self._control_search.is_due(at_end=at_end)
            return
        try:
            await self._control_search.check_if_due(at_end=at_end)
        except BudgetExhausted as error:
            self._used_up = str(error)
        except CollectionStoppedError as error:
            self._stop.ask(str(error))
            self._unproved = True

    async def _search(self, product: WorkItem) -> _Search:
        price = product.price
        if price is not None and price.currency != self._source.currency:
            price = None  # a band in another currency would compare nothing
        search = _Search(product, price, utc_now())
        with self._source.meter.measured() as part:
            await self._make(search, search_filters(price, *self._settings.band))
        search.reading, search.ended_at = part.reading, utc_now()
        return search

    async def _make(self, search: _Search, filters: SearchFilters) -> None:
        product = search.product
        try:
            with begin("product", product_id=product.asin, details={"title": product.title}), begin("collect"):
                listings = await self._listings(product.title, filters)
            checks = [(listing, check(listing, filters)) for listing in listings]
            met = [(listing, found.unverified) for listing, found in checks if found.kept]
            matches = self._judge.judge(product, (listing for listing, _ in met))
            search.kept = [_Kept(*one, match) for one, match in zip(met, matches, strict=True)]
            search.returned = len(listings)
            search.state = "found" if search.kept else "none"
        except BudgetExhausted as error:
            search.refused = str(error)
        except CollectionStoppedError as error:
            self._stop.ask(str(error))  # not made: the product counts as not started
        except RunFatal:
            raise
        except AnswerNotKept as error:  # of a replay: whoever keeps the results leaves what there was
            search.state, search.error_kind = "failed", error.kind
        except Exception as error:
            logger.exception("Collection %s API error: %s", self._run_id, error)
            search.state, search.error_kind = "failed", kind_of(error)
            await self._failures.keep("ebay", "collect", product.asin, error, product.asin)

    async def _listings(self, title: str, filters: SearchFilters) -> list[Listing]:
        listings = await self._source.search(search_terms(title), MAX_LISTINGS, filters, most_pages=1)
        shorter = shorter_terms(title) if self._settings.shorter_search and not listings else None
        if shorter is not None:
            listings = await self._source.search(shorter, MAX_LISTINGS, filters, most_pages=1)
        return listings

    async def _keep(self, batch: Sequence[_Search]) -> None:
        if not batch:
            return
        seen = SeenSellers()
        listings: list[FoundListing] = []
        for search in reversed(batch):  # a seller's products are kept newest first
            source = SourceProduct(search.product.asin, search.product.title, self._run_id)
            for position, kept in enumerate(search.kept, start=1):
                seen.add(kept.listing, source)
                listings.append(_found(search, position, kept))
        outcomes = [_outcome(search) for search in batch]
        with begin("upsert", products=len(batch), listings=len(listings)):
            await asyncio.to_thread(self._results.save_searches, self._run_id, outcomes, listings, seen.sellers())
        self._progress.advance(len(batch))


def _outcome(search: _Search) -> SearchOutcome:
    if search.state is None:
        raise ValueError(f"the search for {search.product.asin} was not made, so it has no outcome")
    return SearchOutcome(
        asin=search.product.asin,
        state=search.state,
        returned=search.returned,
        stored=len(search.kept),
        error_kind=search.error_kind,
        reading=search.reading,
        started_at=search.started_at,
        ended_at=_end(search),
    )


def _found(search: _Search, position: int, kept: _Kept) -> FoundListing:
    return FoundListing(
        asin=search.product.asin,
        position=position,
        listing=kept.listing,
        amazon_price=search.price,
        unverified=(*kept.unverified, *(() if search.price else ("band",))),
        match=kept.match,
        seen_at=_end(search),
    )


def _end(search: _Search) -> datetime:
    if search.ended_at is None:
        raise ValueError(f"the search for {search.product.asin} has not ended")
    return search.ended_at
