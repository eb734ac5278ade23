"""Amazon through the Rainforest API: keyword search, and what every answer of this provider has in common.

Wire format: `GET /request?type=search`, JSON. Every answer is `{request_info: {success, …}, …}` with the rows in an
array that is named after the type.
"""

import re
from dataclasses import replace

from dropship_pipeline.errors import AmazonApiError, BadAnswer, RequestRefused, SettingsError
from dropship_pipeline.marketplaces.amazon.prices import price_of_row
from dropship_pipeline.marketplaces.base import AnswerSource, raised_as
from dropship_pipeline.marketplaces.fields import clean_text, image_url, json_of, number_within, raw_text, whole_number
from dropship_pipeline.marketplaces.paging import ResultPage, SkipReason, collect_distinct, result_page
from dropship_pipeline.models import ApiAnswer, ApiRequest, Product

_ASIN = re.compile(r"[A-Z0-9]{10}")
_DOMAIN = re.compile(r"amazon\.(?:com?\.)?[a-z]{2,3}")
_MOST_STARS = 5


class AmazonSite:
    """One Amazon site, asked through the Rainforest API.

    Args:
        client: answers requests to provider `rainforest`.
        amazon_domain: e.g. `amazon.com` or `amazon.co.uk`.

    Raises:
        SettingsError: the domain is not an Amazon one.
    """

    def __init__(self, client: AnswerSource, amazon_domain: str = "amazon.com") -> None:
        if not is_amazon_domain(amazon_domain):
            raise SettingsError(f"DROPSHIP_AMAZON_DOMAIN={amazon_domain!r} is not an Amazon domain such as amazon.com")
        self._client = client
        self._domain = amazon_domain


class RainforestCollector(AmazonSite):
    """An `IProductCollector` for one Amazon site."""

    async def collect_products(self, query: str, top_k: int) -> list[Product]:
        """Return the first `top_k` distinct products of a keyword search; [] if Amazon has none.

        Raises:
            RunFatal: the key is refused or out of credits, or answers cannot be kept.
            AmazonApiError: a page failed, and with it the query.
        """
        with raised_as(AmazonApiError):
            return await self._search(query, top_k)

    async def _search(self, query: str, top_k: int) -> list[Product]:
        term = clean_text(query)
        if not term:
            raise RequestRefused("the query is blank")
        params = {"type": "search", "search_term": term, "amazon_domain": self._domain}

        async def ask_page(number: int) -> ResultPage[Product]:
            request = ApiRequest("rainforest", "/request", {**params, "page": str(number)})
            page = await self._client.ask(request, lambda answer: parse_page(answer, number, self._domain))
            return replace(page, call_fingerprint=request.fingerprint)

        return await collect_distinct(ask_page, top_k, self._client.meter)


def is_amazon_domain(domain: str) -> bool:
    """True for the domain of an Amazon site, without `www`: `amazon.com`, `amazon.co.uk`, `amazon.com.au`."""
    return _DOMAIN.fullmatch(domain) is not None


def parse_page(answer: ApiAnswer, number: int, domain: str) -> ResultPage[Product]:
    """Parse one page of a keyword search.

    Args:
        answer: HTTP 200 from `/request`.
        number: which page it is, from 1.
        domain: the Amazon site, for links.

    Raises:
        BadAnswer: not JSON, `success` is not true, the array is missing, or it has rows but no product.
    """
    document = successful_document(answer)
    rows = rows_of(document, "search_results", answer.status)
    products = [product_of_row(row, domain) for row in rows]
    return result_page(products, last=is_last_page(document, rows, number), status=answer.status)


def successful_document(answer: ApiAnswer) -> dict[str, object]:
    """Return the JSON object of an answer whose `request_info` says that the request succeeded.

    Raises:
        BadAnswer: not JSON, not an object, or `success` is not true.
    """
    document = json_of(answer)
    if not isinstance(document, dict):
        raise BadAnswer("the answer is not a JSON object", status=answer.status)
    info = document.get("request_info")
    if not isinstance(info, dict) or info.get("success") is not True:
        message = raw_text(info.get("message")) if isinstance(info, dict) else None
        raise BadAnswer(f"Rainforest says that the request failed: {message or 'no reason'}", status=answer.status)
    return document


def rows_of(document: dict[str, object], name: str, status: int) -> list[object]:
    """Return the array that the type of request promises, e.g. `search_results`.

    Raises:
        BadAnswer: there is none.
    """
    rows = document.get(name)
    if not isinstance(rows, list):
        raise BadAnswer(f"the answer has no list {name}", status=status)
    return rows


def is_last_page(document: dict[str, object], rows: list[object], number: int) -> bool:
    """True if page `number` is empty, or the last one that `pagination.total_pages` counts."""
    pagination = document.get("pagination")
    total = whole_number(pagination.get("total_pages")) if isinstance(pagination, dict) else None
    return not rows or (total is not None and 0 < total <= number)


def product_of_row(row: object, domain: str) -> Product | SkipReason:
    """Read what rows of every type have in common, or say why it is no product."""
    if not isinstance(row, dict):
        return "not_a_row"
    asin, title = row.get("asin"), clean_text(row.get("title"))
    if not isinstance(asin, str) or not _ASIN.fullmatch(asin):
        return "no_id"
    if not title:
        return "no_title"
    price, price_raw = price_of_row(row)
    return Product(
        platform="amazon",
        product_id=asin,
        title=title,
        url=f"https://www.{domain}/dp/{asin}",
        price=price,
        price_raw=price_raw,
        image_url=image_url(row.get("image")),
        category=_category(row.get("categories")),
        rating=number_within(row.get("rating"), _MOST_STARS),
        ratings_total=whole_number(row.get("ratings_total")),
    )


def _category(categories: object) -> str | None:
    first = categories[0] if isinstance(categories, list) and categories else None
    return clean_text(first.get("name")) or None if isinstance(first, dict) else None
