"""Two runs for one org at the same time: the second waits for its turn, or is refused with the reason."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.planted import SellerMarket
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.conftest import LocalServers

START_WITHIN_S = 60
LISTS = {"first": {"sim-a": range(1, 11)}, "second": {"sim-b": range(6, 16)}}


@pytest.fixture(scope="module")
def market() -> SellerMarket:
    return SellerMarket(categories={**LISTS["first"], **LISTS["second"]})


@pytest.fixture(scope="module")
def world(
    stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory, market: SellerMarket
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("sellerstogether")
    with open_world("sellerstogether", stack, _migrated_template, folder, market=market) as opened:
        yield opened


def config(name: str, **more: Any) -> dict[str, Any]:
    return {"categories": list(LISTS.get(name, LISTS["first"])), "job_id": name, **more}


@pytest.fixture(scope="module")
def runs(world: World, market: SellerMarket) -> dict[str, Finished]:
    """The first is held at the marketplace while another waits, and two more that may not wait come and go."""
    market.gate.clear()
    first = world.start("first", config("first"), "collect_sellers")
    deadline = time.monotonic() + START_WITHIN_S
    while not market.seen and time.monotonic() < deadline:
        time.sleep(0.05)
    second = world.start("second", config("second"), "collect_sellers")
    hasty = world.start("hasty", config("hasty", wait_seconds=0), "collect_sellers")
    stored = {"queries": ["lamp"], "top_amz": 1, "top_ebay": 1, "job_id": "other", "wait_seconds": 0}
    ended = {"hasty": hasty.wait(), "other": world.execute("other", stored)}
    assert len(market.seen) == 1
    market.gate.set()
    return {**ended, "first": first.wait(), "second": second.wait()}


@pytest.mark.parametrize("name", ["hasty", "other"])
def test_a_run_that_may_not_wait_is_refused_with_the_reason(runs: dict[str, Finished], name: str) -> None:
    assert runs[name].exit_code == 1
    assert "(job first) of the same org is running; one collection run at a time" in runs[name].stderr


def test_the_second_run_waits_and_then_does_its_work(world: World, runs: dict[str, Finished]) -> None:
    assert (runs["first"].exit_code, runs["second"].exit_code) == (0, 0), runs["second"].stderr[-3000:]
    assert "(job first) of the same org to end" in runs["second"].line("Waiting for run").message
    times = rows(world.database_url, "SELECT job_id, started_at, completed_at FROM collection_runs ORDER BY started_at")
    worked = {row["job_id"]: row for row in times if row["job_id"] in LISTS}
    assert worked["first"]["completed_at"] <= worked["second"]["started_at"]


def test_a_seller_that_two_runs_found_counts_both_and_is_new_only_in_the_first(
    world: World, runs: dict[str, Finished]
) -> None:
    counted = {
        name: rows(world.database_url, "SELECT count(*) AS n FROM seller_jobs WHERE job_id = %s", name)[0]["n"]
        for name in LISTS
    }
    (both,) = rows(world.database_url, "SELECT count(*) AS n FROM sellers WHERE collection_count = 2")
    assert both["n"] > 0
    assert runs["first"].metadata["seller_summary"]["new_sellers"] == counted["first"]
    assert runs["second"].metadata["seller_summary"]["new_sellers"] == counted["second"] - both["n"]
    recorded = rows(world.database_url, "SELECT job_id, new_sellers FROM collection_runs WHERE status = 'completed'")
    assert {row["job_id"]: row["new_sellers"] for row in recorded} == {
        "first": counted["first"], "second": counted["second"] - both["n"],
    }  # fmt: skip
