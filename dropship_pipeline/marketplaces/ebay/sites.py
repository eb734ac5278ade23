"""eBay's national sites: how prices are written there, whence to ask, and the ids and addresses of their items."""

import re
from dataclasses import dataclass
from typing import Literal

from dropship_pipeline.errors import SettingsError

Region = Literal["us", "eu"]

# The id of the "Shop on eBay" card that fills the first places of a result list. Since August 2026 every link of
# some pages carries it, so that only a card's own id says that the card is that filler.
PLACEHOLDER_ID = "123456"
# An item's id has 12 digits today; the filler card carries an invented one of 16 and more on some pages.
LONGEST_ITEM_ID = 14

_ITEM_ID = re.compile(r"/itm/(?:[^/?#]+/)?([0-9]{1,19})(?![0-9A-Za-z])")
_OWN_ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class EbaySite:
    """One national eBay site.

    Args:
        tld: what follows `ebay.` in the host name.
        currency: ISO 4217 code of the site's own currency.
        decimal_comma: True where 1234.5 is written `1.234,50`.
        region: from where a reader sees the site's own currency (eBay converts prices for readers elsewhere), among
            those that every paid plan of ScraperAPI has; None = no such region.
        yen_sign: what `¥` means on its pages; None on a page for Chinese readers, who may take it for yuan.
    """

    tld: str
    currency: str
    decimal_comma: bool = False
    region: Region | None = None
    yen_sign: str | None = "JPY"

    @property
    def base_url(self) -> str:
        """Scheme and host, without a slash at the end."""
        return f"https://www.ebay.{self.tld}"


_SITES = {
    site.tld: site
    for site in (
        EbaySite("com", "USD", region="us"),
        EbaySite("co.uk", "GBP"),
        EbaySite("com.au", "AUD"),
        EbaySite("ca", "CAD"),
        EbaySite("com.sg", "SGD"),
        EbaySite("com.my", "MYR"),
        EbaySite("ph", "PHP"),
        EbaySite("ie", "EUR", region="eu"),
        EbaySite("ch", "CHF"),
        EbaySite("de", "EUR", decimal_comma=True, region="eu"),
        EbaySite("at", "EUR", decimal_comma=True, region="eu"),
        EbaySite("fr", "EUR", decimal_comma=True, region="eu"),
        EbaySite("it", "EUR", decimal_comma=True, region="eu"),
        EbaySite("es", "EUR", decimal_comma=True, region="eu"),
        EbaySite("nl", "EUR", decimal_comma=True, region="eu"),
        EbaySite("pl", "PLN", decimal_comma=True),
    )
}


def ebay_site(tld: str) -> EbaySite:
    """Look up a site by its top-level domain, e.g. `co.uk`.

    Raises:
        SettingsError: eBay has no such site, or none that ScraperAPI serves.
    """
    try:
        return _SITES[tld]
    except KeyError:
        known = ", ".join(_SITES)
        raise SettingsError(f"DROPSHIP_EBAY_TLD={tld!r} is not an eBay site; write one of {known}") from None


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
