"""What changed between two searches: exactly what came, went and moved, and nothing that was merely not looked for."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, update

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import Band
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import (
    collection_items,
    orgs,
)
from dropship_pipeline.storage.review.changes import ChangedListing
from dropship_pipeline_tests.integration.api_client import client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import open_cli
from dropship_pipeline_tests.integration.found_searches import Search, World, listings, names


def judge(database: Database, run_id: int, band: Band) -> None:
    """All listings of a run are judged so."""
    of_run = update(collection_items).where(collection_items.c.run_id == run_id)
    with database.begin() as connection:
        connection.execute(of_run.values(match_band=band))


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def test_what_was_planted_is_found_and_nothing_else(world: World) -> None:
    searched = dict.fromkeys(("A", "B", "C"), "found")
    world.add(Search(searched, {("A", "0"): ("returner", 100)}))
    before = world.add(Search(searched, {
        ("A", "1"): ("stays", 100), ("A", "2"): ("leaves", 100), ("B", "3"): ("stays", 300), ("C", "4"): (None, 10),
    }))  # fmt: skip
    after = world.add(Search(searched, {
        ("A", "1"): ("stays", 120), ("B", "3"): ("stays", 300), ("B", "5"): ("fresh", 1), ("A", "6"): ("returner", 2),
    }))  # fmt: skip
    found = world.changes.between(before, after)
    assert names(found.new_sellers) == {"fresh"}
    assert names(found.back_sellers) == {"returner"}
    assert names(found.gone_sellers) == {"leaves"}
    assert listings(found.new_listings) == {("B", "5"), ("A", "6")}
    assert listings(found.gone_listings) == {("A", "2"), ("C", "4")}
    [moved] = found.moved_prices.rows
    assert (moved.asin, moved.item_id, moved.seller_name, moved.cents_before, moved.cents_after) == (
        "A", "1", "stays", 100, 120,
    )  # fmt: skip


@pytest.mark.parametrize("state", ["failed", "skipped", None])
def test_what_was_not_looked_for_again_is_not_gone(world: World, state: str | None) -> None:
    before = world.add(Search({"A": "found", "B": "found"}, {("A", "1"): ("a", 1), ("B", "2"): ("a", 1)}))
    after = world.add(Search({"A": "found"} if state is None else {"A": "found", "B": state}))
    found = world.changes.between(before, after)
    assert listings(found.gone_listings) == {("A", "1")}
    assert names(found.gone_sellers) == set()


def test_a_search_that_was_answered_with_none_makes_its_listings_gone(world: World) -> None:
    before = world.add(Search({"A": "found"}, {("A", "1"): ("a", 1)}))
    after = world.add(Search({"A": "none"}))
    found = world.changes.between(before, after)
    assert (listings(found.gone_listings), names(found.gone_sellers)) == ({("A", "1")}, {"a"})


def test_what_a_failed_search_could_not_find_is_neither_new_nor_back(world: World) -> None:
    world.add(Search({"A": "found"}, {("A", "1"): ("a", 1)}))
    before = world.add(Search({"A": "failed"}))
    after = world.add(Search({"A": "found"}, {("A", "1"): ("a", 1), ("A", "2"): ("b", 1)}))
    found = world.changes.between(before, after)
    assert (listings(found.new_listings), names(found.back_sellers)) == (set(), set())
    assert names(found.new_sellers) == {"b"}


def test_a_price_in_another_currency_or_unknown_has_not_moved(world: World, database: Database) -> None:
    before = world.add(Search({"A": "found"}, {("A", "1"): ("a", 1), ("A", "2"): ("a", None)}))
    after = world.add(Search({"A": "found"}, {("A", "1"): ("a", 2), ("A", "2"): ("a", 5)}))
    with database.begin() as connection:
        connection.execute(update(collection_items).where(
            collection_items.c.run_id == before, collection_items.c.item_id == "1").values(currency="EUR"))  # fmt: skip
    assert world.changes.between(before, after).moved_prices.total == 0


def test_each_kind_shows_a_listing_as_the_latest_search_met_it_and_bands_only_where_they_changed(
    world: World, database: Database
) -> None:
    before = world.add(Search(
        {"A": "found"}, {("A", "gone"): ("first", 5), ("A", "both"): ("first", 1), ("A", "none"): ("first", 1)},
        {("A", "gone"): "accept", ("A", "both"): "review"},
    ))  # fmt: skip
    after = world.add(Search(
        {"A": "found"}, {("A", "new"): ("second", 6), ("A", "both"): ("second", 2), ("A", "none"): (None, 3)},
        {("A", "new"): "accept", ("A", "both"): "accept"},
    ))  # fmt: skip
    with database.begin() as connection:
        for run_id, title in ((before, "as it was"), (after, "as it is")):
            of_run = update(collection_items).where(collection_items.c.run_id == run_id)
            connection.execute(of_run.values(title=title))
    ids, found = world.ids, world.changes.between(before, after)
    shared: dict[str, Any] = {"asin": "A", "currency": "USD"}
    both = ChangedListing(item_id="both", seller_id=ids["second"], seller_name="second", title="as it is",
                          cents_before=1, cents_after=2, **shared)  # fmt: skip
    assert found.new_listings.rows == [ChangedListing(
        item_id="new", seller_id=ids["second"], seller_name="second", title="as it is", cents_before=None,
        cents_after=6, **shared,
    )]  # fmt: skip
    assert found.gone_listings.rows == [ChangedListing(
        item_id="gone", seller_id=ids["first"], seller_name="first", title="as it was", cents_before=5,
        cents_after=None, **shared,
    )]  # fmt: skip
    nobodys = replace(both, item_id="none", seller_id=None, seller_name=None, cents_after=3)
    assert found.moved_prices.rows == [both, nobodys]
    assert found.moved_bands.rows == [replace(both, band_before="review", band_after="accept")]


def test_lists_are_in_the_order_of_products_and_of_listings_where_they_are_cut(world: World) -> None:
    before = world.add(Search({"A": "found", "B": "found"}))
    listed = [("B", "1", "few"), ("A", "2", "many"), ("B", "3", "many"), ("A", "1", "other")]
    after = world.add(Search({"A": "found", "B": "found"}, {(asin, item): (name, 1) for asin, item, name in listed}))
    changes = world.changes.between(before, after, most=3)
    names_of = sorted(("few", "other"), key=world.ids.__getitem__)
    assert [(row.seller_name, row.products) for row in changes.new_sellers.rows] == [
        ("many", 2), *((name, 1) for name in names_of),
    ]  # fmt: skip
    assert [(row.asin, row.item_id) for row in changes.new_listings.rows] == [("A", "1"), ("A", "2"), ("B", "1")]


def test_lists_are_cut_but_counted_whole(world: World) -> None:
    before = world.add(Search({"A": "found"}))
    after = world.add(Search({"A": "found"}, {("A", str(number)): (f"s{number}", 1) for number in range(9)}))
    found = world.changes.between(before, after, most=4)
    assert (found.new_sellers.total, len(found.new_sellers.rows)) == (9, 4)
    assert (found.new_listings.total, len(found.new_listings.rows)) == (9, 4)


def test_the_run_before_is_the_newest_finished_one_of_the_same_settings(world: World) -> None:
    wide, narrow = {"max_products": 100}, {"max_products": 3}
    first = world.add(Search({}), config=wide)
    second = world.add(Search({}), config={**wide, "wait_seconds": 5}, status="degraded")
    world.add(Search({}), config=narrow)
    world.add(Search({}), config=wide, status="failed")
    last = world.add(Search({}), config=wide)
    assert world.changes.run_before(last) == second
    assert world.changes.run_before(second) == first
    assert world.changes.run_before(first) is None


async def test_the_api_says_what_changed_since_the_run_before(world: World, database: Database, app: FastAPI) -> None:
    before = world.add(Search({"A": "found"}, {("A", "1"): ("leaves", 100), ("A", "2"): ("stays", 100)}))
    after = world.add(Search({"A": "found"}, {("A", "2"): ("stays", 120), ("A", "3"): ("fresh", None)}))
    judge(database, before, "review")
    judge(database, after, "accept")
    async with client_of(app, make_token(app)) as client:
        found = (await client.get(f"/api/collection/runs/{after}/changes")).json()
        assert (found["run_id"], found["against"]) == (after, before)
        assert [row["seller_name"] for row in found["new_sellers"]["sellers"]] == ["fresh"]
        assert found["gone_sellers"]["total"] == 1
        [moved] = found["moved_prices"]["listings"]
        assert [moved[name]["cents"] for name in ("price_before", "price_after")] == [100, 120]
        assert moved["band_after"] is None
        assert found["new_listings"]["listings"][0]["price_after"] is None
        [judged] = found["moved_bands"]["listings"]
        assert (judged["item_id"], judged["band_before"], judged["band_after"]) == ("2", "review", "accept")
        named = await client.get(f"/api/collection/runs/{after}/changes", params={"against": before, "limit": 1})
        assert named.json() == found
        assert (await client.get(f"/api/collection/runs/{before}/changes")).status_code == 404
        assert (await client.get(f"/api/collection/runs/{after + 9}/changes")).status_code == 404
        stranger = make_token(app, "admin.*", org="other")
    async with client_of(app, stranger) as client:
        assert (await client.get(f"/api/collection/runs/{after}/changes")).status_code == 404


def test_the_command_prints_what_changed(
    world: World, database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.add(Search({"A": "found"}, {("A", "1"): ("leaves", 100), ("A", "2"): ("stays", 100)}))
    after = world.add(Search({"A": "found"}, {("A", "2"): ("stays", 120)}))
    judge(database, before, "accept")
    judge(database, after, "reject")
    cli = open_cli(database_url, tmp_path, monkeypatch)
    printed = cli("diff", str(after)).stdout
    assert re.search(r"judged otherwise: 1\n.*\n *A +2 +stays +accepted +rejected", printed)
    assert f"From run {before} to run {after}" in printed
    assert "Sellers that are gone: 1" in printed
    assert "1.00 USD" in printed
    assert "1.20 USD" in printed
    refused = cli("diff", str(before))
    assert (refused.exit_code, "same settings" in refused.stderr) == (1, True)


def test_runs_of_others_and_of_one_job_are_refused(world: World, database: Database) -> None:
    mine = world.add(Search({}))
    with database.begin() as connection:
        connection.execute(insert(orgs).values(id="other"))
    theirs = World(database, "other").add(Search({}))
    with pytest.raises(RequestInvalid, match=f"no run {theirs}"):
        world.changes.between(mine, theirs)
    with pytest.raises(RequestInvalid, match="one job"):
        world.changes.between(mine, mine)
