"""The search loop: one call a product, every product one outcome, what was paid for kept whatever ends it."""

import asyncio
from typing import Any

import pytest

from dropship_pipeline.collection.sellers import search as seller_search
from dropship_pipeline.collection.sellers.control_search import ControlSearch
from dropship_pipeline.collection.sellers.search import BATCH, LOOK_AHEAD
from dropship_pipeline.errors import (
    BadAnswer,
    BudgetExhausted,
    CollectionStoppedError,
    KeyRefused,
    RunFatal,
    StorageUnavailable,
)
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.models import Money, Reading, Seller, utc_now
from dropship_pipeline_tests.unit.seller_fakes import MAX_IN_FLIGHT, Bench, FakeEbay, FakeResults, listing, product

PREPARED = LOOK_AHEAD * MAX_IN_FLIGHT


def sellers(bench: Bench) -> set[str]:
    return bench.results.names


async def test_each_product_costs_one_call_of_one_page_for_fifty_listings() -> None:
    bench = Bench()
    await bench.run([product(n) for n in range(120)])
    assert bench.ebay.asked == [(f"Lamp {n:05}", 50, 1) for n in range(120)]


async def test_five_thousand_products_are_all_searched_and_none_is_cut_off() -> None:
    bench = Bench()
    await bench.run([product(n) for n in range(5_000)])
    assert len(bench.results.states) == 5_000
    assert set(bench.results.states.values()) == {"found"}
    assert (bench.progress.done, bench.progress.total) == (1, 1)  # of the last phase, which stores


async def test_outcomes_are_written_in_the_order_of_the_products_though_answers_are_not() -> None:
    bench = Bench(FakeEbay(delays={f"Lamp {n:05}": 0.02 if n % 3 == 0 else 0 for n in range(20)}))
    await bench.run([product(n) for n in range(20)])
    assert [outcome.asin for outcome in bench.results.outcomes] == [product(n).asin for n in range(20)]


async def test_no_more_searches_are_open_at_once_than_are_needed_for_the_quota() -> None:
    open_now: list[int] = []
    bench = Bench(FakeEbay(before=lambda _: open_now.append(len(bench.ebay.asked) - len(open_now))))
    await bench.run([product(n) for n in range(100)])
    assert max(open_now) <= PREPARED


async def test_a_batch_is_written_before_the_run_ends_so_that_memory_does_not_grow() -> None:
    bench = Bench()
    await bench.run([product(n) for n in range(2 * BATCH + 1)])
    assert [len(bench.results.sellers), bench.results.finished] == [3, 1]


async def test_slow_searches_are_written_as_they_come_so_that_who_watches_sees_them_move(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(seller_search, "LONGEST_WAIT_S", 0)
    bench = Bench()
    await bench.run([product(n) for n in range(3)])
    assert len(bench.results.sellers) == 3


async def test_a_search_that_ends_early_stays_where_it_was_and_is_not_called_stored() -> None:
    bench = Bench(FakeEbay(before=lambda _: bench.stop.ask("enough")))
    with pytest.raises(CollectionStoppedError):
        await bench.run([product(n) for n in range(50)])
    assert bench.progress.phase == "ebay_search"
    assert 0 < bench.progress.done < 50


async def test_what_was_searched_before_is_not_asked_again_and_is_no_progress_of_this_run() -> None:
    bench = Bench()
    await bench.run([product(1), product(2), product(3)], {product(1).asin, product(3).asin})
    assert [query for query, _, _ in bench.ebay.asked] == ["Lamp 00002"]
    assert [*bench.results.states] == [product(2).asin]


async def test_a_stop_that_comes_after_the_last_search_leaves_the_run_complete() -> None:
    bench = Bench(FakeEbay(before=lambda query: bench.stop.ask("enough") if query == "Lamp 00003" else None))
    await bench.run([product(1), product(2), product(3)])
    assert set(bench.results.states.values()) == {"found"}


async def test_a_stop_that_forbids_the_control_search_at_the_end_does_not_leave_zeros_unproved() -> None:
    nothing: dict[str, Any] = {f"Lamp {n:05}": () for n in range(1, 4)}
    bench = Bench(FakeEbay(nothing, before=lambda query: bench.stop.ask("enough") if query == "Lamp 00003" else None))
    with pytest.raises(CollectionStoppedError):
        await bench.run([product(1), product(2), product(3)])


async def test_where_nothing_is_left_to_search_no_control_search_is_paid_for() -> None:
    bench = Bench()
    await bench.run([product(1)], {product(1).asin})
    assert (bench.controlled, bench.ebay.asked) == ([], [])


@pytest.mark.parametrize("error", [BadAnswer("a block page", status=200), KeyError("a bug")])
async def test_any_error_of_one_search_is_a_failed_product_and_never_a_lost_one(error: Exception) -> None:
    bench = Bench(FakeEbay({"Lamp 00002": error}))
    await bench.run([product(1), product(2), product(3)])
    assert list(bench.results.states.values()) == ["found", "failed", "found"]
    assert [(failure.product_id, failure.reason) for failure in bench.errors] == [
        (product(2).asin, getattr(error, "kind", "KeyError"))
    ]
    assert bench.results.outcomes[1].error_kind


async def test_listings_that_do_not_pass_are_counted_as_returned_but_not_as_kept() -> None:
    dear = listing(2, "dear", price=Money(1201, "USD"))
    bench = Bench(FakeEbay({"Lamp 00001": (listing(1), dear), "Lamp 00002": (dear,)}))
    await bench.run([product(1), product(2)])
    assert [(outcome.state, outcome.returned, outcome.stored) for outcome in bench.results.outcomes] == [
        ("found", 2, 1), ("none", 1, 0),
    ]  # fmt: skip
    assert sellers(bench) == {"sim"}


async def test_a_product_without_price_is_searched_without_band_and_its_listings_are_marked() -> None:
    bench = Bench()
    await bench.run([product(1, price=None)])
    assert (bench.ebay.filters[0].price_min, bench.ebay.filters[0].price_max) == (None, None)
    assert bench.results.listings[0].unverified == ("band",)


async def test_a_listing_without_seller_is_kept_without_one() -> None:
    bench = Bench(FakeEbay({"Lamp 00001": (listing(1, None), listing(2, "  "))}))
    await bench.run([product(1)])
    assert [found.listing.seller_key for found in bench.results.listings] == [None, None]


@pytest.mark.parametrize(
    "name", ["ACME  Shop", "acme\N{NO-BREAK SPACE}shop", " \N{FULLWIDTH LATIN CAPITAL LETTER A}cme Shop ", "acme\tshop"]
)
async def test_one_seller_in_any_spelling_is_one_row(name: str) -> None:
    bench = Bench(FakeEbay({"Lamp 00001": (listing(1, "Acme Shop"), listing(2, name))}))
    await bench.run([product(1)])
    assert sellers(bench) == {"acme shop"}


async def test_the_products_that_led_to_a_seller_are_newest_first() -> None:
    bench = Bench()
    await bench.run([product(n) for n in range(3)])
    led = bench.results.sellers[0][0].products
    assert [(source.asin, source.title) for source in led] == [(product(n).asin, product(n).title) for n in (2, 1, 0)]


async def test_feedback_that_only_one_listing_tells_is_not_lost() -> None:
    known, unknown = listing(1, Seller("Acme", 99.1, 1204)), listing(2, "ACME")
    bench = Bench(FakeEbay({"Lamp 00001": (known,), "Lamp 00002": (unknown,)}))
    await bench.run([product(1), product(2)])
    (seen,) = bench.results.sellers[0]
    assert seen.seller == Seller("ACME", 99.1, 1204)


@pytest.mark.parametrize(("wanted", "asked"), [(False, 1), (True, 2)])
async def test_a_shorter_search_is_paid_for_only_where_it_is_wanted(wanted: bool, asked: int) -> None:
    title = "Acme Copper Watering Can for the Garden"
    bench = Bench(FakeEbay({title: ()}), settings=SellersSettings(shorter_search=wanted))
    await bench.run([product(1, title=title)])
    assert len(bench.ebay.asked) == asked
    assert bench.results.states == {product(1).asin: "found" if wanted else "none"}


async def test_a_shorter_search_is_not_paid_for_where_the_title_finds_something() -> None:
    title = "Acme Copper Watering Can for the Garden"
    dear = listing(2, price=Money(9_999, "USD"))
    bench = Bench(FakeEbay({title: (dear,)}), settings=SellersSettings(shorter_search=True))
    await bench.run([product(1, title=title)])
    assert len(bench.ebay.asked) == 1


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


async def test_how_well_its_page_was_read_is_part_of_each_outcome_and_of_no_other() -> None:
    part = Reading(pages=1, rows=10, skipped={"no_id": 4}, pages_in_part=1)
    bench = Bench(FakeEbay(reading=part))
    await bench.run([product(n) for n in range(3)])
    assert [outcome.reading for outcome in bench.results.outcomes] == [part] * 3


async def test_a_shorter_search_is_read_as_part_of_the_same_outcome() -> None:
    title = "Acme Lamp AB-1234 with a long title"
    bench = Bench(
        FakeEbay({title: ()}, reading=Reading(pages=1, rows=1)), settings=SellersSettings(shorter_search=True)
    )
    await bench.run([product(1, title=title)])
    assert [outcome.reading.pages for outcome in bench.results.outcomes] == [2]


def test_a_search_that_was_not_made_has_no_outcome_instead_of_an_invented_one() -> None:
    search = seller_search._Search(product(1), None, utc_now())
    with pytest.raises(ValueError, match="was not made"):
        seller_search._outcome(search)
    search.state = "none"
    with pytest.raises(ValueError, match="has not ended"):
        seller_search._outcome(search)
