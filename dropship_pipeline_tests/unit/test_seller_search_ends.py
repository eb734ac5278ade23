"""How a search for sellers ends early: by a stop, a used-up budget, a refused key, a lost store; nothing is lost."""

import asyncio
from typing import Any

import pytest

from dropship_pipeline.collection.sellers import search as seller_search
from dropship_pipeline.collection.sellers.control_search import ControlSearch
from dropship_pipeline.collection.sellers.search import BATCH
from dropship_pipeline.errors import (
    BudgetExhausted,
    CollectionStoppedError,
    KeyRefused,
    RunFatal,
    StorageUnavailable,
)
from dropship_pipeline.models import utc_now
from dropship_pipeline_tests.unit.seller_fakes import Bench, FakeEbay, FakeResults, product
from dropship_pipeline_tests.unit.test_seller_search import PREPARED


async def test_a_search_that_ends_early_stays_where_it_was_and_is_not_called_stored() -> None:
    bench = Bench(FakeEbay(before=lambda _: bench.stop.ask("enough")))
    with pytest.raises(CollectionStoppedError):
        await bench.run([product(n) for n in range(50)])
    assert bench.progress.phase == "ebay_search"
    assert 0 < bench.progress.done < 50


async def test_a_stop_that_comes_after_the_last_search_leaves_the_run_complete() -> None:
    bench = Bench(FakeEbay(before=lambda query: bench.stop.ask("enough") if query == "Lamp 00003" else None))
    await bench.run([product(1), product(2), product(3)])
    assert set(bench.results.states.values()) == {"found"}


async def test_a_stop_that_forbids_the_control_search_at_the_end_does_not_leave_zeros_unproved() -> None:
    nothing: dict[str, Any] = {f"Lamp {n:05}": () for n in range(1, 4)}
    bench = Bench(FakeEbay(nothing, before=lambda query: bench.stop.ask("enough") if query == "Lamp 00003" else None))
    with pytest.raises(CollectionStoppedError):
        await bench.run([product(1), product(2), product(3)])


async def test_a_stop_keeps_what_came_back_and_begins_nothing_new() -> None:
    def stop_at_the_third(query: str) -> None:
        if query == "Lamp 00003":
            bench.stop.ask("the run was asked to stop")

    bench = Bench(FakeEbay(before=stop_at_the_third))
    with pytest.raises(CollectionStoppedError, match="asked to stop"):
        await bench.run([product(n) for n in range(100)])
    assert len(bench.results.states) == len(bench.ebay.asked) < 20
    assert bench.results.finished == 1


async def test_a_search_that_a_stop_kept_from_being_made_is_not_started_and_not_failed() -> None:
    bench = Bench(FakeEbay({"Lamp 00002": CollectionStoppedError("the run was asked to stop")}))
    with pytest.raises(CollectionStoppedError):
        await bench.run([product(1), product(2), product(3)])
    assert product(2).asin not in bench.results.states
    assert bench.errors == []


async def test_a_used_up_budget_ends_the_search_as_stopped_with_its_reason() -> None:
    bench = Bench(FakeEbay({"Lamp 00002": BudgetExhausted("budget: 10 of 10 credits are spent")}))
    with pytest.raises(BudgetExhausted, match=r"^budget: 10 of 10"):
        await bench.run([product(n) for n in range(1, 100)])
    assert product(1).asin in bench.results.states
    assert product(2).asin not in bench.results.states


async def test_searches_that_are_paid_for_are_made_though_the_next_does_not_fit_the_budget() -> None:
    bench = Bench(
        FakeEbay(
            {f"Lamp {n:05}": BudgetExhausted("budget: used up") for n in range(6, 100)},
            delays={f"Lamp {n:05}": 0.02 for n in range(1, 6)},
        )
    )
    with pytest.raises(BudgetExhausted):
        await bench.run([product(n) for n in range(1, 100)])
    assert list(bench.results.states) == [product(n).asin for n in range(1, 6)]


async def test_a_search_that_fits_once_those_before_it_turned_out_cheaper_is_made_after_all() -> None:
    refused: set[str] = set()

    def refuse_once(query: str) -> None:
        if query != "Lamp 00001" and query not in refused:
            refused.add(query)
            raise BudgetExhausted("budget: reserved")

    bench = Bench(FakeEbay(before=refuse_once))
    await bench.run([product(n) for n in range(1, 10)])
    assert len(bench.results.states) == 9


async def test_a_refused_key_ends_the_run_and_what_came_before_is_kept() -> None:
    bench = Bench(FakeEbay({"Lamp 00002": KeyRefused("refused")}))
    with pytest.raises(KeyRefused):
        await bench.run([product(n) for n in range(1, 50)])
    assert bench.results.states == {product(1).asin: "found"}


async def test_a_call_on_the_wire_is_waited_for_when_another_search_ends_the_run() -> None:
    ended: list[str] = []

    class Patient(FakeEbay):
        async def search(self, query, top_k, filters, *, most_pages):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            try:
                return await super().search(query, top_k, filters, most_pages=most_pages)
            except asyncio.CancelledError:
                await asyncio.sleep(0.02)  # as a paid call waits for its answer
                ended.append(query)
                raise

    bench = Bench(Patient({"Lamp 00001": KeyRefused("refused")}, delays={"Lamp 00002": 5.0}))
    with pytest.raises(KeyRefused):
        await bench.run([product(1), product(2)])
    assert ended == ["Lamp 00002"]


async def test_a_lost_database_ends_the_run_instead_of_buying_what_cannot_be_kept() -> None:
    bench = Bench(results=FakeResults(error=StorageUnavailable("gone")))
    with pytest.raises(StorageUnavailable):
        await bench.run([product(n) for n in range(1_000)])
    assert len(bench.ebay.asked) <= BATCH + PREPARED + 1


@pytest.mark.parametrize(
    ("error", "ended_as"),
    [
        (BudgetExhausted("budget: all"), BudgetExhausted),
        (CollectionStoppedError("stopped"), CollectionStoppedError),
    ],
)
async def test_a_control_search_that_may_not_be_made_lets_the_searches_in_flight_come_back(
    error: RunFatal, ended_as: type[RunFatal]
) -> None:
    class Due(ControlSearch):
        async def check(self) -> None:
            """At the start all is well."""

        async def check_if_due(self, *, at_end: bool = False) -> None:
            raise error

    async def unused(_: str) -> None:
        raise AssertionError

    bench = Bench(control_search=Due(unused))
    with pytest.raises(ended_as):
        await bench.run([product(n) for n in range(50)])
    # Those that were open when the first one ended are kept, whatever became of the control search.
    assert len(bench.results.outcomes) == len(bench.ebay.asked) >= PREPARED


def test_a_search_that_was_not_made_has_no_outcome_instead_of_an_invented_one() -> None:
    search = seller_search._Search(product(1), None, utc_now())
    with pytest.raises(ValueError, match="was not made"):
        seller_search._outcome(search)
    search.state = "none"
    with pytest.raises(ValueError, match="has not ended"):
        seller_search._outcome(search)
