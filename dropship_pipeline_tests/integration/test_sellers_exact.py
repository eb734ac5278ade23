"""Line by line what was planted is what is kept: `collect_sellers` on a server that the product does not know."""

import json
from collections import Counter
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.market import Seen
from dropship_pipeline_tests.blackbox.planted import (
    BESTS,
    CATEGORIES,
    SellerMarket,
    feedback,
    number_of,
    offers,
    spellings,
)
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.conftest import LocalServers

MOST_CANARIES = 2
CONFIG = {"categories": list(CATEGORIES), "max_products": 100, "job_id": "exact"}


@pytest.fixture(scope="module")
def market() -> SellerMarket:
    return SellerMarket()


@pytest.fixture(scope="module")
def world(
    stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory, market: SellerMarket
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("sellersexact")
    with open_world("sellersexact", stack, _migrated_template, folder, market=market) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(world: World) -> Finished:
    return world.execute("exact", CONFIG, "collect_sellers")


@pytest.fixture(scope="module")
def again(world: World, run: Finished, market: SellerMarket) -> tuple[Finished, list[Seen]]:
    """The same job once more, and what the marketplace was asked for."""
    before = len(market.seen)
    return world.execute("again", CONFIG, "collect_sellers"), market.seen[before:]


def filters_of(call: Seen) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(call.params["url"]).query).items()}


def test_a_run_on_a_foreign_marketplace_completes(world: World, run: Finished) -> None:
    assert run.exit_code == 0, run.stderr[-3000:]
    assert rows(world.database_url, "SELECT status, error_message FROM collection_runs") == [
        {"status": "completed", "error_message": None}
    ]


def test_a_product_in_two_categories_is_searched_and_paid_for_once(run: Finished, market: SellerMarket) -> None:
    assert Counter(number_of(call.query) for call in market.searches()) == dict.fromkeys(BESTS, 1)
    assert len(market.calls("ebay")) - len(market.searches()) <= MOST_CANARIES


def test_each_page_of_a_list_is_paid_for_once(run: Finished, market: SellerMarket) -> None:
    assert [(call.query, call.page) for call in market.calls("amazon")] == [(name, 1) for name in CATEGORIES]


def test_every_request_asks_for_new_and_free_shipping_from_80_to_120_per_cent_of_the_price(
    run: Finished, market: SellerMarket
) -> None:
    for call in market.searches():
        asked, band = filters_of(call), BESTS[number_of(call.query) or 0].band
        fixed = {name: asked[name] for name in ("LH_ItemCondition", "LH_FS", "_sop")}
        assert fixed == {"LH_ItemCondition": "1000", "LH_FS": "1", "_sop": "12"}
        bounds = tuple(asked.get(name) for name in ("_udlo", "_udhi"))
        assert bounds == (tuple(f"{cents // 100}.{cents % 100:02}" for cents in band) if band else (None, None))


def test_only_listings_inside_the_band_new_and_free_are_kept_and_doubtful_ones_marked(
    world: World, run: Finished
) -> None:
    kept = {
        (row["asin"], int(row["item_id"])): (row["ebay_price_cents"], sorted(row["unverified"]))
        for row in rows(world.database_url, "SELECT * FROM collection_items")
    }
    planted = {
        (best.asin, offer.item): (offer.cents, sorted(offer.unverified))
        for best in BESTS.values()
        for offer in offers(best.number)
        if offer.unverified is not None
    }
    assert kept == planted


def test_sellers_are_those_that_were_planted_once_each_whatever_case_and_spacing(world: World, run: Finished) -> None:
    found = {
        row["seller_name_normalized"]: (row["feedback_percent"], row["feedback_count"], row["collection_count"])
        for row in rows(world.database_url, "SELECT * FROM sellers")
    }
    planted = {
        offer.seller
        for number in BESTS
        for offer in offers(number)
        if offer.unverified is not None and offer.seller is not None
    }
    assert found == {name: (*feedback(name)[:2], 1) for name in planted}
    assert {row["seller_name"] for row in rows(world.database_url, "SELECT * FROM sellers")} <= {
        " ".join(spelled.split()) for name in planted for spelled in spellings(name)
    }


def test_a_seller_row_can_say_which_listing_and_which_product_put_it_there(world: World, run: Finished) -> None:
    evidence = rows(
        world.database_url,
        "SELECT i.asin, i.item_id, s.seller_name_normalized AS seller, i.amazon_price_cents, i.run_id "
        "FROM collection_items i LEFT JOIN sellers s ON s.id = i.seller_id",
    )
    by_item = {offer.item: (best, offer) for best in BESTS.values() for offer in offers(best.number)}
    for row in evidence:
        best, offer = by_item[int(row["item_id"])]
        assert (row["asin"], row["seller"], row["amazon_price_cents"]) == (best.asin, offer.seller, best.cents)
        assert row["run_id"] is not None
    sources = {
        row["seller_name_normalized"]: row["source_products"]
        for row in rows(world.database_url, "SELECT * FROM sellers")
    }
    for name, listed in sources.items():
        asins = {row["asin"] for row in evidence if row["seller"] == name}
        named = [product["asin"] for product in listed]
        assert sorted(named) == sorted(asins)
        assert named == sorted(named, reverse=True), "newest first"
        runs = {row["asin"]: row["run_id"] for row in evidence if row["seller"] == name}
        titles = {row["asin"]: row["title"] for row in rows(world.database_url, "SELECT * FROM job_products")}
        assert listed == [{"asin": asin, "title": titles[asin], "run_id": runs[asin]} for asin in named]


def test_every_category_that_listed_a_product_is_kept(world: World, run: Finished) -> None:
    kept = {
        row["asin"]: [(entry["category"], entry["rank"]) for entry in row["categories"]]
        for row in rows(world.database_url, "SELECT * FROM job_products")
    }
    assert kept == {
        best.asin: [(name, list(CATEGORIES[name]).index(best.number) + 1) for name in best.categories]
        for best in BESTS.values()
    }


def test_outcomes_sum_to_the_number_of_products(world: World, run: Finished) -> None:
    counted = run.metadata["seller_summary"]
    assert counted["products"] == len(BESTS)
    states = ("found", "none", "failed", "skipped", "not_started")
    assert [counted[state] for state in states] == [len(BESTS), 0, 0, 0, 0]
    (check,) = [line.message for line in run.log if line.message.startswith("Asset check 'outcomes_add_up'")]
    assert " passed." in check
    listed = rows(world.database_url, "SELECT sum(returned) AS returned, sum(stored) AS stored FROM query_outcomes")
    assert listed[0]["stored"] == sum(offer.unverified is not None for number in BESTS for offer in offers(number))
    assert listed[0]["returned"] == sum(len(offers(number)) for number in BESTS)


def test_the_ledger_books_what_the_marketplace_charged(world: World, run: Finished, market: SellerMarket) -> None:
    booked = rows(world.database_url, "SELECT sum(credits) AS credits, count(*) AS calls FROM api_calls")
    assert booked == [{"credits": market.credits, "calls": len(market.calls())}]
    assert run.metadata["seller_summary"]["credits"] == market.credits


def test_the_log_says_start_phases_and_end_in_the_exact_form(world: World, run: Finished) -> None:
    number = rows(world.database_url, "SELECT min(id) AS id FROM collection_runs")[0]["id"]
    assert run.line(f"Collection {number} started").message == f"Collection {number} started"
    assert run.lines(f"Collection {number} phase: amazon_fetch (3/3)")
    assert run.lines(f"Collection {number} phase: ebay_search (40/40)")
    assert run.line(f"Collection {number} completed").message == (
        f"Collection {number} completed: {run.metadata['seller_summary']['sellers']} sellers, "
        f"{run.metadata['seller_summary']['new_sellers']} new"
    )


def test_the_same_job_again_is_asked_and_paid_for_nothing_but_a_control_search(
    world: World, again: tuple[Finished, list[Seen]]
) -> None:
    run, seen = again
    assert run.exit_code == 0, run.stderr[-3000:]
    assert [call.query for call in seen if call.platform == "amazon" or number_of(call.query)] == []
    assert len(seen) <= MOST_CANARIES
    counts = rows(world.database_url, "SELECT DISTINCT collection_count FROM sellers")
    assert counts == [{"collection_count": 1}]


def test_the_worklist_names_each_product_once(world: World, run: Finished) -> None:
    listed = rows(world.database_url, "SELECT asin, position FROM job_products ORDER BY position")
    assert [row["position"] for row in listed] == list(range(1, len(BESTS) + 1))
    assert json.dumps(sorted(row["asin"] for row in listed)) == json.dumps(sorted(b.asin for b in BESTS.values()))
