"""Bulk writes: written twice nothing grows, by two at once nothing is lost."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select

from dropship_pipeline.models import Seller, utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import query_outcomes, sellers
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunRecord
from dropship_pipeline.storage.sellers.frames import FrameStore
from dropship_pipeline.storage.sellers.rows import seller_columns
from dropship_pipeline.storage.sellers.values import SeenSeller
from dropship_pipeline_tests.integration.conftest import register


@pytest.fixture
def frames(database: Database) -> FrameStore:
    return FrameStore(database, "default")


@pytest.fixture
def run(records: RunRecords) -> RunRecord:
    return register(records, "d1")


def seller(name: str, products: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    return {
        "seller_name": name,
        "seller_name_normalized": name.lower(),
        "feedback_percent": 99.5,
        "feedback_count": 10,
        "first_seen_at": utc_now(),
        "last_seen_at": utc_now(),
        "source_products": [{"asin": asin, "title": f"Lamp {asin}", "run_id": 1} for asin in products],
        "listings": 1,
        **more,
    }


def outcome(run: RunRecord, query: str, **more: Any) -> dict[str, Any]:
    now = utc_now()
    return {
        "job_id": run.job_id, "run_id": run.run_id, "platform": "amazon", "query": query, "state": "found",
        "returned": 2, "errors_by_kind": {"image_http": 1}, "started_at": now, "ended_at": now, **more,
    }  # fmt: skip


def all_sellers(database: Database) -> list[Any]:
    with database.begin() as connection:
        return list(connection.execute(select(sellers).order_by(sellers.c.seller_name_normalized)))


def test_outcomes_written_twice_are_there_once(frames: FrameStore, run: RunRecord, database: Database) -> None:
    rows = [outcome(run, "lamp"), outcome(run, "mat")]
    assert frames.save_outcomes(rows).inserted == 2
    count = frames.save_outcomes(rows)
    assert (count.inserted, count.updated) == (0, 2)
    with database.begin() as connection:
        assert connection.execute(select(func.count()).select_from(query_outcomes)).scalar_one() == 2


def test_outcomes_come_back_as_they_were_written(frames: FrameStore, run: RunRecord) -> None:
    awkward = outcome(run, 'a "quoted", comma\\backslash\ttab\u2028line \N{SNOWMAN}')
    frames.save_outcomes([awkward])
    [loaded] = frames.load_outcomes(run.run_id, "amazon")
    assert {name: loaded[name] for name in awkward} == awkward


def test_a_rerun_with_fewer_queries_does_not_load_those_of_the_run_before(
    frames: FrameStore, run: RunRecord, records: RunRecords
) -> None:
    frames.save_outcomes([outcome(run, "lamp"), outcome(run, "mat")])
    again = register(records, "d2", job_id=run.job_id)
    frames.save_outcomes([outcome(again, "lamp")])
    assert [row["query"] for row in frames.load_outcomes(again.run_id, "amazon")] == ["lamp"]


def test_an_empty_frame_is_written_and_read_as_nothing(frames: FrameStore, run: RunRecord) -> None:
    assert frames.save_outcomes([]).inserted == 0
    assert frames.save_sellers("job", []).inserted == 0
    assert frames.load_outcomes(run.run_id, "ebay") == []


def test_a_seller_met_twice_in_one_frame_is_one_row(frames: FrameStore, database: Database) -> None:
    frames.save_sellers("job", [seller("Ann"), seller("ANN")])
    assert len(all_sellers(database)) == 1


def test_a_retried_step_does_not_count_a_seller_twice(frames: FrameStore, database: Database) -> None:
    for _ in range(3):
        frames.save_sellers("job-1", [seller("ann")])
    frames.save_sellers("job-2", [seller("ann")])
    frames.save_sellers("job-1", [seller("ann")])  # resumed after another job had run
    assert [row.collection_count for row in all_sellers(database)] == [2]


def test_first_sight_stays_and_last_sight_moves(frames: FrameStore, database: Database) -> None:
    frames.save_sellers("job-1", [seller("ann")])
    [before] = all_sellers(database)
    frames.save_sellers("job-2", [seller("ann")])
    [after] = all_sellers(database)
    assert after.first_seen_at == before.first_seen_at
    assert after.last_seen_at > before.last_seen_at


def test_feedback_that_a_listing_does_not_name_does_not_erase_what_is_known(
    frames: FrameStore, database: Database
) -> None:
    frames.save_sellers("job-1", [seller("ann")])
    frames.save_sellers("job-2", [seller("ann", feedback_percent=None, feedback_count=None)])
    assert [(row.feedback_percent, row.feedback_count) for row in all_sellers(database)] == [(99.5, 10)]


def test_the_order_in_which_a_jobs_listings_come_leaves_no_trace(frames: FrameStore, database: Database) -> None:
    agreed = Seller("ANN", 98.7, 151_681)
    for job, order in enumerate(permutations((Seller("Ann", 99.0, 151_700), agreed, Seller("ann", None, 152_000)))):
        frames.save_sellers(f"job-{job}-before", [seller("ann", feedback_count=1_234_567)])
        for found in order:
            frames.save_sellers(f"job-{job}", [seller_columns(SeenSeller(found, utc_now()))])
        [row] = all_sellers(database)
        assert Seller(row.seller_name, row.feedback_percent, row.feedback_count) == agreed
        assert reduce(Seller.agreed_with, order) == agreed  # within a batch as between two


def test_a_later_jobs_figures_replace_an_earlier_ones(frames: FrameStore, database: Database) -> None:
    frames.save_sellers("job-1", [seller("ann", feedback_percent=98.7, feedback_count=151_681)])
    frames.save_sellers("job-2", [seller("ann", feedback_percent=99.1, feedback_count=160_000)])
    assert [(row.feedback_percent, row.feedback_count) for row in all_sellers(database)] == [(99.1, 160_000)]


def test_source_products_are_bounded_distinct_and_newest_first(frames: FrameStore, database: Database) -> None:
    frames.save_sellers("job-1", [seller("ann", [f"old{n}" for n in range(40)])])
    frames.save_sellers("job-2", [seller("ann", ["old3", *[f"new{n}" for n in range(20)]])])
    [row] = all_sellers(database)
    asins = [product["asin"] for product in row.source_products]
    assert len(asins) == len(set(asins)) == 50
    assert asins[:2] == ["old3", "new0"]


def test_a_source_product_is_told_as_the_newest_run_met_it(frames: FrameStore, database: Database) -> None:
    for run_id, title in ((1, "Lamp"), (2, "Lamp, dimmable")):
        products = [{"asin": "A1", "title": title, "run_id": run_id}]
        frames.save_sellers(f"job-{run_id}", [seller("ann", source_products=products)])
    [row] = all_sellers(database)
    assert row.source_products == [{"asin": "A1", "title": "Lamp, dimmable", "run_id": 2}]
    assert row.updated_at > row.created_at


def test_two_writers_of_the_same_sellers_lose_nothing_and_never_deadlock(
    frames: FrameStore, database: Database
) -> None:
    names = [f"seller{number}" for number in range(200)]

    def write(turn: int) -> None:
        order = names if turn % 2 else names[::-1]
        frames.save_sellers(f"job-{turn}", [seller(name, [f"p{turn}"]) for name in order])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, range(40)))
    assert {row.collection_count for row in all_sellers(database)} == {40}
    assert all(len(row.source_products) == 40 for row in all_sellers(database))
