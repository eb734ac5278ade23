"""Scorecards: each figure is what can be counted by hand in the rows, and a later search changes it."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from statistics import median
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from dropship_pipeline.collection.sellers.scoring import score_sellers, score_some
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import match_labels
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


Sighting = dict[str, Any]


def by_hand(sightings: list[Sighting], said: dict[tuple[str, str], bool]) -> SellerFacts:
    """A seller's facts, counted in what searches met, by the definitions and without a database."""

    def band(one: Sighting) -> str | None:
        label = said.get((one["asin"], one["item_id"]))
        return one["match_band"] if label is None else "accept" if label else "reject"

    def margin(one: Sighting) -> float | None:
        if not one["amazon_price_cents"] or None in (one["ebay_price_cents"], one["shipping_cents"]):
            return None
        sale = one["ebay_price_cents"] + one["shipping_cents"]
        left = sale * (1 - 0.136) - (30 if sale <= 1_000 else 40) - one["amazon_price_cents"]
        return float(left / one["amazon_price_cents"])

    listings: dict[tuple[str, str], list[Sighting]] = {}
    for one in sorted(sightings, key=lambda one: str(one["job_id"])):
        listings.setdefault((one["asin"], one["item_id"]), []).append(one)
    accepted = [seen for seen in listings.values() if band(seen[-1]) == "accept"]
    products = {seen[-1]["asin"] for seen in accepted}
    margins = [found for seen in accepted if (found := margin(seen[-1])) is not None]
    photos = [seen[-1]["photo_band"] for seen in accepted]
    return SellerFacts(
        products=len(products), categories=len({CATEGORIES[int(asin[1:]) // 2] for asin in products}),
        in_review=len({seen[-1]["asin"] for seen in listings.values() if band(seen[-1]) == "review"} - products),
        median_margin=median(margins) if margins else None, seen_in=0, of_runs=1,
        prices_moved=sum(len({one["ebay_price_cents"] for one in seen} - {None}) > 1 for seen in accepted),
        amazon_photos=photos.count("same"), photos_compared=len([one for one in photos if one in {"same", "other"}]),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_the_facts_of_random_sightings_are_those_counted_by_hand(database: Database, run: int, seed: int) -> None:
    random_ = random.Random(seed)
    sellers = [add_seller(database, f"seller {number}") for number in range(4)]
    sightings: dict[int, list[Sighting]] = {seller: [] for seller in sellers}
    said: dict[tuple[str, str], bool] = {}
    for number in range(30):
        # An item may be listed for several products.
        asin, item, seller = f"A{random_.randrange(10)}", f"{number % 20}", random_.choice(sellers)
        if random_.random() < 0.2:
            said[asin, item] = random_.random() < 0.5
        for place in sorted(random_.sample(range(5), random_.randint(1, 4))):
            one: Sighting = {
                "job_id": f"job{place}", "asin": asin, "item_id": item,
                "match_band": random_.choice(["accept", "accept", "review", "reject", None]),
                "photo_band": random_.choice(["same", "other", "unknown", None]),
                "ebay_price_cents": random_.choice([900, 2_000, 3_000, None]),
                "shipping_cents": random_.choice([0, 0, 500, None]),
                "amazon_price_cents": random_.choice([700, 2_000, 0, None]),
            }  # fmt: skip
            with suppress(IntegrityError):
                add_listing(database, run, seller, seen_at=MOMENT + timedelta(days=place), **one)
                sightings[seller].append(one)
    with database.begin() as connection:
        for (asin, item), is_match in said.items():
            connection.execute(insert(match_labels).values(
                org_id="default", platform="ebay", asin=asin, item_id=item, is_match=is_match, listing_title="Lamp",
            ))  # fmt: skip
    found = score(database)
    photos = [0, 0]
    for seller in sellers:
        hand, facts = by_hand(sightings[seller], said), found[seller].facts
        assert facts.median_margin == pytest.approx(hand.median_margin)
        assert replace(facts, usual_photo_share=None, median_margin=hand.median_margin) == hand
        photos = [photos[0] + hand.amazon_photos, photos[1] + hand.photos_compared]
    assert {one.facts.usual_photo_share for one in found.values()} == {photos[0] / photos[1]}
    score_some(database, "default", sellers[1:3], Settings())
    again = SellerScores(database, "default").of(sellers)
    assert {seller: replace(one, computed_at=MOMENT) for seller, one in again.items()} == {
        seller: replace(one, computed_at=MOMENT) for seller, one in found.items()
    }
