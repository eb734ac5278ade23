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
    amazon_photos=st.integers(0, 50),
    photos_compared=st.integers(50, 500),
    usual_photo_share=st.none() | st.floats(0, 1),
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


def photo_points(amazon: int, compared: int, usual: float | None) -> int:
    facts = SellerFacts(
        products=5, categories=2, amazon_photos=amazon, photos_compared=compared, usual_photo_share=usual
    )
    return next(part for part in likelihood_parts(facts) if part.name == "photos").points


def test_amazons_own_photo_counts_beside_what_is_usual_only() -> None:
    assert photo_points(16, 16, 1.0) == 0
    assert photo_points(3, 16, 3 / 16) == 0
    assert photo_points(0, 16, 0.2) == 0
    assert photo_points(14, 16, 0.2) >= 8


def test_one_picture_says_less_than_many() -> None:
    assert 0 < photo_points(1, 1, 0.2) < photo_points(4, 4, 0.2) < photo_points(16, 16, 0.2) == 10


@pytest.mark.parametrize(("compared", "usual"), [(0, 0.3), (0, None)])
def test_where_no_photo_is_known_the_part_says_so_and_gives_nothing(compared: int, usual: float | None) -> None:
    facts = SellerFacts(products=5, categories=2, photos_compared=compared, usual_photo_share=usual)
    part = next(part for part in likelihood_parts(facts) if part.name == "photos")
    assert (part.points, part.reason) == (0, "no photo compared with Amazon's")
