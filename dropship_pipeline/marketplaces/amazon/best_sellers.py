"""Amazon's best-seller lists through the Rainforest API, and the categories that have one.

Wire formats: `GET /categories?type=bestsellers` and `GET /request?type=bestsellers`, JSON. A list has 50 products a
page, usually two pages.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from urllib.parse import urlsplit

from msgspec.structs import replace

from dropship_pipeline.errors import AmazonApiError, BadAnswer, RequestInvalid
from dropship_pipeline.marketplaces.amazon.rainforest import (
    AmazonSite,
    is_amazon_domain,
    is_last_page,
    product_of_row,
    rows_of,
    successful_document,
)
from dropship_pipeline.marketplaces.base import Category, CategoryRef, raised_as
from dropship_pipeline.marketplaces.fields import clean_text, whole_number
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.paging import ResultPage, SkipReason, result_page
from dropship_pipeline.models import ApiAnswer, ApiRequest, Product

CATEGORIES_PATH = "/categories"
# `automotive`, `bestsellers_electronics`, `2165154031`; a name has a capital letter or a space.
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


class BestSellers(AmazonSite):
    """The best-seller lists of one Amazon site."""

    @property
    def meter(self) -> CallMeter:
        """Counts its calls, and takes how well they could be read."""
        return self._client.meter

    async def get_categories(self) -> list[Category]:
        """Return the top-level best-seller categories of the site, never none. One paid call.

        Raises:
            RunFatal: the key is refused or out of credits, or answers cannot be kept.
            AmazonApiError: the call failed, or its answer is not a list of categories.
        """
        request = ApiRequest("rainforest", CATEGORIES_PATH, {"domain": self._domain, "type": "bestsellers"})
        with raised_as(AmazonApiError):
            return await self._client.ask(request, parse_categories)

    async def get_bestsellers(self, category: CategoryRef, page: int) -> ResultPage[Product]:
        """Return one page of a best-seller list. One paid call.

        Args:
            category: the list, as `resolve_categories` gives it.
            page: from 1.

        Returns:
            The products with their rank in the list and the list's name as their category.

        Raises:
            RunFatal: the key is refused or out of credits, or answers cannot be kept.
            AmazonApiError: the call failed, or its answer is not a list of best sellers.
        """
        if category.url is not None:
            # The address names the site too; together with a domain it is refused.
            named, domain = {"url": category.url}, amazon_domain_of(category.url) or self._domain
        else:
            named, domain = {"category_id": category.id or "", "amazon_domain": self._domain}, self._domain
        request = ApiRequest("rainforest", "/request", {"type": "bestsellers", **named, "page": str(page)})
        with raised_as(AmazonApiError):
            result = await self._client.ask(request, lambda answer: parse_bestsellers(answer, category, page, domain))
        self._client.meter.add(reading=result.reading)
        return result

    async def resolve_categories(self, wanted: Sequence[str]) -> list[CategoryRef]:
        """Return the lists that `wanted` names, once each, in order; all top-level ones if it names none.

        Args:
            wanted: ids, names in any case, or addresses of lists. Only a name, or nothing at all, costs a call.

        Raises:
            RequestInvalid: an address is not one of an Amazon site, or no category has this name; the nearest names
                are listed.
            RunFatal: the key is refused or out of credits, or answers cannot be kept.
            AmazonApiError: the categories could not be asked for.
        """
        refs = [ref_without_call(text) for text in map(clean_text, wanted) if text]
        if not refs or any(ref.name for ref in refs):
            known = [CategoryRef(id=category.id, name=category.name) for category in await self.get_categories()]
            refs = [_with_id(ref, known) for ref in refs] or known
        distinct: dict[str | None, CategoryRef] = {}
        for ref in refs:
            distinct.setdefault(ref.id or ref.url, ref)
        return [*distinct.values()]


def parse_categories(answer: ApiAnswer) -> list[Category]:
    """Parse the list of categories.

    Raises:
        BadAnswer: the request failed, the list is missing or empty, or a row has no id or no name. A category that is
            left out silently would be a list that nobody misses.
    """
    rows = rows_of(successful_document(answer), "categories", answer.status)
    categories = [category for category in map(_category, rows) if category]
    if not categories or len(categories) < len(rows):
        raise BadAnswer(f"{len(categories)} of {len(rows)} rows are a category with id and name", status=answer.status)
    return categories


def parse_bestsellers(answer: ApiAnswer, category: CategoryRef, number: int, domain: str) -> ResultPage[Product]:
    """Parse one page of best sellers.

    Args:
        answer: HTTP 200 from `/request`.
        category: the list that was asked for, for its name where the answer has none.
        number: which page it is, from 1.
        domain: the Amazon site, for links.

    Raises:
        BadAnswer: not JSON, `success` is not true, the array is missing, or it has rows but no product.
    """
    document = successful_document(answer)
    rows = rows_of(document, "bestsellers", answer.status)
    list_name = _current_category(document.get("bestsellers_info"))
    products = [_best_seller(row, domain, list_name, category.label) for row in rows]
    return result_page(products, last=is_last_page(document, rows, number), status=answer.status)


def amazon_domain_of(url: str) -> str | None:
    """Return the Amazon site that an https address belongs to, e.g. `amazon.co.uk`; None if it is not one."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removeprefix("www."), parts.port
    except ValueError:
        return None
    bare = parts.scheme == "https" and port is None and parts.username is None
    return host if bare and is_amazon_domain(host) else None


def _best_seller(row: object, domain: str, list_name: str | None, fallback: str) -> Product | SkipReason:
    product = product_of_row(row, domain)
    if isinstance(product, str) or not isinstance(row, dict):
        return product
    return replace(
        product, rank=whole_number(row.get("rank")) or None, category=list_name or _current_category(row) or fallback
    )


def _current_category(holder: object) -> str | None:
    current = holder.get("current_category") if isinstance(holder, dict) else None
    return clean_text(current.get("name")) or None if isinstance(current, dict) else None


def _category(row: object) -> Category | None:
    if not isinstance(row, dict):
        return None
    category_id, name = clean_text(row.get("id")), clean_text(row.get("name"))
    return Category(category_id, name) if category_id and name else None


def ref_without_call(text: str) -> CategoryRef:
    """Tell an id from an address from a name, which only the list of categories can turn into an id.

    Raises:
        RequestInvalid: an address is not one of an Amazon site.
    """
    if _ID.fullmatch(text):
        return CategoryRef(id=text)
    if "://" not in text:
        return CategoryRef(name=text)
    if amazon_domain_of(text) is None:
        raise RequestInvalid(f"categories: {text[:80]!r} is not an https address of an Amazon site")
    return CategoryRef(url=text)


def _with_id(wanted: CategoryRef, known: Sequence[CategoryRef]) -> CategoryRef:
    if wanted.name is None:
        return wanted
    by_name = {ref.label.casefold(): ref for ref in known}
    name = wanted.name.casefold()
    if name in by_name:
        return by_name[name]
    nearest = get_close_matches(name, by_name, n=5, cutoff=0.3) or sorted(by_name)
    names = ", ".join(repr(by_name[near].label) for near in nearest)
    raise RequestInvalid(f"categories: no best-seller list is called {wanted.name[:80]!r}; the nearest are {names}")
