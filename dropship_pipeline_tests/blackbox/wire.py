"""Answers in the formats of the three services, built from rows that the tests write out by hand."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from dropship_pipeline_tests.blackbox.market import Answer

JSON = {"Content-Type": "application/json; charset=utf-8"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


def picture(color: str, fmt: str = "JPEG", size: tuple[int, int] = (48, 36)) -> bytes:
    """A picture's bytes; another color is another picture."""
    data = io.BytesIO()
    Image.new("RGB", size, color).save(data, fmt)
    return data.getvalue()


def rainforest(rows: Sequence[object], *, credits: int = 1, **pagination: object) -> Answer:
    """A page of `type=search`."""
    return _rainforest("search", {"search_results": rows}, credits, pagination)


def rainforest_list(rows: Sequence[object], category: str, *, credits: int = 1, **pagination: object) -> Answer:
    """A page of `type=bestsellers`."""
    info = {"title": f"Best Sellers in {category}", "current_category": {"name": category, "id": category, "link": "x"}}
    return _rainforest("bestsellers", {"bestsellers": rows, "bestsellers_info": info}, credits, pagination)


def _rainforest(kind: str, body: Mapping[str, object], credits: int, pagination: Mapping[str, object]) -> Answer:
    document: dict[str, Any] = {
        "request_info": {
            "success": True,
            "credits_used": 412,
            "credits_used_this_request": credits,
            "credits_remaining": 588,
        },
        "request_parameters": {"type": kind},
        "request_metadata": {"created_at": "2031-02-03T04:05:06.000Z", "total_time_taken": 3.25},
        **body,
    }
    if pagination:
        document["pagination"] = pagination
    return Answer(json.dumps(document).encode(), headers=JSON, credits=credits)


def rainforest_failure(message: str, *, status: int = 200, escape_slashes: bool = False) -> Answer:
    """`success: false`, with the HTTP status of a refusal or, as it also happens, with 200; free of charge."""
    text = json.dumps({"request_info": {"success": False, "credits_used_this_request": 0, "message": message}})
    return Answer((text.replace("/", "\\/") if escape_slashes else text).encode(), status, JSON)


def structured(rows: Sequence[object], *, next_pages: object = None, credits: int = 5) -> Answer:
    """A page of the structured eBay search, v2."""
    document = {"results": rows, "next_pages": next_pages}
    return Answer(json.dumps(document).encode(), headers=_scraperapi(JSON, credits), credits=credits)


def search_page(cards: Sequence[str], *, next_page: bool, credits: int = 10) -> Answer:
    """eBay's search page through ScraperAPI."""
    link = '<a class="pagination__next" href="https://www.ebay.com/sch/i.html?_pgn=2">Next</a>'
    last = '<a class="pagination__next" aria-disabled="true" href="#">Next</a>'
    html = (
        "<!doctype html><html><head><title>results | eBay</title></head><body>"
        '<h1 class="srp-controls__count-heading"><span>1,200</span> results</h1>'
        f'<ul class="srp-results srp-list clearfix">{"".join(cards)}</ul>'
        f"{link if next_page else last}</body></html>"
    )
    return Answer(html.encode(), headers=_scraperapi(HTML, credits), credits=credits)


def empty_search_page(credits: int = 10) -> Answer:
    """What eBay shows where nothing matches."""
    html = (
        '<html><body><div class="srp-main"><h1 class="srp-controls__count-heading"><span>0</span> results for x</h1>'
        '<ul class="srp-results srp-list"></ul></div></body></html>'
    )
    return Answer(html.encode(), headers=_scraperapi(HTML, credits), credits=credits)


def block_page(text: str, credits: int = 10) -> Answer:
    """A page that is no result page, with HTTP 200; it is charged."""
    html = f"<html><head><title>Pardon our interruption</title></head><body><p>{text}</p></body></html>"
    return Answer(html.encode(), headers=_scraperapi(HTML, credits), credits=credits)


def plain(text: str, status: int, **headers: str) -> Answer:
    """An error as a sentence."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(text.encode(), status, {"Content-Type": "text/plain", **named})


def _scraperapi(kind: dict[str, str], credits: int) -> dict[str, str]:
    return {**kind, "sa-statuscode": "200", "sa-credit-cost": str(credits)}
