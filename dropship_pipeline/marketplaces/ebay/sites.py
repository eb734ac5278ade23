"""eBay's national sites: what a bare currency symbol means there and how numbers are written."""

from dataclasses import dataclass

from dropship_pipeline.errors import SettingsError


@dataclass(frozen=True, slots=True)
class EbaySite:
    """One national eBay site.

    Args:
        tld: what follows `ebay.` in the host name.
        currency: ISO 4217 code of the site's own currency.
        decimal_comma: True where 1234.5 is written `1.234,50`.
    """

    tld: str
    currency: str
    decimal_comma: bool = False

    @property
    def base_url(self) -> str:
        """Scheme and host, without a slash at the end."""
        return f"https://www.ebay.{self.tld}"


_SITES = {
    site.tld: site
    for site in (
        EbaySite("com", "USD"),
        EbaySite("co.uk", "GBP"),
        EbaySite("com.au", "AUD"),
        EbaySite("ca", "CAD"),
        EbaySite("com.sg", "SGD"),
        EbaySite("com.my", "MYR"),
        EbaySite("ph", "PHP"),
        EbaySite("ie", "EUR"),
        EbaySite("ch", "CHF"),
        EbaySite("de", "EUR", decimal_comma=True),
        EbaySite("at", "EUR", decimal_comma=True),
        EbaySite("fr", "EUR", decimal_comma=True),
        EbaySite("it", "EUR", decimal_comma=True),
        EbaySite("es", "EUR", decimal_comma=True),
        EbaySite("nl", "EUR", decimal_comma=True),
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
