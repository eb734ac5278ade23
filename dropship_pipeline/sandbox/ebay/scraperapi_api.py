"""The sandbox's ScraperAPI: plain scraping of an eBay search page, the structured eBay search, the account.

Wire format: errors are a plain sentence; `sa-statuscode` is the scraped site's status and `sa-credit-cost` the price.
Charged are answers 200 and 404. The structured search is an array (v1) or an object with `results` (v2).
"""

import json
import zlib
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dropship_pipeline.models import Provider
from dropship_pipeline.sandbox.catalogue.listings import EbayListing
from dropship_pipeline.sandbox.catalogue.money import EBAY_CURRENCIES, Currency, number
from dropship_pipeline.sandbox.ebay.html import block_page, in_an_unknown_layout, search_page
from dropship_pipeline.sandbox.ebay.notices import MEANINGS
from dropship_pipeline.sandbox.ebay.search import DEFAULT_PER_PAGE, EbayPage, EbaySearch, find, spoil
from dropship_pipeline.sandbox.ebay.style import PageStyle
from dropship_pipeline.sandbox.server.paid_api import Answer, Call, PaidApi, Refused

POLLUTION = "or Best Offer"
_SEARCH_PATH = "/sch/i.html"
_URL_SAFE = ":/?&=%+|,"

Json = dict[str, Any]


class ScraperApi(PaidApi):
    """Answers `/scraperapi/…`."""

    provider: ClassVar[Provider] = "scraperapi"
    broke_status: ClassVar[int] = 403

    async def scrape(self, request: Request) -> Response:
        """`GET /?url=…`: the eBay search page that the URL names."""
        return await self.serve(request, self._scrape)

    async def search_v1(self, request: Request) -> Response:
        """`GET /structured/ebay/search`: a plain array, its rows without sellers."""
        return await self.serve(request, lambda call: self._structured(call, _row_v1, as_array=True))

    async def search_v2(self, request: Request) -> Response:
        """`GET /structured/ebay/search/v2`: `results` and `next_pages`."""
        return await self.serve(request, lambda call: self._structured(call, _row_v2, as_array="v1_array" in call.met))

    def account_info(self) -> Json:
        """What is used and what is left."""
        info = {"burst": 0, "concurrencyLimit": self.sandbox.settings.scraperapi_max_open or 20}
        counts = {"concurrentRequests": self.meter.open, "failedRequestCount": 0, "requestLimit": 10_000_000}
        used = {"requestCount": self.meter.credits_used, "subscriptionDate": "2031-01-01T00:00:00.000Z"}
        return {**info, **counts, **used}

    def refusal(self, call: Call, refused: Refused) -> Response:
        """One sentence of text. A 404 is charged; a 403 of the scraped site is told by `sa-statuscode`."""
        headers = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
        target = refused.target_status
        if refused.status == 404:  # noqa: PLR2004
            target, credits = 404, self.sandbox.settings.ebay_credits
            headers["sa-credit-cost"] = str(credits)
            self.meter.charge(call.fingerprint, credits)
        if target is not None:
            headers["sa-statuscode"] = str(target)
        return PlainTextResponse(refused.message, status_code=refused.status, headers=headers)

    def _scrape(self, call: Call) -> Answer:
        if not call.params.get("url"):
            raise Refused(400, "The url parameter is missing")
        url = urlsplit(call.params["url"])
        tld = (url.hostname or "").removeprefix("www.").removeprefix("ebay.")
        if tld not in EBAY_CURRENCIES or url.path != _SEARCH_PATH:
            raise Refused(404, "The page does not exist")
        params = dict(parse_qsl(url.query))
        search = EbaySearch.from_page_url(params)
        page = self._find(call, search)
        if "block_page" in call.met:
            return self._answer(call, block_page(), "text/html; charset=utf-8", call.params["url"])
        following = {**params, "_pgn": str(search.page + 1)}
        html = search_page(
            search.keywords,
            page,
            PageStyle(
                markup=self._markup(call),
                view="list" if search.list_view and "grid_view" not in call.met else "grid",
                site=f"https://www.ebay.{tld}",
                currency=EBAY_CURRENCIES[tld],
                images=f"{call.origin}/images/",
                session=sum(self.meter.statuses.values()),
                next_url=f"https://www.ebay.{tld}{_SEARCH_PATH}?{urlencode(following)}" if page.has_next else None,
                price_note=POLLUTION if "polluted_currency" in call.met else "",
                seller_link="seller_link" in call.met,
                placeholder_links="placeholder_links" in call.met,
            ),
            notices=[meaning for meaning in MEANINGS if f"notice_{meaning}" in call.met],
            listed="missing_array" not in call.met,
            fillers_only="filler_only" in call.met,
        )
        if "unknown_layout" in call.met:
            html = in_an_unknown_layout(html)
        return self._answer(call, html, "text/html; charset=utf-8", call.params["url"])

    def _structured(
        self, call: Call, row_of: Callable[[EbayListing, Currency, Call], Json], *, as_array: bool
    ) -> Answer:
        params, tld = call.params, call.params.get("tld", "com")
        if not params.get("query") or tld not in EBAY_CURRENCIES:
            raise Refused(400, "The query parameter is missing" if tld in EBAY_CURRENCIES else "Unknown tld")
        per_page = call.number("items_per_page", DEFAULT_PER_PAGE)
        search = EbaySearch.from_structured(params, call.number("page", 1), per_page)
        page = self._find(call, search)
        following = urlencode({"_nkw": search.keywords, "_pgn": search.page + 1})
        site = f"https://www.ebay.{tld}{_SEARCH_PATH}"
        if "block_page" in call.met:
            return self._answer(call, block_page(), "text/html; charset=utf-8", site)
        rows = [] if "filler_only" in call.met else [row_of(row, EBAY_CURRENCIES[tld], call) for row in page.rows]
        body = {"results": rows, "next_pages": [f"{site}?{following}"] if page.has_next else []}
        if "missing_array" in call.met:
            del body["results"]
        text = json.dumps(body.get("results", {}) if as_array else body, ensure_ascii=False, separators=(",", ":"))
        return self._answer(call, text, "application/json; charset=utf-8", site)

    def _find(self, call: Call, search: EbaySearch) -> EbayPage:
        asked = search.unfiltered() if "ignore_filters" in call.met else search
        return spoil(find(self.sandbox.catalogue, asked), call.met)

    def _markup(self, call: Call) -> str:
        markups = {"s_item": "s-item", "s_card": "s-card", "su_item_card": "su-item-card"}
        return next((markup for fault, markup in markups.items() if fault in call.met), self.sandbox.settings.markup)

    def _answer(self, call: Call, text: str, media_type: str, final_url: str) -> Answer:
        cost = self.sandbox.settings.ebay_credits
        limit = call.params.get("max_cost", "")
        if limit.isdecimal() and int(limit) < cost:
            raise Refused(403, "This request would cost more than your max_cost")
        headers = {
            "sa-statuscode": "200",
            "sa-credit-cost": str(cost),
            "sa-final-url": quote(final_url, safe=_URL_SAFE),
        }
        return Answer(text.encode(), media_type, cost, headers)


def _row_v1(listing: EbayListing, currency: Currency, call: Call) -> Json:
    row = _row_v2(listing, currency, call)
    kept = ("product_title", "image", "product_url", "item_price", "condition", "extra_info")
    return {name: row[name] for name in kept if name in row}


def _row_v2(listing: EbayListing, currency: Currency, call: Call) -> Json:
    """A row; what the listing does not have is an absent key, but `image`, which is null."""
    draw = zlib.crc32(listing.item_id.encode())
    name = listing.image_name
    row: Json = {
        "product_title": f"{listing.title}Opens in a new window or tab" if draw % 9 == 0 else listing.title,
        "image": None if name is None else f"{call.origin}/images/{name}",
        "product_url": f"https://www.ebay.com/itm/{listing.item_id}?hash=item{draw:x}",
        "condition": listing.condition,
        "extra_info": listing.buying,
        "free_returns": draw % 2 == 0,
    }
    code = f"{currency.code[:2]} $or Best Offer" if "polluted_currency" in call.met else currency.code
    if listing.price_cents is not None:
        row["item_price"] = _price(listing, code)
    if listing.shipping_cents is not None:
        row["shipping_cost"] = _shipping(listing.shipping_cents, currency, draw)
    if listing.seller is not None:
        percent, count = listing.seller.percent, listing.seller.count
        as_text = draw % 3 == 0
        row["seller_name"] = listing.seller_text
        row["seller_rating"] = str(percent) if as_text else percent
        row["seller_rating_count"] = f"{count:,}" if as_text else count
        row["seller_has_top_rated_plus"] = percent > 99  # noqa: PLR2004
    return row


def _price(listing: EbayListing, code: str) -> Json:
    low = {"value": number(listing.price_cents or 0), "currency": code}
    if listing.price_to_cents is None:
        return low
    return {"from": low, "to": {"value": number(listing.price_to_cents), "currency": code}}


def _shipping(cents: int, currency: Currency, draw: int) -> str | int | float:
    """Free is written in one of several ways, since nobody knows the one; so is any other amount."""
    if cents == 0:
        return ("Free delivery", "Free shipping", 0)[draw % 3]
    return number(cents) if draw % 2 else f"+{currency.text(cents)} delivery"
