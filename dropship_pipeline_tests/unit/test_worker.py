"""The worker's loop: order, isolation, counts and the log lines that people search for."""

import asyncio
import logging
import re
from typing import Any

import pytest
from msgspec.structs import replace

from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.errors import BadAnswer, KeyRefused, StorageUnavailable
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Listing, Product, Reading, Seller, normalize_seller_name
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline_tests.fakes import Diary, FakeCollector, FakeStore

LOGGER = "dropship-product-finder"


def asking(queries: list[str], *, top_k: int = 5, **how: Any) -> ProductsSettings:
    return ProductsSettings(queries=queries, top_amz=top_k, top_ebay=top_k, **how)


async def test_queries_and_products_are_taken_strictly_in_order_and_one_at_a_time() -> None:
    diary = Diary()
    collector = FakeCollector("amazon", {"q1": ["a", "b"], "q2": ["c"]}, diary, seconds=0.001)
    await PlatformWorker("amazon", collector, FakeStore(diary, seconds=0.001), asking(["q1", "q2"])).run("j")
    assert diary.events == ["ask q1", "store a", "store b", "ask q2", "store c"]
    assert diary.most_open == 1


async def test_a_failed_query_costs_only_itself_and_is_logged_in_the_agreed_form(
    caplog: pytest.LogCaptureFixture,
) -> None:
    collector = FakeCollector("amazon", {"q1": BadAnswer("no array"), "q2": ["a"]})
    with caplog.at_level(logging.INFO, LOGGER):
        result = await PlatformWorker("amazon", collector, FakeStore(), asking(["q1", "q2"])).run("j")
    assert result.count == 1
    assert [(o.state, o.collect_errors, o.errors_by_kind) for o in result.outcomes] == [
        ("failed", 1, {"bad_answer": 1}),
        ("found", 0, {}),
    ]
    assert "[amazon] Collect failed for query='q1': no array" in caplog.messages
    assert next(record for record in caplog.records if "failed" in record.message).exc_info is not None


async def test_a_failed_product_costs_only_itself_and_is_logged_in_the_agreed_form(
    caplog: pytest.LogCaptureFixture,
) -> None:
    collector = FakeCollector("ebay", {"q1": ["a", "b", "c"]})
    with caplog.at_level(logging.INFO, LOGGER):
        result = await PlatformWorker("ebay", collector, FakeStore(failing=["b"]), asking(["q1"])).run("j")
    [outcome] = result.outcomes
    assert (outcome.returned, outcome.stored, outcome.store_errors) == (3, 2, 1)
    assert "[ebay] Store failed (id=b) for query='q1': HTTP 404" in caplog.messages


async def test_start_and_end_are_logged_in_the_agreed_form(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, LOGGER):
        await PlatformWorker("amazon", FakeCollector("amazon", {"q": ["a"]}), FakeStore(), asking(["q"])).run("j-7")
    assert caplog.messages == ["[amazon] Worker START job=j-7", "[amazon] Worker END job=j-7, count=1"]


async def test_an_error_that_nobody_foresaw_costs_one_product_and_is_counted_by_its_name() -> None:
    store = FakeStore(fatal={"a": ZeroDivisionError("bug")})
    result = await PlatformWorker("amazon", FakeCollector("amazon", {"q": ["a", "b"]}), store, asking(["q"])).run("j")
    assert result.outcomes[0].errors_by_kind == {"ZeroDivisionError": 1}
    assert result.count == 1


async def test_every_failure_is_recorded_with_what_it_was_about() -> None:
    recorded: list[RunError] = []
    collector = FakeCollector("amazon", {"q1": BadAnswer("block page", status=200), "q2": ["a"]})
    worker = PlatformWorker(
        "amazon", collector, FakeStore(failing=["a"]), asking(["q1", "q2"]), record_error=recorded.append
    )
    await worker.run("j")
    assert [(e.kind, e.reason, e.query, e.product_id, e.response_status) for e in recorded] == [
        ("collect", "bad_answer", "q1", None, 200),
        ("store", "image_http", "q2", "a", 404),
    ]


async def test_a_refused_key_ends_the_worker_instead_of_failing_every_query() -> None:
    diary = Diary()
    collector = FakeCollector("amazon", {"q1": KeyRefused("no"), "q2": ["a"]}, diary)
    with pytest.raises(KeyRefused):
        await PlatformWorker("amazon", collector, FakeStore(), asking(["q1", "q2"])).run("j")
    assert diary.events == ["ask q1"]


@pytest.mark.parametrize("window", [1, 4])
async def test_a_lost_database_ends_the_worker_instead_of_failing_every_product(window: int) -> None:
    store = FakeStore(fatal={"a": StorageUnavailable("gone")})
    worker = PlatformWorker(
        "amazon", FakeCollector("amazon", {"q": ["a", "b"]}), store, asking(["q"], storage_window=window)
    )
    with pytest.raises(StorageUnavailable):
        await worker.run("j")


async def test_top_k_of_zero_asks_and_stores_nothing() -> None:
    diary = Diary()
    result = await PlatformWorker(
        "ebay", FakeCollector("ebay", {"q": ["a"]}, diary), FakeStore(diary), asking(["q"], top_k=0)
    ).run("j")
    assert diary.events == []
    assert [outcome.state for outcome in result.outcomes] == ["skipped"]


async def test_a_collector_that_returns_too_much_does_not_exceed_top_k() -> None:
    class Generous(FakeCollector):
        async def collect_products(self, query: str, top_k: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
            return await super().collect_products(query, top_k + 10)

    store = FakeStore()
    result = await PlatformWorker(
        "amazon", Generous("amazon", {"q": ["a", "b", "c"]}), store, asking(["q"], top_k=2)
    ).run("j")
    assert result.count == len(store.stored) == 2


async def test_a_window_stores_several_at_once_but_never_more_and_counts_in_order() -> None:
    diary = Diary()
    names = [f"p{number}" for number in range(20)]
    collector = FakeCollector("amazon", {"q1": names, "q2": ["last"]})
    worker = PlatformWorker(
        "amazon", collector, FakeStore(diary, seconds=0.002), asking(["q1", "q2"], top_k=50, storage_window=4)
    )
    result = await worker.run("j")
    assert diary.most_open == 4
    assert [outcome.stored for outcome in result.outcomes] == [20, 1]


async def test_with_a_window_the_next_queries_are_asked_while_products_are_stored_but_never_more_than_two() -> None:
    asked = Diary()
    names = [f"q{number}" for number in range(6)]
    collector = FakeCollector("amazon", {name: [name] for name in names}, asked, seconds=0.01)
    worker = PlatformWorker("amazon", collector, FakeStore(seconds=0.03), asking(names, storage_window=2))
    result = await worker.run("j")
    assert asked.most_open == 2
    assert asked.events == [f"ask {name}" for name in names]
    assert [outcome.query for outcome in result.outcomes] == names


async def test_a_pause_between_queries_is_kept_also_with_a_window() -> None:
    asked = Diary()
    collector = FakeCollector("amazon", {"q1": ["a"], "q2": ["b"], "q3": ["c"]}, asked, seconds=0.001)
    worker = PlatformWorker(
        "amazon", collector, FakeStore(), asking(["q1", "q2", "q3"], storage_window=4, throttle_seconds=0.02)
    )
    await worker.run("j")
    assert asked.most_open == 1


async def test_queries_that_are_asked_at_the_same_time_do_not_get_each_others_credits() -> None:
    meter = CallMeter()

    class Paying(FakeCollector):
        async def collect_products(self, query: str, top_k: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
            meter.add(credits=int(query))
            found = await super().collect_products(query, top_k)
            meter.add(credits=int(query))
            return found

    collector = Paying("amazon", {"1": ["a"], "10": ["b"], "100": ["c"]}, seconds=0.01)
    worker = PlatformWorker("amazon", collector, FakeStore(), asking(["1", "10", "100"], storage_window=4), meter=meter)
    result = await worker.run("j")
    assert [outcome.credits for outcome in result.outcomes] == [2, 20, 200]
    assert meter.credits == 222


async def test_cancelling_a_worker_leaves_no_task_behind() -> None:
    collector = FakeCollector("amazon", {"q1": ["a", "b"], "q2": ["c"]}, seconds=0.001)
    worker = PlatformWorker("amazon", collector, FakeStore(seconds=60), asking(["q1", "q2"], storage_window=2))
    task = asyncio.create_task(worker.run("j"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_sellers_of_one_name_in_several_spellings_are_one_seller() -> None:
    class Spelled(FakeCollector):
        async def collect_products(self, query: str, top_k: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
            found = await super().collect_products(query, top_k)
            names = [" Lamp  Shop", "lamp shop", "\uff2c\uff21\uff2d\uff30\u00a0SHOP ", "other"]
            return [
                replace(listing, seller=Seller(name))
                for listing, name in zip(found, names, strict=True)
                if isinstance(listing, Listing)
            ]

    result = await PlatformWorker(
        "ebay", Spelled("ebay", {"q": ["1", "2", "3", "4"]}), FakeStore(), asking(["q"], top_k=9)
    ).run("j")
    seen = result.sellers.sellers()
    assert [(normalize_seller_name(one.seller.name), one.listings) for one in seen] == [("lamp shop", 3), ("other", 1)]
    assert seen[0].products == []  # no best seller led there


async def test_a_message_with_a_nul_byte_can_still_be_recorded() -> None:
    recorded: list[RunError] = []
    collector = FakeCollector("amazon", {"q": BadAnswer("bad \x00 byte")})
    await PlatformWorker("amazon", collector, FakeStore(), asking(["q"]), record_error=recorded.append).run("j")
    assert not re.search("\x00", recorded[0].message)


async def test_how_well_a_query_was_read_is_in_its_own_outcome_also_where_queries_are_asked_ahead() -> None:
    meter = CallMeter()

    class Reader(FakeCollector):
        async def collect_products(self, query: str, top_k: int) -> list[Product]:
            found = await super().collect_products(query, top_k)
            meter.add(reading=Reading(pages=1, rows=len(query), skipped={"no_id": len(query)}))
            return found

    queries = ["q", "qq", "qqq"]
    collector = Reader("ebay", {query: ["a"] for query in queries}, seconds=0.001)
    result = await PlatformWorker("ebay", collector, FakeStore(), asking(queries, storage_window=4), meter=meter).run(
        "j"
    )
    assert [outcome.reading.rows for outcome in result.outcomes] == [1, 2, 3]
    assert [outcome.reading.skipped_rows for outcome in result.outcomes] == [1, 2, 3]
