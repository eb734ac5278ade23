"""eBay through ScraperAPI: its structured search, or the search page itself where the filters need it.

Wire formats: `GET /structured/ebay/search/v2` answers JSON; `GET /?url=…` answers the HTML of that address.

Both take `country_code`, the country whose proxies ask eBay. Documented (docs.scraperapi.com, Geotargeting): `us` and
`eu` belong to every paid plan, single countries to the Business plan and higher. eBay shows notices, and prices of
foreign readers, in the reader's language and currency, so a region is asked for where it has the site's own currency.
A request header (`Accept-Language` with `keep_headers=true`) is documented too, but "oftentimes lowers your success
rates" because it replaces ScraperAPI's own headers: none is sent, the parsers know the words of eleven languages.
"""

from dataclasses import replace
from typing import Literal
from urllib.parse import urlencode

from dropship_pipeline.errors import EbayApiError, RequestRefused, SettingsError
from dropship_pipeline.marketplaces.base import AnswerSource, raised_as
from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import EbaySite, ebay_site
from dropship_pipeline.marketplaces.ebay.structured import parse_structured
from dropship_pipeline.marketplaces.fields import clean_text
from dropship_pipeline.marketplaces.filters import SearchFilters, Sort
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.paging import MOST_PAGES, ResultPage, collect_distinct
from dropship_pipeline.models import ApiRequest, Listing, Money, Product

EbayMode = Literal["auto", "structured", "page"]

# The site takes up to 240; a page of 60 covers the usual search and comes back sooner.
ROWS_PER_PAGE = 60
_PAGE_SORTS: dict[Sort, str] = {"best_match": "12", "newly_listed": "10", "price_lowest": "2", "price_highest": "3"}
_CONDITION_NEW = "1000"
# The grid names no seller. eBay's own switch of the view puts `_dmd=1` (list) or 2 (grid) into the address.
_LIST_VIEW = "1"
NO_FILTERS = SearchFilters()


class ScraperApiEbayCollector:
    """An `IProductCollector` for one eBay site.

    Args:
        client: answers requests to provider `scraperapi`.
        tld: which eBay site, e.g. `com` or `co.uk`.
        mode: `structured`, `page`, or `auto` = the search page when a search has filters that only it knows.

    Raises:
        SettingsError: eBay has no such site.
    """

    def __init__(self, client: AnswerSource, tld: str = "com", mode: EbayMode = "auto") -> None:
        self._client = client
        self._site = ebay_site(tld)
        self._mode = mode

    @property
    def currency(self) -> str:
        """ISO code of the currency that the site's prices are in."""
        return self._site.currency

    @property
    def meter(self) -> CallMeter:
        """Counts its calls, and takes how well they could be read."""
        return self._client.meter

    async def collect_products(self, query: str, top_k: int) -> list[Product]:
        """Return the first `top_k` distinct listings, each a `Listing`; [] if eBay has none.

        Raises:
            RunFatal: the key is refused or out of credits, or answers cannot be kept.
            EbayApiError: a page failed, and with it the query.
        """
        return [*await self.search(query, top_k)]

    async def search(
        self, query: str, top_k: int, filters: SearchFilters = NO_FILTERS, *, most_pages: int = MOST_PAGES
    ) -> list[Listing]:
        """Return the first `top_k` distinct listings that eBay gives for `query` under `filters`.

        Args:
            query: what is typed into the search box.
            top_k: how many listings are wanted at most.
            filters: what the search is narrowed to.
            most_pages: how many pages may be paid for; 1 = exactly one call, however few listings it gives.

        Raises:
            SettingsError: the mode is `structured` and a filter needs the search page, or a price is not in the
                site's currency.
            RunFatal: the key is refused or out of credits, or answers cannot be kept.
            EbayApiError: a page failed, and with it the query.
        """
        with raised_as(EbayApiError):
            return await self._search(query, top_k, filters, most_pages)

    async def _search(self, query: str, top_k: int, filters: SearchFilters, most_pages: int) -> list[Listing]:
        keywords = clean_text(query)
        if not keywords:
            raise RequestRefused("the query is blank")
        if self._mode == "structured" and filters.needs_search_page:
            raise SettingsError(
                "SCRAPERAPI_EBAY_MODE=structured knows neither free shipping nor a price band; set it to auto"
            )
        by_page = self._mode == "page" or filters.needs_search_page

        async def ask_page(number: int) -> ResultPage[Listing]:
            request = (page_request if by_page else structured_request)(keywords, number, filters, self._site)
            parse = parse_search_page if by_page else parse_structured
            page = await self._client.ask(request, lambda answer: parse(answer, self._site))
            return replace(page, call_fingerprint=request.fingerprint)

        return await collect_distinct(ask_page, top_k, self._client.meter, most_pages)


def structured_request(keywords: str, number: int, filters: SearchFilters, site: EbaySite) -> ApiRequest:
    """Build the request for one page of the structured search. Unset filters are left out: blank counts as set."""
    params = {"query": keywords, "page": str(number), "tld": site.tld, **_reader_in(site)}
    if filters.new_only:
        params["condition"] = "new"
    if filters.buy_it_now:
        params["buying_format"] = "buy_it_now"
    if filters.sort != "best_match":
        params["sort_by"] = filters.sort
    return ApiRequest("scraperapi", "/structured/ebay/search/v2", params)


def page_request(keywords: str, number: int, filters: SearchFilters, site: EbaySite) -> ApiRequest:
    """Build the request for one search page, with the filters in the page's own address.

    Raises:
        SettingsError: a price of the band is not in the site's currency.
    """
    params = {"_nkw": keywords, "_sop": _PAGE_SORTS[filters.sort]}
    if filters.new_only:
        params["LH_ItemCondition"] = _CONDITION_NEW
    if filters.free_shipping:
        params["LH_FS"] = "1"
    if filters.buy_it_now:
        params["LH_BIN"] = "1"
    if filters.price_min is not None:
        params["_udlo"] = _amount(filters.price_min, site)
    if filters.price_max is not None:
        params["_udhi"] = _amount(filters.price_max, site)
    params |= {"_dmd": _LIST_VIEW, "_ipg": str(ROWS_PER_PAGE), "_pgn": str(number)}
    address = f"{site.base_url}/sch/i.html?{urlencode(params)}"
    return ApiRequest("scraperapi", "/", {"url": address, **_reader_in(site)})


def _reader_in(site: EbaySite) -> dict[str, str]:
    return {"country_code": site.region} if site.region else {}


def _amount(price: Money, site: EbaySite) -> str:
    if price.currency != site.currency:
        raise SettingsError(f"a price in {price.currency} cannot be searched on ebay.{site.tld} ({site.currency})")
    return f"{price.cents // 100}.{price.cents % 100:02d}"
