"""Every way in which a marketplace fails one query, and what each must come to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

from dropship_pipeline_tests.blackbox import cards
from dropship_pipeline_tests.blackbox.goods import amazon_row, price, served
from dropship_pipeline_tests.blackbox.market import Answer, Script
from dropship_pipeline_tests.blackbox.wire import (
    block_page,
    empty_search_page,
    plain,
    rainforest,
    rainforest_failure,
    search_page,
)

ODD_QUERY = "50% off 'mug' {x} %s ü"


@dataclass(frozen=True)
class Case:
    """One query on one platform: what is answered, how often it may be asked, and whether the query fails."""

    script: Script
    attempts: int
    fails: bool


def always(answer: Answer, attempts: int = 1) -> Case:
    """Fails, however often it is asked."""
    return Case(lambda _page, _attempt: answer, attempts, fails=True)


def then(first: Answer, second: Answer) -> Case:
    """Fails once and is well the second time."""
    return Case(lambda _page, attempt: first if attempt == 1 else second, 2, fails=False)


def well(*pages: Answer) -> Case:
    """No failure at all."""
    return Case(served(pages), len(pages), fails=False)


def amazon_cases(at: str, key: str) -> Mapping[str, Case]:
    """By query; `at` is the address of the image host."""
    echo = f"key {key} was not liked: https://api.example/request?api_key={quote(key, safe='')}&type=search"
    gone = amazon_row("B0SIM00101", "Picture is gone", price=price(3, "$3.00"), image=f"{at}/images/I/no.jpg")
    plain_row = amazon_row("B0SIM00102", "Product without picture", price=price(5.05, "$5.05"))
    good = rainforest([gone, plain_row], current_page=1, total_pages=1)
    later = rainforest([amazon_row("B0SIM00103", "Later product")], total_pages=1)
    return {
        "fine first": well(good),
        "server down": always(rainforest_failure(echo, status=500), attempts=4),
        "says no": always(rainforest_failure(echo, escape_slashes=True)),
        "no array": always(Answer(b'{"request_info": {"success": true, "credits_used_this_request": 1}}', credits=1)),
        "cut short": always(replace(good, body=good.body[: len(good.body) // 2])),
        "hung up": always(Answer(reset=True), attempts=2),
        ODD_QUERY: always(rainforest_failure(echo, status=400)),
        "slow down once": then(plain(echo, 429, Retry_After="1"), later),
        "slow down": always(rainforest_failure(echo, status=429), attempts=4),
        "elsewhere": always(Answer(status=302, headers={"Location": f"/request?api_key={quote(key, safe='')}"})),
        "fine last": well(rainforest([amazon_row("B0SIM00104", "Last product")], total_pages=1)),
    }


def ebay_cases(at: str, key: str) -> Mapping[str, Case]:
    """By query, through the search page; `at` is the address of the image host."""
    echo = f"http://api.example/?api_key={quote(key, safe='')}&url=x ({key} {quote(key)})"
    good = search_page([cards.newer(900000000108, "Another Lamp", "$8.00", lines=["Free delivery"])], next_page=False)
    return {
        "fine first": well(*cards.pages(at)),
        "server down": always(plain(f"Request failed: {echo}", 500), attempts=4),
        "says no": always(block_page(echo)),
        "no array": always(plain(echo, 403, sa_statuscode="403", sa_final_url=echo)),
        "cut short": then(replace(good, cut=True, credits=0), good),
        "hung up": always(Answer(reset=True), attempts=2),
        ODD_QUERY: always(Answer(json.dumps({"error": echo}).encode(), 400, {"Content-Type": "application/json"})),
        "slow down once": then(plain(echo, 503), good),
        "slow down": well(empty_search_page()),
        "elsewhere": always(replace(plain(echo, 404, sa_statuscode="404", sa_credit_cost="10"), credits=10)),
        "fine last": well(good),
    }
