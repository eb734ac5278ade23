"""The search loop: one call a product, every product one outcome."""

import pytest

from dropship_pipeline.collection.sellers import search as seller_search
from dropship_pipeline.collection.sellers.search import BATCH, LOOK_AHEAD
from dropship_pipeline.errors import (
    BadAnswer,
)
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.models import Money, Reading, Seller
from dropship_pipeline_tests.unit.seller_fakes import MAX_IN_FLIGHT, Bench, FakeEbay, listing, product

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


async def test_what_was_searched_before_is_not_asked_again_and_is_no_progress_of_this_run() -> None:
    bench = Bench()
    await bench.run([product(1), product(2), product(3)], {product(1).asin, product(3).asin})
    assert [query for query, _, _ in bench.ebay.asked] == ["Lamp 00002"]
    assert [*bench.results.states] == [product(2).asin]


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
