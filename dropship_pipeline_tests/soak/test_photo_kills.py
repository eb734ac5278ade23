"""Photo evidence killed and stopped in the middle; then the same job again: no picture twice but those under way."""

import time
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.photos import PhotoMarket, copies
from dropship_pipeline_tests.blackbox.runs import Launched, World
from dropship_pipeline_tests.soak import kills
from dropship_pipeline_tests.soak.conftest import MakeWorld
from dropship_pipeline_tests.soak.test_seller_kills import kill_run, stop_by

pytestmark = pytest.mark.soak
CATEGORIES = {"sim-kitchen": range(1, 31)}
CONFIG = {"categories": list(CATEGORIES), "max_products": 100, "job_id": "job", "photos": "all"}
LATENCY_S = 0.2
STOP_WITHIN_S = 5.0
MOST_IN_FLIGHT = 8


def start(world: World, market: PhotoMarket, name: str, pictures: int) -> Launched:
    """Launch the job, and return when it has asked for so many pictures more."""
    before = market.fetched().total()
    launched = world.start(name, CONFIG, "collect_sellers")
    deadline = time.monotonic() + kills.START_S
    while market.fetched().total() < before + pictures:
        assert time.monotonic() < deadline, (world.folder / f"{name}.err").read_text()[-3000:]
        assert launched.process.poll() is None, (world.folder / f"{name}.err").read_text()[-3000:]
        time.sleep(0.01)
    return launched


def finish(world: World, market: PhotoMarket, disturbed: int) -> None:
    """Run the job to its end; every listing has its verdict, and nothing was fetched twice but what was under way."""
    credits = market.credits
    run = world.execute("resumed", CONFIG, "collect_sellers")
    assert run.exit_code == 0, run.stderr[-3000:]
    assert market.credits == credits
    found: list[dict[str, Any]] = rows(
        world.database_url, "SELECT item_id, photo_band, match_probability, match_reasons FROM collection_items"
    )
    assert len(found) > 200
    for row in found:
        assert (row["photo_band"] == "same") == copies(row["item_id"]), row
        assert [reason["name"] for reason in row["match_reasons"]].count("photo") == 1
    again = market.fetched().total() - len(market.fetched())
    assert again <= MOST_IN_FLIGHT * disturbed
    states = [row["status"] for row in rows(world.database_url, "SELECT status FROM collection_runs ORDER BY id")]
    assert states[-1] == "completed"


def test_killed_runs_repeat_at_most_the_pictures_under_way(make_world: MakeWorld) -> None:
    world = make_world(market := PhotoMarket(LATENCY_S, CATEGORIES))
    for number, pictures in enumerate((15, 70)):
        kill_run(start(world, market, f"killed{number}", pictures))
    finish(world, market, disturbed=2)


def test_a_killed_step_repeats_at_most_the_pictures_under_way(make_world: MakeWorld) -> None:
    world = make_world(market := PhotoMarket(LATENCY_S, CATEGORIES))
    launched = start(world, market, "killed", 40)
    for step in kills.workers(launched.process):
        kills.kill(step)
    launched.wait()
    finish(world, market, disturbed=1)


@pytest.mark.parametrize("road", ["record", "signal"])
def test_a_stop_ends_it_within_five_seconds_and_it_goes_on_from_there(make_world: MakeWorld, road: str) -> None:
    world = make_world(market := PhotoMarket(LATENCY_S, CATEGORIES))
    launched = start(world, market, "stopped", 40)
    asked, ended = stop_by(road, world, launched)
    assert ended - asked < STOP_WITHIN_S
    finish(world, market, disturbed=1)
