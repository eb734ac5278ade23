"""`collect_sellers` where the marketplace fails in every way: each failure costs one product, none is a false zero."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.market import Answer, Seen
from dropship_pipeline_tests.blackbox.planted import BESTS, CATEGORIES, SellerMarket, offers
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.blackbox.wire import plain
from dropship_pipeline_tests.conftest import LocalServers

STATES = ("found", "none", "failed", "skipped", "not_started")
Worlds = dict[str, World]
Runs = dict[str, Finished]
# By number of the product: what is answered at which attempt; None is the market's own answer.
Script = Callable[[SellerMarket, Seen, int], Answer | None]


def cut(market: SellerMarket, seen: Seen, number: int) -> Answer:
    whole = market.search(seen, number)
    return replace(whole, cut=True, credits=0)


def halved(market: SellerMarket, seen: Seen, number: int) -> Answer:
    """A complete answer whose page stops before the results."""
    whole = market.search(seen, number)
    return replace(whole, body=whole.body[:120])


FAULTS: Mapping[int, Script] = {
    1: lambda market, seen, _: market.blocked(),
    2: lambda market, seen, _: plain("failed", 500),
    3: lambda market, seen, _: plain("failed", 500) if seen.attempt == 1 else None,
    4: lambda market, seen, _: plain("slow", 429, Retry_After="0") if seen.attempt == 1 else None,
    5: lambda market, seen, number: cut(market, seen, number) if seen.attempt == 1 else None,
    6: cut,
    8: halved,
    9: lambda market, seen, _: Answer(reset=True) if seen.attempt == 1 else None,
    10: lambda market, seen, _: Answer(reset=True),
    11: lambda market, seen, _: plain("blocked", 403, sa_statuscode="403"),
    12: lambda market, seen, _: plain("gone", 404, sa_credit_cost="10", sa_statuscode="404"),
    13: lambda market, seen, _: market.false_zero(seen),
    14: lambda market, seen, _: Answer(b"", 200, {"sa-credit-cost": "10"}, credits=10),
}
FAILED = {1, 2, 6, 8, 10, 11, 12, 14}
NONE = {13}
FALSE_ZERO_SINCE = 8


RUNS = ("faulty", "always", "later", "nolist")


def config(name: str) -> dict[str, Any]:
    lists = ["sim-gone"] if name == "nolist" else [*CATEGORIES, "sim-gone"]
    return {"categories": lists, "job_id": name}


@pytest.fixture(scope="module")
def worlds(
    stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, World]]:
    """A marketplace for each run; `sim-gone` is a list that none of them has."""
    with ExitStack() as opened:
        made = {}
        for name in RUNS:
            market = SellerMarket()
            spoil(name, market)
            folder = tmp_path_factory.mktemp(name)
            made[name] = opened.enter_context(open_world(name, stack, _migrated_template, folder, market=market))
        yield made


def spoil(name: str, market: SellerMarket) -> None:
    """Faults by product; or polite zeros for everything, or from some call on."""

    def faulty(seen: Seen, number: int | None) -> Answer | None:
        script = FAULTS.get(number or 0)
        return script(market, seen, number) if script and number else None

    def zeros(seen: Seen, _: int | None) -> Answer | None:
        honest = 0 if name == "always" else FALSE_ZERO_SINCE
        return market.false_zero(seen) if market.calls("ebay").index(seen) >= honest else None

    market.spoil = faulty if name == "faulty" else zeros


@pytest.fixture(scope="module")
def runs(worlds: dict[str, World]) -> dict[str, Finished]:
    """All runs of this module at once: most of their time is waiting before they try again."""
    launched = {name: world.start(name, config(name), "collect_sellers") for name, world in worlds.items()}
    return {name: run.wait() for name, run in launched.items()}


def record(world: World) -> dict[str, Any]:
    (found,) = rows(world.database_url, "SELECT * FROM collection_runs")
    return found


def test_a_run_in_which_everything_fails_somewhere_ends_with_exit_code_0(runs: Runs) -> None:
    assert runs["faulty"].exit_code == 0, runs["faulty"].stderr[-3000:]


def test_an_error_other_than_429_costs_its_product_and_is_counted(
    worlds: dict[str, World], runs: dict[str, Finished]
) -> None:
    kept = rows(worlds["faulty"].database_url, "SELECT query, state FROM query_outcomes")
    expected = {
        best.asin: "failed" if best.number in FAILED else "none" if best.number in NONE else "found"
        for best in BESTS.values()
    }
    assert {row["query"]: row["state"] for row in kept} == expected


def test_searched_is_the_sum_of_all_outcomes(runs: Runs) -> None:
    for name in ("faulty", "always", "later"):
        counted = runs[name].metadata["seller_summary"]
        assert counted["products"] == len(BESTS) == sum(counted[state] for state in STATES)
        assert counted["searched"] == counted["found"] + counted["none"] + counted["failed"]


def test_a_page_without_the_results_markup_is_a_failure_and_never_a_zero(
    worlds: dict[str, World], runs: dict[str, Finished]
) -> None:
    said = rows(
        worlds["faulty"].database_url,
        "SELECT product_id, reason, response_status FROM collection_errors WHERE platform = 'ebay'",
    )
    by_asin = {row["product_id"]: (row["reason"], row["response_status"]) for row in said}
    assert {number: by_asin[BESTS[number].asin] for number in (1, 8, 14)} == dict.fromkeys(
        (1, 8, 14), ("bad_answer", 200)
    )


def test_each_failure_is_named_once_with_its_product_and_status(
    worlds: dict[str, World], runs: dict[str, Finished]
) -> None:
    said = rows(worlds["faulty"].database_url, "SELECT * FROM collection_errors")
    assert Counter(row["product_id"] for row in said if row["platform"] == "ebay") == {
        BESTS[number].asin: 1 for number in FAILED
    }
    status = {row["product_id"]: row["response_status"] for row in said}
    assert [status[BESTS[number].asin] for number in (2, 10, 11, 12)] == [500, None, 403, 404]
    assert [(row["query"], row["response_status"]) for row in said if row["platform"] == "amazon"] == [
        ("sim-gone", 400)
    ]


def test_rows_without_price_seller_or_image_cost_nothing_else(
    worlds: dict[str, World], runs: dict[str, Finished]
) -> None:
    kept = rows(worlds["faulty"].database_url, "SELECT item_id FROM collection_items")
    assert {int(row["item_id"]) for row in kept} == {
        offer.item
        for best in BESTS.values()
        if best.number not in FAILED | NONE
        for offer in offers(best.number)
        if offer.unverified is not None
    }


def test_a_run_whose_zeros_are_all_false_is_degraded_and_says_why(
    worlds: dict[str, World], runs: dict[str, Finished]
) -> None:
    ended = record(worlds["always"])
    assert (ended["status"], runs["always"].exit_code) == ("degraded", 0)
    assert "control search" in ended["error_message"]
    assert "found nothing" in ended["error_message"]


def test_a_run_whose_zeros_become_false_on_the_way_is_degraded(
    worlds: dict[str, World], runs: dict[str, Finished]
) -> None:
    assert 0 < runs["later"].metadata["seller_summary"]["found"] <= FALSE_ZERO_SINCE
    assert record(worlds["later"])["status"] == "degraded"


def test_a_run_that_can_read_no_list_is_failed_and_not_left_running(
    worlds: dict[str, World], runs: dict[str, Finished]
) -> None:
    ended = record(worlds["nolist"])
    assert runs["nolist"].exit_code == 1
    assert ended["status"] == "failed"
    assert ended["error_details"]["phase"] == "amazon_fetch"
    assert ended["error_details"]["api_response"]["status_code"] == 400
    assert ended["error_message"].startswith("Not one best-seller list could be read")
