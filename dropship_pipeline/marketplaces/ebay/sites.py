"""eBay's national sites: what a bare currency symbol means there, how numbers are written, and whence to ask."""

from dataclasses import dataclass
from typing import Literal

from dropship_pipeline.errors import SettingsError

Region = Literal["us", "eu"]


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
