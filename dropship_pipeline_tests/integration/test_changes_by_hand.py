"""What changed between two random searches is what the definitions give without a database."""

import random
from typing import Any, get_args

import pytest

from dropship_pipeline.models import Band
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.changes import Changes
from dropship_pipeline_tests.integration.found_searches import Search, World, listings, names


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def by_hand(older: list[Search], before: Search, after: Search) -> dict[str, set[Any]]:
    """The same, by the definitions, without a database."""

    def answered(search: Search, asin: str) -> bool:
        return search.states.get(asin) in {"found", "none"}

    def may_be_missed(asin: str) -> bool:
        return asin in before.states and not answered(before, asin)

    met = set().union(*(search.sellers() for search in older))
    came = {name: asins for name, asins in after.sellers().items() if name not in before.sellers()}
    left = {name: asins for name, asins in before.sellers().items() if name not in after.sellers()}
    return {
        "new": {name for name in came if name not in met},
        "back": {name for name, asins in came.items() if name in met and not all(map(may_be_missed, asins))},
        "gone": {name for name, asins in left.items() if all(answered(after, asin) for asin in asins)},
        "new listings": {key for key in after.listings.keys() - before.listings.keys() if not may_be_missed(key[0])},
        "gone listings": {key for key in before.listings.keys() - after.listings.keys() if answered(after, key[0])},
        "moved": {
            key
            for key in after.listings.keys() & before.listings.keys()
            if None not in (after.listings[key][1], before.listings[key][1])
            and after.listings[key][1] != before.listings[key][1]
        },
        "judged otherwise": {
            key for key in after.bands.keys() & before.bands.keys() if after.bands[key] != before.bands[key]
        },
    }


def read(found: Changes) -> dict[str, set[Any]]:
    return {
        "new": names(found.new_sellers), "back": names(found.back_sellers), "gone": names(found.gone_sellers),
        "new listings": listings(found.new_listings), "gone listings": listings(found.gone_listings),
        "moved": listings(found.moved_prices), "judged otherwise": listings(found.moved_bands),
    }  # fmt: skip


def drawn(random_: random.Random) -> Search:
    states = {
        f"P{number}": random_.choice(["found", "found", "none", "failed", "skipped"])
        for number in range(6) if random_.random() < 0.8
    }  # fmt: skip
    search = Search(states)
    for asin in (asin for asin, state in states.items() if state == "found"):
        for item in random_.sample(range(6), random_.randint(0, 4)):
            seller = random_.choice([None, *(f"s{number}" for number in range(7))])
            search.listings[asin, str(item)] = (seller, random_.choice([None, 10, 20]))
            if random_.random() < 0.8:
                search.bands[asin, str(item)] = random_.choice(get_args(Band))
    return search


@pytest.mark.parametrize("seed", range(12))
def test_random_searches_differ_as_counted_by_hand(world: World, seed: int) -> None:
    random_ = random.Random(seed)
    searches = [drawn(random_) for _ in range(4)]
    numbers = [world.add(search) for search in searches]
    for before, after in ((2, 3), (0, 3), (1, 2)):
        found = world.changes.between(numbers[before], numbers[after])
        assert read(found) == by_hand(searches[:before], searches[before], searches[after])


@pytest.mark.parametrize("seed", range(12))
def test_sellers_are_counted_and_told_apart_as_their_changes_are_listed(world: World, seed: int) -> None:
    random_ = random.Random(seed)
    searches = [drawn(random_) for _ in range(4)]
    numbers = [world.add(search) for search in searches]
    for before, after in ((2, 3), (0, 3), (1, 2)):
        hand = by_hand(searches[:before], searches[before], searches[after])
        moved = {searches[after].listings[key][0] for key in hand["moved"]} - {None}
        kinds = {"new": hand["new"], "back": hand["back"], "gone": hand["gone"], "moved": moved}
        counted = world.changes.count_sellers(numbers[before], numbers[after])
        assert counted == {kind: len(sellers) for kind, sellers in kinds.items()}
        asked = set(random_.sample(sorted(world.ids), min(4, len(world.ids))))
        found = world.changes.kinds_of(numbers[before], numbers[after], [world.ids[name] for name in asked])
        assert found == {kind: {world.ids[name] for name in names & asked} for kind, names in kinds.items()}
