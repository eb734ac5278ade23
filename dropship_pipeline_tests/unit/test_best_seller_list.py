"""The worklist: each product once, kept list by list, whatever ends the fetching."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from dropship_pipeline.collection.failures import FailureLog
from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers.best_seller_list import BestSellerList
from dropship_pipeline.errors import BadAnswer, CollectionStoppedError, KeyRefused, RunFatal, TransientError
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.base import CategoryRef
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.paging import ResultPage
from dropship_pipeline.models import Money, Product, Reading
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline.storage.sellers.values import ListOutcome, WorkItem

Pages = Sequence[Sequence[int] | Exception]
OVERLAPPING: Mapping[str, Pages] = {"a": [[1, 2, 3], [4]], "b": [[3, 5], [6]], "c": [[1, 7]]}


@dataclass
class FakeAmazon:
    """Serves numbered products; an exception among the pages is raised."""

    lists: Mapping[str, Pages]
    asked: list[tuple[str, int]] = field(default_factory=list)
    unresolved: Exception | None = None
    meter: CallMeter = field(default_factory=CallMeter)

    async def resolve_categories(self, wanted: Sequence[str]) -> list[CategoryRef]:
        if self.unresolved is not None:
            raise self.unresolved
        return [CategoryRef(id=name) for name in wanted or self.lists]

    async def get_bestsellers(self, category: CategoryRef, page: int) -> ResultPage[Product]:
        self.asked.append((category.label, page))
        pages = self.lists[category.label]
        content = pages[page - 1]
        if isinstance(content, Exception):
            raise content
        self.meter.add(reading=Reading(pages=1, rows=len(content)))
        products = [_product(number, category.label, rank) for rank, number in enumerate(content, start=1)]
        return ResultPage(products=products, last=page == len(pages))


def _product(number: int, category: str, rank: int) -> Product:
    return Product(
        platform="amazon", product_id=f"B{number}", title=f"Lamp {number}", url=f"https://a.example/{number}",
        price=Money(100 * number, "USD") if number % 2 else None, category=category, rank=rank,
    )  # fmt: skip


@dataclass
class FakeWorklist:
    """Keeps products as a table would."""

    items: dict[str, WorkItem] = field(default_factory=dict)
    saves: list[list[str]] = field(default_factory=list)
    lists: list[ListOutcome] = field(default_factory=list)

    def worklist(self) -> list[WorkItem]:
        return sorted(self.items.values(), key=lambda item: item.position)

    def save_worklist(self, items: Sequence[WorkItem]) -> None:
        self.saves.append([item.asin for item in items])
        self.items |= {item.asin: item for item in items}

    def save_list(self, run_id: int, outcome: ListOutcome) -> None:
        self.lists.append(outcome)


@dataclass
class Bench:
    """A list with everything around it."""

    amazon: FakeAmazon = field(default_factory=lambda: FakeAmazon(OVERLAPPING))
    kept: FakeWorklist = field(default_factory=FakeWorklist)
    stop: StopSwitch = field(default_factory=StopSwitch)
    progress: SearchProgress = field(default_factory=lambda: SearchProgress(1))
    errors: list[RunError] = field(default_factory=list)

    async def run(self, **changes: Any) -> int:
        return await BestSellerList(
            SellersSettings(**changes), self.amazon, self.kept, progress=self.progress, stop=self.stop,
            failures=FailureLog(self.errors.append),
        ).run()  # fmt: skip


async def test_a_product_on_several_lists_is_one_row_with_all_of_them() -> None:
    bench = Bench()
    assert await bench.run() == 7
    assert {asin: [listed.category for listed in item.lists] for asin, item in bench.kept.items.items()} == {
        "B1": ["a", "c"], "B2": ["a"], "B3": ["a", "b"], "B4": ["a"], "B5": ["b"], "B6": ["b"], "B7": ["c"],
    }  # fmt: skip


async def test_each_row_has_its_own_place_in_the_order_of_the_lists() -> None:
    bench = Bench()
    await bench.run()
    assert [item.asin for item in bench.kept.worklist()] == [f"B{number}" for number in range(1, 8)]
    assert [item.position for item in bench.kept.worklist()] == list(range(1, 8))


async def test_a_price_that_is_not_known_stays_unknown() -> None:
    bench = Bench()
    await bench.run()
    assert (bench.kept.items["B3"].price, bench.kept.items["B2"].price) == (Money(300, "USD"), None)


async def test_a_list_is_kept_before_the_next_is_asked_for() -> None:
    bench = Bench(FakeAmazon({"a": [[1], [2]], "b": [KeyRefused("refused")]}))
    with pytest.raises(KeyRefused):
        await bench.run()
    assert list(bench.kept.items) == ["B1", "B2"]


async def test_a_page_that_was_paid_for_is_kept_though_the_next_one_fails() -> None:
    bench = Bench(FakeAmazon({"a": [[1], BadAnswer("cut short", status=200)], "b": [[2]]}))
    assert await bench.run() == 2
    assert list(bench.kept.items) == ["B1", "B2"]
    assert [(error.query, error.reason, error.response_status) for error in bench.errors] == [("a", "bad_answer", 200)]


async def test_no_page_is_paid_for_beyond_the_last_or_beyond_what_is_wanted() -> None:
    bench = Bench()
    await bench.run(pages_per_category=1)
    assert bench.amazon.asked == [("a", 1), ("b", 1), ("c", 1)]


async def test_no_list_is_paid_for_once_there_are_products_enough() -> None:
    bench = Bench()
    assert await bench.run(max_products=3) == 3
    assert bench.amazon.asked == [("a", 1)]


async def test_no_products_wanted_is_nothing_asked() -> None:
    bench = Bench()
    assert await bench.run(max_products=0) == 0
    assert bench.amazon.asked == []


async def test_a_stop_between_two_pages_keeps_what_was_fetched() -> None:
    bench = Bench()
    ask = bench.amazon.get_bestsellers

    async def then_stop(category: CategoryRef, page: int) -> ResultPage[Product]:
        bench.stop.ask("the run was asked to stop")
        return await ask(category, page)

    bench.amazon.get_bestsellers = then_stop  # type: ignore[method-assign]
    with pytest.raises(CollectionStoppedError):
        await bench.run()
    assert list(bench.kept.items) == ["B1", "B2", "B3"]


async def test_a_resumed_job_comes_to_the_same_worklist_as_an_undisturbed_one() -> None:
    undisturbed, resumed = Bench(), Bench(FakeAmazon({**OVERLAPPING, "b": [KeyRefused("refused")]}))
    await undisturbed.run()
    with pytest.raises(KeyRefused):
        await resumed.run()
    resumed.amazon.lists = OVERLAPPING
    await resumed.run()
    assert resumed.kept.worklist() == undisturbed.kept.worklist()


async def test_where_no_list_can_be_read_the_run_ends_with_what_the_provider_said() -> None:
    bench = Bench(FakeAmazon({"a": [TransientError("HTTP 503", status=503)], "b": [BadAnswer("x", status=200)]}))
    with pytest.raises(RunFatal, match="Not one best-seller list could be read: x") as error:
        await bench.run()
    assert error.value.status == 200
    assert [failure.query for failure in bench.errors] == ["a", "b"]


async def test_categories_that_cannot_be_asked_for_end_the_run_and_are_recorded() -> None:
    bench = Bench(FakeAmazon(OVERLAPPING, unresolved=TransientError("HTTP 503", status=503)))
    with pytest.raises(RunFatal, match="HTTP 503"):
        await bench.run()
    assert [failure.query for failure in bench.errors] == ["categories"]


async def test_progress_counts_lists_also_those_that_failed() -> None:
    bench = Bench(FakeAmazon({"a": [[1]], "b": [BadAnswer("x", status=200)], "c": [[2]]}))
    await bench.run()
    assert (bench.progress.phase, bench.progress.done, bench.progress.total) == ("amazon_fetch", 3, 3)


async def test_what_became_of_each_list_is_kept_with_how_well_it_was_read() -> None:
    bench = Bench(FakeAmazon({"a": [[1, 2], [3]], "b": [[4], BadAnswer("no list")], "c": [[]]}))
    await bench.run()
    assert [(one.name, one.state, one.reading.rows) for one in bench.kept.lists] == [
        ("a", "found", 3), ("b", "failed", 1), ("c", "none", 0),
    ]  # fmt: skip
