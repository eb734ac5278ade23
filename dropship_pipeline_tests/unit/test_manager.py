"""The five cases of the specification, at the level of the manager."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from dropship_pipeline.collection.manager import ProductCollectionManager
from dropship_pipeline.errors import BadAnswer, KeyRefused, RequestInvalid
from dropship_pipeline_tests.fakes import Diary, FakeCollector, FakeStore

AMAZON = {"q1": ["a1", "a2"], "q2": ["a3"]}
EBAY = {"q1": ["e1"], "q2": ["e2", "e3"]}


def manager(
    amazon: FakeCollector | None = None, ebay: FakeCollector | None = None, store: FakeStore | None = None
) -> ProductCollectionManager:
    return ProductCollectionManager(
        collectors={
            "amazon": amazon or FakeCollector("amazon", AMAZON),
            "ebay": ebay or FakeCollector("ebay", EBAY),
        },
        image_storage_manager=store or FakeStore(),
    )


async def test_happy_path_stores_every_product_of_both_platforms_under_the_job() -> None:
    store = FakeStore()
    assert await manager(store=store).collect_and_store_products("job", ["q1", "q2"], 5, 5) == (3, 3)
    assert sorted(store.stored) == sorted(
        [("job", "amazon", name) for name in ("a1", "a2", "a3")]
        + [("job", "ebay", name) for name in ("e1", "e2", "e3")]
    )


async def test_a_collector_that_fails_on_one_query_costs_only_that_query() -> None:
    amazon = FakeCollector("amazon", {**AMAZON, "q1": BadAnswer("block page")})
    assert await manager(amazon=amazon).collect_and_store_products("job", ["q1", "q2"], 5, 5) == (1, 3)


async def test_a_product_that_cannot_be_stored_costs_only_that_product() -> None:
    store = FakeStore(failing=["e2"])
    assert await manager(store=store).collect_and_store_products("job", ["q1", "q2"], 5, 5) == (3, 2)


@pytest.mark.parametrize(
    ("queries", "top_amz", "top_ebay", "counts"),
    [([], 5, 5, (0, 0)), (["q1"], 0, 0, (0, 0)), (["q1"], 1, 0, (1, 0)), (["q1", "q1"], 5, 5, (4, 2))],
)
async def test_edge_cases_give_the_counts_that_a_person_would_expect(
    queries: list[str], top_amz: int, top_ebay: int, counts: tuple[int, int]
) -> None:
    assert await manager().collect_and_store_products("job", queries, top_amz, top_ebay) == counts


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"queries": [""]}, "queries"),
        ({"queries": ["  \t"]}, "queries"),
        ({"queries": ["x" * 10_000]}, "queries"),
        ({"queries": [f"q{n}" for n in range(100_000)]}, "queries"),
        ({"top_amz": -1}, "top_amz"),
        ({"top_ebay": 10**9}, "top_ebay"),
        ({"job_id": "two\nlines"}, "job_id"),
        ({"job_id": ""}, "job_id"),
    ],
)
async def test_a_request_that_makes_no_sense_is_refused_by_name_before_anything_is_asked(
    arguments: dict[str, object], named: str
) -> None:
    diary = Diary()
    refusing = manager(FakeCollector("amazon", AMAZON, diary), FakeCollector("ebay", EBAY, diary), FakeStore(diary))
    request = {"job_id": "job", "queries": ["q1"], "top_amz": 1, "top_ebay": 1, **arguments}
    with pytest.raises(RequestInvalid, match=named):
        await refusing.collect_and_store_products(**request)  # type: ignore[arg-type]
    assert diary.events == []


async def test_both_workers_work_at_the_same_time_and_neither_does_two_things_at_once() -> None:
    meeting = asyncio.Barrier(2)

    class Meeting(FakeCollector):
        async def collect_products(self, query: str, top_k: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
            await asyncio.wait_for(meeting.wait(), 5)  # passes only if the other worker is collecting too
            return await super().collect_products(query, top_k)

    diaries = Diary(), Diary()
    both = manager(Meeting("amazon", AMAZON, diaries[0], 0.001), Meeting("ebay", EBAY, diaries[1], 0.001))
    assert await both.collect_and_store_products("job", ["q1", "q2"], 5, 5) == (3, 3)
    assert [diary.most_open for diary in diaries] == [1, 1]


async def test_what_ends_one_worker_ends_the_other_before_it_pays_for_more() -> None:
    diary = Diary()
    ebay = FakeCollector("ebay", {f"q{n}": [] for n in range(100)}, diary, seconds=0.01)
    amazon = FakeCollector("amazon", {"q0": KeyRefused("no")})
    with pytest.raises(KeyRefused):
        await manager(amazon, ebay).collect_and_store_products("job", list(ebay.answers), 5, 5)
    asked = len(diary.events)
    await asyncio.sleep(0.05)
    assert len(diary.events) == asked


class Shelf:
    """A collector of somebody else: products of any shape; an exception is raised."""

    def __init__(self, answers: dict[str, list[object] | Exception]) -> None:
        self.answers = answers

    async def collect_products(self, query: str, top_k: int) -> list[Any]:
        answer = self.answers[query]
        if isinstance(answer, Exception):
            raise answer
        return answer[:top_k]


class Cupboard:
    """A store of somebody else, which cannot keep one product."""

    async def store_product(self, product: Any, job_id: str, platform: str) -> None:
        if product["id"] == "a2":
            raise OSError("disk full")


async def test_fakes_that_know_nothing_of_this_package_are_counted_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    amazon = Shelf({"q1": [{"id": "a1"}, {"id": "a2"}], "q2": [{"id": "a3"}]})
    ebay = Shelf({"q1": TimeoutError("no answer"), "q2": ["a string", {"id": "e1"}, SimpleNamespace(sku="e2")]})
    both = ProductCollectionManager(collectors={"amazon": amazon, "ebay": ebay}, image_storage_manager=Cupboard())
    with caplog.at_level("INFO"):
        assert await both.collect_and_store_products("job", ["q1", "q2"], 5, 5) == (2, 1)
    lines = [record.getMessage() for record in caplog.records]
    assert "[amazon] Worker START job=job" in lines
    assert "[ebay] Collect failed for query='q1': no answer" in lines
    assert "[amazon] Store failed (id=a2) for query='q1': disk full" in lines
    # A product without a readable name is named None; one whose shape the store cannot use costs itself alone.
    assert sum(line.startswith("[ebay] Store failed (id=None) for query='q2'") for line in lines) == 1
    assert sum(line.startswith("[ebay] Store failed (id=e2) for query='q2'") for line in lines) == 1
    assert lines[-1] == "Collection job completed: amazon 2 and ebay 1 products stored"
