"""Scorecards: each figure is what can be counted by hand in the rows, and a later search changes it."""

from datetime import timedelta

import pytest
from fastapi import FastAPI

from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.scores import Score, SellerScores
from dropship_pipeline.storage.review.values import SellerFacts
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.filters import SellerFilters
from dropship_pipeline.storage.sellers.listing import SellerList
from dropship_pipeline_tests.integration.api_client import client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing, add_seen_seller

CATEGORIES = ("Lamps", "Tools", "Toys", "Garden", "Pets")


def score(database: Database, job_id: str = "job") -> dict[int, Score]:
    score_sellers(database, "default", job_id, Settings())
    return SellerScores(database, "default").of([row.id for row in SellerList(database, "default").page().rows])


@pytest.fixture
def run(database: Database, records: RunRecords) -> int:
    """A finished search of ten best sellers, two a category."""
    run_id = add_run(records, "dagster-1", status="completed")
    for number in range(10):
        add_job_product(database, f"A{number}", categories=[{"category": CATEGORIES[number // 2], "rank": 1}])
    return run_id


def test_each_fact_is_what_the_rows_come_to(database: Database, run: int) -> None:
    seller = add_seller(database, "lamps")
    add_seen_seller(database, seller)
    # 2,150 - 13.6 % - 40 - 2,000 = -182.4 cents: -9.12 % of Amazon's price.
    add_listing(database, run, seller, "A0", match_band="accept")
    add_listing(database, run, seller, "A0", item_id="2", match_band="review")
    # 3,000 - 13.6 % - 40 - 2,000 = 552 cents: 27.6 %.
    add_listing(database, run, seller, "A2", item_id="3", match_band="accept", ebay_price_cents=2_800,
                shipping_cents=200)  # fmt: skip
    add_listing(database, run, seller, "A3", item_id="4", match_band="review")
    add_listing(database, run, seller, "A4", item_id="5", match_band="reject", ebay_price_cents=9_000)
    found = score(database)[seller]
    assert found.facts.median_margin == pytest.approx((0.276 - 0.0912) / 2)
    assert found.facts == SellerFacts(
        products=2, categories=2, in_review=1, seen_in=1, of_runs=1, prices_moved=0,
        median_margin=found.facts.median_margin,
    )  # fmt: skip


def test_a_listing_counts_as_it_was_seen_last_and_a_moved_price_is_noticed(database: Database, run: int) -> None:
    seller = add_seller(database, "lamps")
    later = MOMENT + timedelta(days=30)
    add_listing(database, run, seller, "A0", match_band="accept")
    add_listing(database, run, seller, "A1", item_id="2", match_band="accept")
    add_listing(database, run, seller, "A0", job_id="next", match_band="accept", ebay_price_cents=3_000, seen_at=later)
    add_listing(database, run, seller, "A1", job_id="next", item_id="2", match_band="reject", seen_at=later)
    facts = score(database)[seller].facts
    assert (facts.products, facts.prices_moved) == (1, 1)
    assert facts.median_margin == pytest.approx(0.276)


def test_a_price_that_is_not_known_gives_no_margin(database: Database, run: int) -> None:
    seller = add_seller(database, "lamps")
    add_listing(database, run, seller, match_band="accept", shipping_cents=None)
    add_listing(database, run, seller, "A2", item_id="2", match_band="accept", amazon_price_cents=None)
    assert score(database)[seller].facts.median_margin is None


def test_the_list_is_sorted_by_what_the_parts_add_up_to_also_after_it_has_changed(database: Database, run: int) -> None:
    few, many, none = (add_seller(database, name) for name in ("few", "many", "none"))
    for number in range(6):
        add_listing(database, run, many, f"A{number}", item_id=f"m{number}", match_band="accept")
    add_listing(database, run, few, "A0", item_id="f", match_band="accept")
    listed = SellerList(database, "default")

    def order() -> list[int]:
        scores = score(database)
        rows = listed.page(sort="likelihood").rows
        assert [row.likelihood for row in rows] == [sum(part.points for part in scores[row.id].parts) for row in rows]
        return [row.id for row in rows]

    assert order() == [many, few, none]
    for number in range(10):
        add_listing(database, run, none, f"A{number}", item_id=f"n{number}", match_band="accept")
    assert order() == [none, many, few]
    least = listed.page(sort="likelihood").rows[0].likelihood
    assert listed.count(SellerFilters(min_likelihood=least)).number == 1


def test_of_sellers_with_the_same_matches_those_with_amazons_photo_come_first(database: Database, run: int) -> None:
    photos = {"amazons": "same", "unknown": "unknown", "own": "other", "never looked": None}
    sellers = {name: add_seller(database, name) for name in photos}
    for name, photo in photos.items():
        for number in range(6):
            item = f"{name}{number}"
            columns = {"item_id": item, "match_band": "accept", "photo_band": photo}
            add_listing(database, run, sellers[name], f"A{number}", **columns)
        add_listing(database, run, sellers[name], "A9", item_id=name, match_band="review", photo_band="same")
    scores = score(database)
    facts = {name: scores[seller].facts for name, seller in sellers.items()}
    assert {name: (one.amazon_photos, one.photos_compared) for name, one in facts.items()} == {
        "amazons": (6, 6), "unknown": (0, 0), "own": (0, 6), "never looked": (0, 0),
    }  # fmt: skip
    assert {one.usual_photo_share for one in facts.values()} == {0.5}
    listed = SellerList(database, "default").page(sort="likelihood").rows
    assert listed[0].id == sellers["amazons"]
    assert len({row.likelihood for row in listed[1:]}) == 1


def test_scores_of_one_org_touch_those_of_no_other(database: Database, run: int) -> None:
    ours = add_seller(database, "ours")
    add_listing(database, run, ours, match_band="accept")
    before = score(database)[ours]
    assert score_sellers(database, "other", "job", Settings()) == 0
    assert SellerScores(database, "other").of([ours]) == {}
    assert SellerScores(database, "default").of([ours])[ours] == before


async def test_the_api_shows_why(app: FastAPI, database: Database, run: int) -> None:
    seller = add_seller(database, "lamps")
    for number in range(6):
        add_listing(
            database, run, seller, f"A{number}", item_id=str(number), match_band="accept", match_probability=0.9,
            match_reasons=[], matcher_version="1",
        )  # fmt: skip
    add_seller(database, "nothing")
    score(database)
    async with client_of(app, make_token(app, "collection.read")) as client:
        listed = (await client.get("/api/collection/sellers", params={"sort": "likelihood"})).json()["sellers"]
        one = (await client.get(f"/api/collection/sellers/{seller}")).json()["seller"]
    assert listed[0] == one
    assert one["likelihood"] == sum(part["points"] for part in one["score"]["parts"]) > 0
    assert {"name": "products", "points": 25, "most": 40, "reason": "6 best sellers sold"} in one["score"]["parts"]
    assert (listed[1]["likelihood"], listed[1]["score"]["parts"]) == (0, [])
