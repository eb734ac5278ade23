"""What the seller search needs from outside: a marketplace to search, and a place for the results."""

from collections.abc import Sequence
from typing import Protocol

from dropship_pipeline.marketplaces.filters import SearchFilters
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Listing
from dropship_pipeline.storage.sellers.values import FoundListing, SearchOutcome, SeenSeller


class ListingSource(Protocol):
    """Searches eBay."""

    @property
    def meter(self) -> CallMeter:
        """Counts its calls, and takes how well they could be read."""
        ...

    @property
    def currency(self) -> str:
        """ISO code of the currency that the site's prices are in."""
        ...

    async def search(self, query: str, top_k: int, filters: SearchFilters, *, most_pages: int) -> list[Listing]:
        """The first `top_k` listings under `filters`, for at most `most_pages` paid calls."""
        ...


class ResultStore(Protocol):
    """Where a job's searches are kept."""

    def save_searches(
        self,
        run_id: int,
        outcomes: Sequence[SearchOutcome],
        listings: Sequence[FoundListing],
        sellers: Sequence[SeenSeller],
    ) -> None:
        """Write a batch in one transaction."""
        ...

    def finish(self, run_id: int) -> None:
        """Bring what depends on all batches of a run up to date."""
        ...
