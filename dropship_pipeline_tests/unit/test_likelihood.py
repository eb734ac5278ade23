"""Who is worth an hour: the sum is its parts, and people who resell from Amazon come before all others."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.collection.sellers.likelihood import likelihood_parts
from dropship_pipeline.storage.review.values import SellerFacts

FACTS = st.builds(
    SellerFacts,
    products=st.integers(0, 500),
    categories=st.integers(0, 40),
    median_margin=st.none() | st.floats(-1, 20),
    seen_in=st.integers(0, 12),
    of_runs=st.just(12),
    prices_moved=st.integers(0, 500),
)
RESELLER = SellerFacts(products=9, categories=5, median_margin=0.04, seen_in=3, of_runs=3)
STOCKIST = SellerFacts(products=3, categories=1, median_margin=-0.2, seen_in=3, of_runs=3)
BIG_STOCKIST = dataclasses.replace(STOCKIST, products=8, median_margin=-0.15)
ACCESSORIES = SellerFacts(products=0, categories=0, seen_in=3, of_runs=3)


def points(facts: SellerFacts) -> int:
    return sum(part.points for part in likelihood_parts(facts))


@given(FACTS)
def test_no_part_leaves_its_limits_and_the_sum_stays_from_0_to_100(facts: SellerFacts) -> None:
    parts = likelihood_parts(facts)
    assert 0 <= points(facts) <= 100
    assert all(0 <= part.points <= part.most for part in parts)
    assert [part.points for part in parts] == sorted((part.points for part in parts), reverse=True)


def test_all_parts_together_can_give_exactly_a_hundred() -> None:
    assert sum(part.most for part in likelihood_parts(RESELLER)) == 100


@pytest.mark.parametrize("other", [STOCKIST, BIG_STOCKIST, ACCESSORIES])
def test_a_reseller_comes_before_a_stockist_and_a_seller_of_accessories(other: SellerFacts) -> None:
    assert points(RESELLER) > points(other) + 20


def test_without_an_accepted_match_there_is_nothing_to_judge() -> None:
    assert likelihood_parts(ACCESSORIES) == ()


@given(FACTS)
def test_one_more_accepted_product_never_takes_points_away(facts: SellerFacts) -> None:
    assert points(dataclasses.replace(facts, products=facts.products + 1)) >= points(facts)


def test_what_was_not_measured_gives_no_points_and_says_so() -> None:
    margin = next(part for part in likelihood_parts(SellerFacts(products=1, categories=1)) if part.name == "margin")
    assert (margin.points, margin.reason) == (0, "no price to compare")
