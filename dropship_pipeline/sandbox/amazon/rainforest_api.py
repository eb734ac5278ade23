"""The sandbox's Rainforest API: `type=search` and `type=bestsellers`, the categories and the account.

Wire format: JSON with the envelope `request_info`, `request_parameters`, `request_metadata`. What a row does not have
is an absent key, never null; a whole price is an int, another one a float.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropship_pipeline.models import Provider
from dropship_pipeline.sandbox.amazon.rows import best_seller_row, categories_rows, search_row, spoil
from dropship_pipeline.sandbox.amazon.search import SearchPage, category_in, search_pages
from dropship_pipeline.sandbox.catalogue.catalogue import Category
from dropship_pipeline.sandbox.catalogue.money import AMAZON_CURRENCIES
from dropship_pipeline.sandbox.server.faults import MetFaults
from dropship_pipeline.sandbox.server.paid_api import Answer, Call, PaidApi, Refused

BEST_SELLERS_PER_PAGE = 50
CREDITS_LIMIT = 10_000_000
_PREFIX = "bestsellers_"

Json = dict[str, Any]


class RainforestApi(PaidApi):
    """Answers `/rainforest/…`."""

    provider: ClassVar[Provider] = "rainforest"
    broke_status: ClassVar[int] = 402

    async def request(self, request: Request) -> Response:
        """`GET /request?type=…`."""
        return await self.serve(request, self._request)

    async def categories(self, request: Request) -> Response:
        """`GET /categories?domain=…`: the roots, one node, the children of a node, or a search by name."""
        return await self.serve(request, self._categories)

    def account_info(self) -> Json:
        """What is used and what is left."""
        used = self.meter.credits_used
        info = {"credits_used": used, "credits_remaining": CREDITS_LIMIT - used, "credits_limit": CREDITS_LIMIT}
        return {"account_info": {**info, "overage_limit": 0, "overage_used": 0}}

    def refusal(self, call: Call, refused: Refused) -> Response:
        """`request_info.success` false with a message; failed requests cost nothing."""
        headers = {} if refused.retry_after is None else {"Retry-After": str(refused.retry_after)}
        info = {"success": False, "message": refused.message}
        return JSONResponse(
            {"request_info": info, "request_parameters": call.params}, status_code=refused.status, headers=headers
        )

    def _request(self, call: Call) -> Answer:
        kinds = {"search": self._search, "bestsellers": self._best_sellers}
        kind = call.params.get("type", "")
        if kind not in kinds:
            raise Refused(400, f"The type parameter must be one of {', '.join(kinds)}")
        return kinds[kind](call)

    def _search(self, call: Call) -> Answer:
        domain = _domain(call)
        if "search_term" not in call.params or "url" in call.params:
            raise Refused(400, "A search takes search_term, not url")
        first, pages = call.number("page", 1), call.number("max_page", 1)
        answered = [page for page in search_pages(self.sandbox.catalogue, call.params, first, pages) if page.rows]
        rows = [
            search_row(self.sandbox.catalogue, shown.product, domain, call.origin, sponsored=shown.sponsored)
            for page in answered
            for shown in page.rows
        ]
        for position, row in enumerate(rows, start=1):
            row["position"] = position
        body = {"search_results": rows, "pagination": _search_pagination(call, domain, answered, first)}
        return self._answer(call, body, "search_results", credits=max(1, len(answered)))

    def _best_sellers(self, call: Call) -> Answer:
        domain, category_id = self._best_seller_list(call)
        catalogue, page = self.sandbox.catalogue, call.number("page", 1)
        products = catalogue.best_sellers(category_id)
        start = (page - 1) * BEST_SELLERS_PER_PAGE
        rows = [
            best_seller_row(
                catalogue, product, category_id, domain, call.origin, rank=start + position, position=position
            )
            for position, product in enumerate(products[start : start + BEST_SELLERS_PER_PAGE], start=1)
        ]
        if "duplicate_over_pages" in call.met and rows and start:
            moved = products[start - 1]
            rows[0] = best_seller_row(catalogue, moved, category_id, domain, call.origin, rank=start + 1, position=1)
        category = catalogue.categories[category_id]
        children = [{"name": child.name, "id": child.id} for child in catalogue.children(category_id)]
        body = {
            "bestsellers": rows,
            "pagination": {"current_page": page, "total_pages": -(-len(products) // BEST_SELLERS_PER_PAGE)},
            "bestsellers_info": {"title": f"Best Sellers in {category.name}", "child_categories": children},
        }
        return self._answer(call, body, "bestsellers", credits=1)

    def _best_seller_list(self, call: Call) -> tuple[str, str]:
        """Domain and category id, named in one of the two ways, never in both."""
        params = call.params
        if "url" not in params:
            category_id = params.get("category_id", "").removeprefix(_PREFIX)
            domain = _domain(call)
        elif "amazon_domain" in params or "category_id" in params:
            raise Refused(400, "The url parameter cannot be used together with amazon_domain or category_id")
        else:
            parts = urlsplit(params["url"])
            domain = (parts.hostname or "").removeprefix("www.")
            category_id = category_in(self.sandbox.catalogue, parts.path)
        if domain not in AMAZON_CURRENCIES or category_id not in self.sandbox.catalogue.categories:
            raise Refused(400, "No such best-seller list")
        return domain, category_id

    def _categories(self, call: Call) -> Answer:
        params, catalogue = call.params, self.sandbox.catalogue
        given = [name for name in ("id", "parent_id", "search_term") if name in params]
        if len(given) > 1:
            raise Refused(400, f"{' and '.join(given)} cannot be used together")
        prefix = _PREFIX if params.get("type") == "bestsellers" else ""
        wanted = params[given[0]].removeprefix(_PREFIX) if given else ""
        by = given[0] if given else "root"
        nodes = [node for node in catalogue.categories.values() if _names(node, by, wanted)]
        body: Json = {"categories": categories_rows(catalogue, nodes, prefix, params.get("domain", "amazon.com"))}
        return self._answer(call, body, "categories", credits=1)

    def _answer(self, call: Call, body: Json, array: str, *, credits: int) -> Answer:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        spoil(body[array], call.met)
        payload: Json = {
            "request_info": self._info(call.met, credits),
            "request_parameters": call.params,
            "request_metadata": {"created_at": now, "processed_at": now, "total_time_taken": 2.31},
            **_with_array_faults(body, array, call.met),
        }
        if "success_false" in call.met:
            payload, credits = {name: payload[name] for name in ("request_info", "request_parameters")}, 0
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return Answer(text.encode(), "application/json; charset=utf-8", credits)

    def _info(self, met: MetFaults, credits: int) -> Json:
        if "success_false" in met:
            return {"success": False, "message": "The request could not be processed"}
        used = self.meter.credits_used + credits
        return {
            "success": True,
            "credits_used": used,
            "credits_used_this_request": credits,
            "credits_remaining": CREDITS_LIMIT - used,
        }


def _domain(call: Call) -> str:
    domain = call.params.get("amazon_domain", "")
    if domain not in AMAZON_CURRENCIES:
        raise Refused(400, f"The amazon_domain parameter must be one of {', '.join(AMAZON_CURRENCIES)}")
    return domain


def _names(node: Category, by: str, wanted: str) -> bool:
    """Whether a request for categories means this one."""
    match by:
        case "id":
            return node.id == wanted
        case "parent_id":
            return node.parent_id == wanted
        case "search_term":
            return wanted.lower() in node.name.lower()
    return node.parent_id is None


def _with_array_faults(body: Json, array: str, met: MetFaults) -> Json:
    if "missing_array" in met:
        return {name: value for name, value in body.items() if name != array}
    return {**body, array: []} if "empty_array" in met else body


def _search_pagination(call: Call, domain: str, pages: Iterable[SearchPage], first: int) -> Json:
    last = max((page.number for page in pages), default=first)
    totals = next(((page.total, page.pages) for page in pages), (0, 0))
    pagination: Json = {"total_results": totals[0], "current_page": first, "total_pages": totals[1]}
    if last < totals[1]:
        term = call.params["search_term"].replace(" ", "+")
        pagination["next_page_url"] = f"https://www.{domain}/s?k={term}&page={last + 1}"
    return pagination
