"""A budget of credits holds, whatever a call costs and however many are open; a higher one goes on where it ended."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.planted import BESTS, CATEGORIES, SellerMarket, number_of
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.conftest import LocalServers

# More at once only wait for the same processors.
AT_ONCE = 2
# Credits of a search page, and the budget.
BUDGETS: Mapping[str, tuple[int, int]] = {"tight": (10, 12), "tens": (10, 117), "fives": (5, 84)}
RESUMED = "fives"


@dataclass
class Spent:
    """A run that was given a budget, and what the marketplace had counted when it ended."""

    run: Finished
    credits: int
    searches: int


@pytest.fixture(scope="module")
def markets() -> dict[str, SellerMarket]:
    return {name: SellerMarket(latency_s=0.1) for name in BUDGETS}


@pytest.fixture(scope="module")
def worlds(
    stack: LocalServers,
    _migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
    markets: dict[str, SellerMarket],
) -> Iterator[dict[str, World]]:
    with ExitStack() as opened:
        made = {}
        for name, (cost, _) in BUDGETS.items():
            markets[name].page_credits = cost
            folder = tmp_path_factory.mktemp(name)
            made[name] = opened.enter_context(open_world(name, stack, _migrated_template, folder, market=markets[name]))
        yield made


def config(name: str, budget: int | None) -> dict[str, Any]:
    return {"categories": list(CATEGORIES), "max_products": 100, "job_id": name, "max_credits": budget}


@pytest.fixture(scope="module")
def spent(worlds: dict[str, World], markets: dict[str, SellerMarket]) -> dict[str, Spent]:
    def execute(name: str) -> Spent:
        run = worlds[name].execute(name, config(name, BUDGETS[name][1]), "collect_sellers")
        return Spent(run, markets[name].credits, len(markets[name].searches()))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(BUDGETS, pool.map(execute, BUDGETS), strict=True))


@pytest.fixture(scope="module")
def resumed(worlds: dict[str, World], spent: dict[str, Spent]) -> Finished:
    """One of the jobs again, with a budget that is enough."""
    return worlds[RESUMED].execute("resumed", config(RESUMED, 1000), "collect_sellers")


@pytest.mark.parametrize("name", BUDGETS)
def test_five_calls_at_once_never_cost_more_than_the_budget(spent: dict[str, Spent], name: str) -> None:
    assert spent[name].credits <= BUDGETS[name][1]


@pytest.mark.parametrize("name", BUDGETS)
def test_a_used_up_budget_ends_the_run_as_stopped_and_says_why(
    worlds: dict[str, World], spent: dict[str, Spent], name: str
) -> None:
    (record,) = rows(worlds[name].database_url, "SELECT status, error_message FROM collection_runs")
    assert record["status"] == "stopped"
    assert record["error_message"].startswith("budget: ")
    assert "max_credits" in record["error_message"]


@pytest.mark.parametrize("name", ["tens", "fives"])
def test_a_budget_buys_as_many_searches_as_it_can_pay_for(spent: dict[str, Spent], name: str) -> None:
    cost, budget = BUDGETS[name]
    assert budget - spent[name].credits < max(cost, 10)


@pytest.mark.parametrize("name", BUDGETS)
def test_the_ledger_knows_of_every_credit_that_was_charged(
    worlds: dict[str, World], spent: dict[str, Spent], name: str
) -> None:
    booked = rows(
        worlds[name].database_url, "SELECT coalesce(sum(credits), 0) AS credits FROM api_calls WHERE job_id = %s", name
    )
    assert booked[0]["credits"] >= spent[name].credits


def test_what_was_bought_before_the_budget_ended_is_kept(worlds: dict[str, World], spent: dict[str, Spent]) -> None:
    for name, world in worlds.items():
        kept = rows(world.database_url, "SELECT count(*) AS n FROM query_outcomes")
        assert kept[0]["n"] >= spent[name].searches


def test_the_record_of_a_stopped_run_tells_what_it_came_to(worlds: dict[str, World], spent: dict[str, Spent]) -> None:
    for world in worlds.values():
        (record,) = rows(
            world.database_url,
            "SELECT phase, phase_progress, phase_total, products_checked, sellers_found FROM collection_runs",
        )
        (kept,) = rows(world.database_url, "SELECT count(*) AS n FROM query_outcomes WHERE platform = 'ebay'")
        (found,) = rows(world.database_url, "SELECT count(*) AS n FROM sellers")
        assert (record["products_checked"], record["sellers_found"]) == (kept["n"], found["n"])
        assert record["phase_progress"] < record["phase_total"]


def test_a_higher_budget_goes_on_and_pays_for_nothing_twice(
    worlds: dict[str, World], markets: dict[str, SellerMarket], resumed: Finished
) -> None:
    assert resumed.exit_code == 0, resumed.stderr[-3000:]
    status = rows(worlds[RESUMED].database_url, "SELECT status FROM collection_runs ORDER BY id")
    assert [row["status"] for row in status] == ["stopped", "completed"]
    searches = Counter(number_of(call.query) for call in markets[RESUMED].searches())
    assert searches == dict.fromkeys(BESTS, 1)
    assert len(markets[RESUMED].calls("amazon")) == len(CATEGORIES)
