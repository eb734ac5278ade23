"""`collect_sellers` with pictures, as a person launches it: what the photo evidence adds to a run and costs."""

from collections.abc import Iterator
from typing import Any

import pytest

from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.photos import PhotoMarket, copies
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.test_replay import carry_out, replay, wall_log

CATEGORIES = {"sim-kitchen": range(1, 13)}
CONFIG = {"categories": list(CATEGORIES), "max_products": 100, "job_id": "judged", "photos": "all"}
ITEMS = "SELECT asin, item_id, match_band, match_probability, match_reasons, photo_band, photo_distance \
    FROM collection_items WHERE job_id = 'judged' ORDER BY 1, 2"


@pytest.fixture(scope="module")
def market() -> PhotoMarket:
    return PhotoMarket(categories=CATEGORIES)


@pytest.fixture(scope="module")
def world(
    stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory, market: PhotoMarket
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("photoruns")
    with open_world("photoruns", stack, _migrated_template, folder, market=market) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(world: World) -> Finished:
    finished = world.execute("first", CONFIG, "collect_sellers")
    assert finished.exit_code == 0, finished.stderr[-3000:]
    return finished


def items(world: World) -> list[dict[str, Any]]:
    return rows(world.database_url, ITEMS)


def test_each_listing_gets_its_verdict_and_each_picture_is_fetched_once(
    world: World, run: Finished, market: PhotoMarket
) -> None:
    found = items(world)
    assert len(found) > 80
    for row in found:
        assert (row["photo_band"] == "same") == copies(row["item_id"]), row
        assert row["photo_band"] != "unknown"
    pictures = {
        path for row in found for path in (f"/images/I/{row['asin']}.jpg", f"/images/g/{row['item_id']}/s-l500.jpg")
    }
    assert dict(market.fetched()) == dict.fromkeys(pictures, 1)


def test_the_summary_counts_pictures_and_verdicts_and_they_add_up(world: World, run: Finished) -> None:
    found = items(world)
    summary = run.metadata["seller_summary"]
    same = sum(copies(row["item_id"]) for row in found)
    assert summary["job_photos_same"] == same
    assert sum(summary[f"job_photos_{band}"] for band in ("same", "similar", "other", "unknown")) == len(found)
    assert summary["job_pictures_fetched"] == len(found) + len(CATEGORIES["sim-kitchen"])
    assert (summary["job_pictures_known"], summary["job_pictures_refused"]) == (0, 0)
    assert summary["job_listings_accepted"] == sum(row["match_band"] == "accept" for row in found)


def test_pictures_cost_no_credit(world: World, run: Finished, market: PhotoMarket) -> None:
    (row,) = rows(
        world.database_url, "SELECT status, credits_used FROM collection_runs WHERE job_name = 'collect_sellers'"
    )
    assert (row["status"], row["credits_used"]) == ("completed", market.credits)


def test_a_replay_judges_by_what_is_kept_of_the_pictures_and_reaches_no_network(
    world: World, run: Finished, market: PhotoMarket
) -> None:
    fresh, asked = items(world), len(market.seen)
    carry_out(
        world.database_url,
        "UPDATE collection_items SET photo_band = 'other', photo_distance = 44, match_band = 'reject', "
        "match_reasons = '[]', match_probability = 0",
    )
    again = replay(world, "again", "judged")
    assert again.exit_code == 0, again.stderr[-3000:]
    assert items(world) == fresh
    assert len(market.seen) == asked
    assert not wall_log(world).exists()


def test_the_same_job_again_knows_every_picture(world: World, run: Finished, market: PhotoMarket) -> None:
    before, asked = items(world), market.fetched()
    again = world.execute("once more", {**CONFIG, "photos": "all"}, "collect_sellers")
    assert again.exit_code == 0, again.stderr[-3000:]
    assert market.fetched() == asked
    assert items(world) == before
    assert again.metadata["seller_summary"]["job_pictures_fetched"] == 0


def test_switched_off_it_asks_for_no_picture(world: World, market: PhotoMarket) -> None:
    asked = market.fetched()
    off = world.execute("off", {**CONFIG, "job_id": "off", "photos": "off"}, "collect_sellers")
    assert off.exit_code == 0, off.stderr[-3000:]
    assert market.fetched() == asked
    found = rows(world.database_url, "SELECT DISTINCT photo_band FROM collection_items WHERE job_id = 'off'")
    assert [row["photo_band"] for row in found] == [None]


def test_a_run_whose_photo_host_is_gone_ends_well_with_unknown_photos(world: World, market: PhotoMarket) -> None:
    carry_out(world.database_url, "DELETE FROM photos")
    gone = world.execute("gone", {**CONFIG, "job_id": "gone"}, "collect_sellers", DROPSHIP_IMAGE_HOSTS="images.example")
    assert gone.exit_code == 0, gone.stderr[-3000:]
    found = rows(world.database_url, "SELECT DISTINCT photo_band FROM collection_items WHERE job_id = 'gone'")
    assert [row["photo_band"] for row in found] == ["unknown"]
    states = rows(world.database_url, "SELECT status FROM collection_runs WHERE job_id = 'gone'")
    assert [row["status"] for row in states] == ["completed"]
