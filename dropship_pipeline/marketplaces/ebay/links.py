"""Item ids in eBay's links and attributes, and the canonical page of an item."""

import re

from dropship_pipeline.marketplaces.ebay.sites import EbaySite

# The id of the "Shop on eBay" card that fills the first places of a result list. Since August 2026 every link of
# some pages carries it, so that only a card's own id says that the card is that filler.
PLACEHOLDER_ID = "123456"
# An item's id has 12 digits today; the filler card carries an invented one of 16 and more on some pages.
LONGEST_ITEM_ID = 14

_ITEM_ID = re.compile(r"/itm/(?:[^/?#]+/)?([0-9]{1,19})(?![0-9A-Za-z])")
_OWN_ID = re.compile(r"[0-9]{1,19}")


def item_id(url: object) -> str | None:
    """Return the item id in a link (`…/itm/900000000001?hash=…`, `…/itm/some-title/900000000001`), else None."""
    match = _ITEM_ID.search(url) if isinstance(url, str) else None
    return match[1] if match else None


def own_id(attribute: str | None) -> str | None:
    """Return the id in a card's `data-listingid`, also the filler's; None if it is no number."""
    return attribute if attribute and _OWN_ID.fullmatch(attribute) else None


def item_url(item: str, site: EbaySite) -> str:
    """Return the canonical page of an item, without tracking."""
    return f"{site.base_url}/itm/{item}"
