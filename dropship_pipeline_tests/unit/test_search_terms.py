"""Search terms: never too long, never empty, never an operator, and cut where a person would cut."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.collection.sellers.search_terms import search_terms, shorter_terms

LONG_TAIL = "Invented Steel Vacuum Insulated Tumbler with Lid and Straw"
TITLES = st.text(min_size=1, max_size=300) | st.lists(
    st.sampled_from(
        ["Invented", "lamp", "-10%", "(2 pack)", '"best"', "a,b", "* new *", "|", "–", "XB-100", "\uff08x\uff09", "+x"]
    ),
    min_size=1, max_size=60,
).map(" ".join)  # fmt: skip


@given(title=TITLES)
def test_terms_fit_and_are_never_empty_for_a_title_with_a_letter_or_digit(title: str) -> None:
    if re.search(r"[^\W_]", title):
        assert 1 <= len(search_terms(title)) <= 100


@given(title=TITLES)
def test_no_title_smuggles_an_operator_into_the_search(title: str) -> None:
    terms = search_terms(title)
    if re.search(r"[^\W_]", terms):
        assert not re.search(r'["()*,|]', terms)
        assert not re.search(r"(?:^|\s)[-+@~–—]", terms)


@given(title=TITLES)
def test_terms_of_terms_are_the_same_terms(title: str) -> None:
    terms = search_terms(title)
    assert search_terms(terms) == terms


@given(title=TITLES, brand=st.none() | st.text(max_size=30))
def test_the_second_try_is_always_shorter_and_as_safe(title: str, brand: str | None) -> None:
    terms = shorter_terms(title, brand)
    assert terms is None or (len(terms) <= 100 and not re.search(r'["()*,|]|(?:^|\s)[-+@~]', terms))


@pytest.mark.parametrize("title", ["***", '"', "- - -", "()"])
def test_a_title_of_signs_alone_is_still_not_blank(title: str) -> None:
    assert search_terms(title) == title


def test_a_title_that_fits_is_searched_whole() -> None:
    assert search_terms("Invented Lamp (2 Pack), Black | Great Gift for Dad") == (
        "Invented Lamp 2 Pack Black Great Gift for Dad"
    )


@pytest.mark.parametrize(
    ("title", "terms"),
    [
        (f"{LONG_TAIL} (Great for Water, Iced Tea or Coffee, Smoothies and More)", LONG_TAIL),
        (f"{LONG_TAIL}, Great Gift for Everybody Who Drinks Water at Home, in the Car or at Work", LONG_TAIL),
        (f"{LONG_TAIL} | Leakproof, Dishwasher Safe and Made to Fit Most Cup Holders", f"{LONG_TAIL} Leakproof"),
        (f"{LONG_TAIL} - Leakproof and Dishwasher Safe to Fit Most Cup Holders", LONG_TAIL),
        (f"{LONG_TAIL}, 40oz, {'Dishwasher Safe ' * 5}", f"{LONG_TAIL} 40oz"),
        ("Acme, " + "word " * 40, "Acme " + "word " * 18 + "word"),
        ("lamp with " * 20, "lamp with " * 9 + "lamp"),
        ("x" * 150, "x" * 100),
    ],
)
def test_a_long_title_loses_its_tail_and_no_word_is_torn(title: str, terms: str) -> None:
    assert search_terms(title) == terms.strip()


@pytest.mark.parametrize(
    ("title", "terms"),
    [
        ("Lamp -black", "Lamp black"),
        ("-Lamp", "Lamp"),
        ("Lamp (black,white)", "Lamp black white"),
        ('15.6" "Invented" Laptop', "15.6 Invented Laptop"),
        ("Lamp* @1 +red", "Lamp 1 red"),
        ("Lamp \uff08黒\uff09", "Lamp 黒"),
        ("Lamp –50%", "Lamp 50%"),
        ("Invented™ T-Shirt", "Invented T-Shirt"),
        ("Women's M&M 3/4 Top", "Women's M&M 3/4 Top"),
    ],
)
def test_signs_that_ebay_would_obey_are_taken_out_and_words_stay(title: str, terms: str) -> None:
    assert search_terms(title) == terms


@pytest.mark.parametrize(
    ("title", "brand", "terms"),
    [
        ("Acme WH-1000XM4 Wireless Noise Canceling Headphones, Black", None, "Acme WH-1000XM4"),
        ("Wireless Headphones WH-1000XM4 by Acme in Black", "Acme", "Acme WH-1000XM4"),
        ("Acme Kitchen Blender System with 72oz Pitcher BN801", None, "Acme BN801"),
        ("Acme Sunscreen SPF50 Lotion for the Face 3oz", None, "Acme Sunscreen SPF50 Lotion"),
        ("Acme Rockets Brass Lamp with Paper Shade and Bulb", "Acme Rockets", "Acme Rockets Brass Lamp with"),
        ("Acme Lamp", None, None),
        ("Acme Brass Desk Lamp", None, None),
        ("Lamp", "Lamp", None),
    ],
)
def test_the_second_try_is_brand_and_model(title: str, brand: str | None, terms: str | None) -> None:
    assert shorter_terms(title, brand) == terms
