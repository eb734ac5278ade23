"""Sellers as a worker meets them: one entry a seller, whatever case and spacing its name was written in."""

from collections.abc import Sequence

from dropship_pipeline.models import Listing, utc_now
from dropship_pipeline.storage.sellers.values import SOURCE_PRODUCTS_KEPT, SeenSeller, SourceProduct


class SeenSellers:
    """Collects the sellers behind listings; memory grows with the sellers, not with their listings."""

    def __init__(self) -> None:
        self._by_name: dict[str, SeenSeller] = {}

    def add(self, listing: Listing, source: SourceProduct | None = None) -> None:
        """Note the listing's seller, if it names one.

        Args:
            listing: who sells what.
            source: the best-selling product that led to the seller, where one did.
        """
        name = listing.seller_key
        if name is None or listing.seller is None:
            return
        seen = self._by_name.setdefault(name, SeenSeller(listing.seller, utc_now()))
        seen.seller = seen.seller.agreed_with(listing.seller)
        seen.listings += 1
        if source is not None and source not in seen.products and len(seen.products) < SOURCE_PRODUCTS_KEPT:
            seen.products.append(source)

    def sellers(self) -> Sequence[SeenSeller]:
        """One entry a seller, by normalized name."""
        return [seen for _, seen in sorted(self._by_name.items())]
