"""`collect_sellers` killed and stopped at random moments; then the same job again: as if nothing had happened."""

import logging
import os
import random
import signal
import time
from collections import Counter
from typing import Any

import pytest

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.market import Answer, Seen
from dropship_pipeline_tests.blackbox.planted import SellerMarket
from dropship_pipeline_tests.blackbox.runs import Launched, World, open_world
from dropship_pipeline_tests.blackbox.wire import plain
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak import kills
from dropship_pipeline_tests.soak.compare import assert_same_rows
from dropship_pipeline_tests.soak.conftest import MakeWorld

pytestmark = pytest.mark.soak
SEED = 4_711
MOMENTS = 3
LATENCY_S = 0.15
# More than two batches, over three lists that overlap.
CATEGORIES = {"sim-a": range(1, 51), "sim-b": range(41, 91), "sim-c": [*range(81, 131), 1, 2]}
CONFIG = {"categories": list(CATEGORIES), "max_products": 500, "job_id": "job"}
STOP_WITHIN_S = 5.0
# Those whose answers are being kept count as open.
MOST_IN_FLIGHT = 5
TABLES = {
    "worklist": "SELECT asin, position, title, price_cents, currency, url, categories FROM job_products ORDER BY asin",
    "items": "SELECT i.asin, i.item_id, i.position, i.title, i.url, i.amazon_price_cents, i.ebay_price_cents, "
    "i.currency, i.condition, i.shipping_cents, i.unverified, s.seller_name_normalized AS seller "
    "FROM collection_items i LEFT JOIN sellers s ON s.id = i.seller_id ORDER BY 1, 2",
    "sellers": "SELECT s.seller_name_normalized, s.feedback_percent, s.feedback_count, s.collection_count, "
    "jsonb_path_query_array(s.source_products, '$[*].asin') AS source_products, j.listings "
    "FROM sellers s JOIN seller_jobs j ON j.seller_id = s.id ORDER BY 1",
    "outcomes": "SELECT query, state, returned, stored FROM query_outcomes ORDER BY 1",
}
logger = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def undisturbed(
    stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, Any]]]:
    market = SellerMarket(LATENCY_S, CATEGORIES)
    folder = tmp_path_factory.mktemp("sellerquiet")
    with open_world("sellerquiet", stack, _migrated_template, folder, market=market, cold=True) as world:
        assert world.execute("quiet", CONFIG, "collect_sellers").exit_code == 0
        return tables(world)


def tables(world: World) -> dict[str, list[dict[str, Any]]]:
    return {name: rows(world.database_url, query) for name, query in TABLES.items()}


def moments(name: str) -> list[float]:
    """Seconds after the first call at which to strike; the calls take about five."""
    return [random.Random(f"{SEED} {name} {number}").uniform(0.05, 5.0) for number in range(MOMENTS)]


def start(world: World, market: SellerMarket, name: str) -> Launched:
    """Launch the job, and return when it has made a call of its own."""
    before = len(market.seen)
    launched = world.start(name, CONFIG, "collect_sellers")
    deadline = time.monotonic() + kills.START_S
    while len(market.seen) == before:
        assert time.monotonic() < deadline, (world.folder / f"{name}.err").read_text()[-3000:]
        assert launched.process.poll() is None, (world.folder / f"{name}.err").read_text()[-3000:]
        time.sleep(0.01)
    return launched


def lost(world: World, market: SellerMarket) -> int:
    """Calls that were made and are not in the ledger: asked after a kill, these were in flight."""
    (booked,) = rows(world.database_url, "SELECT count(*) AS calls FROM api_calls WHERE state = 'settled'")
    found = len(market.calls()) - int(booked["calls"])
    assert found <= MOST_IN_FLIGHT
    return found


def kill_run(launched: Launched) -> None:
    """kill -9 of the run process; returns when its step processes have noticed."""
    started = kills.family(launched.process)
    os.kill(launched.process.pid, signal.SIGKILL)
    launched.process.wait(10)
    assert kills.at_work(started) == []


def paid_again(market: SellerMarket) -> int:
    """Calls that were paid for before."""
    paid = Counter((call.path, call.query, call.page) for call in market.calls() if call.credits)
    return sum(number - 1 for number in paid.values())


def states(world: World) -> list[str]:
    return [row["status"] for row in rows(world.database_url, "SELECT status FROM collection_runs ORDER BY id")]


def finish(world: World, name: str) -> None:
    run = world.execute(name, CONFIG, "collect_sellers")
    assert run.exit_code == 0, run.stderr[-3000:]


def assert_as_if_undisturbed(
    world: World, market: SellerMarket, undisturbed: dict[str, list[dict[str, Any]]], in_flight: int
) -> None:
    logger.info("%s calls were in flight, %s were paid again", in_flight, paid_again(market))
    assert states(world)[-1] == "completed"
    assert not {"pending", "running", "stopping"} & set(states(world))
    assert_same_rows(tables(world), undisturbed)
    assert paid_again(market) <= in_flight
    booked = rows(world.database_url, "SELECT state, count(*) AS n FROM api_calls GROUP BY 1")
    assert [row["state"] for row in booked] == ["settled"]


def test_the_undisturbed_run_is_worth_comparing_with(undisturbed: dict[str, list[dict[str, Any]]]) -> None:
    assert len(undisturbed["worklist"]) == 130
    assert len(undisturbed["items"]) > 800
    assert any(len(row["source_products"]) > 20 for row in undisturbed["sellers"])


@pytest.mark.parametrize("after_s", moments("run"))
def test_a_killed_run_goes_on_without_paying_again_for_more_than_was_in_flight(
    make_world: MakeWorld, undisturbed: dict[str, list[dict[str, Any]]], after_s: float
) -> None:
    world = make_world(market := SellerMarket(LATENCY_S, CATEGORIES))
    launched = start(world, market, "killed")
    time.sleep(after_s)
    kill_run(launched)
    in_flight = lost(world, market)
    finish(world, "resumed")
    assert_as_if_undisturbed(world, market, undisturbed, in_flight)


@pytest.mark.parametrize("after_s", moments("step"))
def test_a_killed_step_goes_on_without_paying_again_for_more_than_was_in_flight(
    make_world: MakeWorld, undisturbed: dict[str, list[dict[str, Any]]], after_s: float
) -> None:
    world = make_world(market := SellerMarket(LATENCY_S, CATEGORIES))
    launched = start(world, market, "killed")
    time.sleep(after_s)
    for step in kills.workers(launched.process):
        kills.kill(step)
    in_flight = lost(world, market)
    if launched.wait().exit_code != 0:
        finish(world, "resumed")
    assert_as_if_undisturbed(world, market, undisturbed, in_flight)


def test_a_job_killed_four_times_is_as_if_it_had_been_left_alone(
    make_world: MakeWorld, undisturbed: dict[str, list[dict[str, Any]]]
) -> None:
    world = make_world(market := SellerMarket(LATENCY_S, CATEGORIES))
    in_flight = 0
    for number, after_s in enumerate((0.3, 1.1, 0.2, 0.7)):
        launched = start(world, market, f"killed{number}")
        time.sleep(after_s)
        kill_run(launched)
        in_flight += lost(world, market)
    finish(world, "resumed")
    assert_as_if_undisturbed(world, market, undisturbed, in_flight)


def ask_to_stop(world: World) -> None:
    database = Database(world.database_url)
    try:
        records = RunRecords(database, "default")
        active = records.active()
        assert active is not None
        assert records.request_stop(active.run_id)
    finally:
        database.close()


def stop_by(road: str, world: World, launched: Launched) -> tuple[float, float]:
    """Stop the run; return when that was asked for and when its record had settled, in seconds since 1970."""
    asked = time.time()
    if road == "record":
        ask_to_stop(world)
    else:
        os.kill(launched.process.pid, signal.SIGTERM)
    launched.process.wait(100)
    ended = rows(
        world.database_url, "SELECT status, extract(epoch FROM completed_at)::float AS at FROM collection_runs"
    )
    assert ended[-1]["status"] == "stopped", (world.folder / f"{launched.name}.err").read_text()[-3000:]
    return asked, float(ended[-1]["at"])


def stop_and_wait(world: World, market: SellerMarket, launched: Launched, road: str) -> float:
    """Stop the run; return the seconds until its record had settled, without those of the calls in flight."""
    asked, ended = stop_by(road, world, launched)
    open_then = [call.ended for call in market.calls() if call.started <= asked < call.ended]
    seconds = ended - max([asked, *open_then])
    logger.info("stopped by %s %.2f s after the last of %s calls in flight", road, seconds, len(open_then))
    return seconds


@pytest.mark.parametrize(("road", "after_s"), [(road, s) for road in ("record", "signal") for s in moments(road)])
def test_a_stopped_run_settles_within_five_seconds_and_goes_on_without_paying_again(
    make_world: MakeWorld, undisturbed: dict[str, list[dict[str, Any]]], road: str, after_s: float
) -> None:
    world = make_world(market := SellerMarket(LATENCY_S, CATEGORIES))
    launched = start(world, market, "stopped")
    time.sleep(min(after_s, 3.5))
    assert stop_and_wait(world, market, launched, road) < STOP_WITHIN_S
    finish(world, "resumed")
    assert_as_if_undisturbed(world, market, undisturbed, in_flight=0)


def test_a_call_that_waits_to_be_tried_again_does_not_hold_up_a_stop(make_world: MakeWorld) -> None:
    world = make_world(market := SellerMarket(LATENCY_S, CATEGORIES))

    def throttled(_: Seen, number: int | None) -> Answer | None:
        return plain("slow", 429, Retry_After="60") if number == 3 else None

    market.spoil = throttled
    launched = start(world, market, "throttled")
    time.sleep(3)
    assert stop_and_wait(world, market, launched, "record") < STOP_WITHIN_S
