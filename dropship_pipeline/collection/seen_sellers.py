"""Sellers as a worker meets them: one entry a seller, whatever case and spacing its name was written in."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dropship_pipeline.models import Listing, Seller, normalize_seller_name, utc_now
from dropship_pipeline.storage.sellers.rows import SOURCE_PRODUCTS_KEPT


def seller_key(listing: Listing) -> str | None:
    """The normalized name of a listing's seller, None where the listing names none."""
    return (normalize_seller_name(listing.seller.name) or None) if listing.seller else None


@dataclass(slots=True)
class SeenSeller:
    """One seller in one run, with the listings that put it there."""

    seller: Seller
    seen_at: datetime
    listings: int = 0
    products: list[str] = field(default_factory=list)


class SeenSellers:
    """Collects the sellers behind listings; memory grows with the sellers, not with their listings."""

    def __init__(self) -> None:
        self._by_name: dict[str, SeenSeller] = {}

    def add(self, listing: Listing, source: str | None = None) -> None:
        """Note the listing's seller, if it names one.

        Args:
            listing: who sells what.
            source: the product that led to the seller, `<platform>:<id>`; the listing itself if not given.
        """
        name = seller_key(listing)
        if name is None or listing.seller is None:
            return
        seen = self._by_name.setdefault(name, SeenSeller(listing.seller, utc_now()))
        seen.seller = _completed(seen.seller, listing.seller)
        seen.listings += 1
        product = source or f"{listing.platform}:{listing.product_id}"
        if product not in seen.products and len(seen.products) < SOURCE_PRODUCTS_KEPT:
            seen.products.append(product)

    def rows(self) -> list[dict[str, Any]]:
        """One row a seller, by normalized name: the columns of `sellers`, and `listings`."""
        return [
            {
                "seller_name": seen.seller.name,
                "seller_name_normalized": name,
                "feedback_percent": seen.seller.feedback_percent,
                "feedback_count": seen.seller.feedback_count,
                "first_seen_at": seen.seen_at,
                "last_seen_at": seen.seen_at,
                "source_products": seen.products,
                "listings": seen.listings,
            }
            for name, seen in sorted(self._by_name.items())
        ]


def _completed(known: Seller, seen: Seller) -> Seller:
    """The seller as first met, with the feedback that only a later listing tells."""
    percent = seen.feedback_percent if known.feedback_percent is None else known.feedback_percent
    count = seen.feedback_count if known.feedback_count is None else known.feedback_count
    return Seller(known.name, percent, count)
