"""What a search may be narrowed to, independent of how a provider spells it."""

from dataclasses import dataclass
from typing import Literal

from dropship_pipeline.models import Money

Sort = Literal["best_match", "newly_listed", "price_lowest", "price_highest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchFilters:
    """Narrows a search for listings.

    Args:
        new_only: only the condition Brand New.
        free_shipping: only listings that ship free.
        price_min: at least this price, in the site's own currency.
        price_max: at most this price, in the site's own currency.
        buy_it_now: only fixed prices, no auctions.
        sort: order of the results.
    """

    new_only: bool = False
    free_shipping: bool = False
    price_min: Money | None = None
    price_max: Money | None = None
    buy_it_now: bool = False
    sort: Sort = "best_match"

    @property
    def needs_search_page(self) -> bool:
        """True if a filter is set that only the site's search page has: free shipping or a price band."""
        return self.free_shipping or self.price_min is not None or self.price_max is not None
