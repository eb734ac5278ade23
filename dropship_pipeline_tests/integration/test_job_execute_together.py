"""Runs launched at the same moment by `dagster job execute`: the marketplace still meets one worker a platform."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.goods import amazon_row, ebay_row, price, served, usd
from dropship_pipeline_tests.blackbox.market import Platform, Seen
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.blackbox.wire import rainforest, structured
from dropship_pipeline_tests.conftest import LocalServers

PLATFORMS: tuple[Platform, Platform] = ("amazon", "ebay")
QUERIES = 6
IMAGES = {"amazon": "/images/I/71SIMaaaaaL._AC_UL300_SR300,200_.jpg", "ebay": "/images/g/SIMAAOSw0001/s-l500.webp"}
START_WITHIN_S = 60


@dataclass
class Outcome:
    """Two runs that were launched at once, and a third that came while the first of them was held at the marketplace.

    `held` is what the marketplace had met by the time that the third had ended.
    """

    runs: dict[str, Finished]
    late: Finished
    held: list[Seen]


@pytest.fixture(scope="module")
def world(stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("together")
    with open_world("together", stack, _migrated_template, folder, cold=True) as opened:
        at = opened.market.url
        for name in ("red", "blue", "late"):
            for number in range(QUERIES):
                asin, item = f"B0{name.upper():0<4}{number:04}", 900000000000 + 1000 * len(name) + number
                row = amazon_row(asin, "Lamp", price=price(3, "$3.00"), image=at + IMAGES["amazon"])
                listing = ebay_row(item, "Lamp", item_price=usd(3), image=at + IMAGES["ebay"])
                query = f"{name} {number}"
                opened.market.scripts["amazon", query] = served([rainforest([row], total_pages=1)])
                opened.market.scripts["ebay", query] = served([structured([listing], next_pages=[])])
        yield opened


def config(name: str, **more: Any) -> dict[str, Any]:
    queries = [f"{name} {number}" for number in range(QUERIES)]
    return {"queries": queries, "top_amz": 1, "top_ebay": 1, "job_id": name, **more}


@pytest.fixture(scope="module")
def outcome(world: World) -> Outcome:
    world.market.gate.clear()
    launched = {name: world.start(name, config(name)) for name in ("red", "blue")}
    deadline = time.monotonic() + START_WITHIN_S
    while len(world.market.seen) < len(PLATFORMS) and time.monotonic() < deadline:
        time.sleep(0.1)
    late = world.execute("late", config("late", wait_seconds=0))
    held = list(world.market.seen)
    world.market.gate.set()
    return Outcome({name: run.wait() for name, run in launched.items()}, late, held)


def order(outcome: Outcome) -> tuple[str, str]:
    """Whose turn came first, and whose second."""
    first = outcome.held[0].query.split()[0]
    return first, "blue" if first == "red" else "red"


def test_of_two_runs_launched_at_once_only_one_works(outcome: Outcome) -> None:
    assert sorted(seen.platform for seen in outcome.held) == ["amazon", "ebay"]
    assert len({seen.query for seen in outcome.held}) == 1


def test_the_other_waits_says_so_and_then_does_its_work(outcome: Outcome) -> None:
    first, second = order(outcome)
    assert {name: run.exit_code for name, run in outcome.runs.items()} == {"red": 0, "blue": 0}
    assert f"(job {first}) of the same org to end" in outcome.runs[second].line("Waiting for run").message
    for run in outcome.runs.values():
        assert run.metadata["collection_summary"]["stored"] == len(PLATFORMS) * QUERIES


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_is_never_asked_by_two_workers_at_once(world: World, outcome: Outcome, platform: Platform) -> None:
    requests = [seen for seen in world.market.seen if seen.platform == platform]
    assert [seen.open_then for seen in requests] == [0] * len(requests)
    assert all(before.ended <= after.started for before, after in pairwise(requests))


def test_the_second_run_begins_after_the_first_has_ended(world: World, outcome: Outcome) -> None:
    first, second = order(outcome)
    calls = {name: [call for call in world.market.calls() if call.query.startswith(name)] for name in (first, second)}
    assert [len(found) for found in calls.values()] == [len(PLATFORMS) * QUERIES] * 2
    assert max(call.ended for call in calls[first]) < min(call.started for call in calls[second])


def test_a_run_that_may_not_wait_is_refused_with_the_reason(world: World, outcome: Outcome) -> None:
    assert outcome.late.exit_code == 1
    assert f"(job {order(outcome)[0]}) of the same org is running; one collection run at a time" in outcome.late.stderr
    assert not [call for call in world.market.calls() if call.query.startswith("late")]
