"""How fast pairs are judged: a product against 50 listings, each title read once; and rapidfuzz on the same."""

import csv
import time
from dataclasses import dataclass

from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.utils import default_process

from dropship_pipeline.matching.compare import compare
from dropship_pipeline.matching.judge import judge
from dropship_pipeline.matching.titles.title import read_title
from dropship_pipeline.matching.values import Offer
from dropship_pipeline.models import Money
from dropship_pipeline_tests.match_eval.pairs import OWN_PAIRS

PRODUCTS, LISTINGS_A_PRODUCT = 60, 50


@dataclass(frozen=True, slots=True)
class MatchingSpeed:
    """Pairs judged in a second of CPU time, and how many times as long as token_set_ratio that takes."""

    pairs_per_s: float
    times_ratio: float


def matching_speed() -> MatchingSpeed:
    """Judge 3,000 pairs of titles of the labelled set; no title is read twice, as in a search."""
    products, listings = titles("title_a")[:PRODUCTS], titles("title_b")
    price = Money(2_499, "USD")
    judge(compare(Offer(facts=read_title("warm up")), Offer(facts=read_title("warm up"))))
    began = time.process_time()
    for number, title in enumerate(products):
        product = Offer(facts=read_title(title), price=price)
        for listing in fifty_of(number, listings):
            judge(compare(product, Offer(facts=read_title(listing), price=price)))
    ours_s = time.process_time() - began
    began = time.process_time()
    for number, title in enumerate(products):
        for listing in fifty_of(number, listings):
            token_set_ratio(title, listing, processor=default_process)
    theirs_s = time.process_time() - began
    return MatchingSpeed(PRODUCTS * LISTINGS_A_PRODUCT / ours_s, ours_s / theirs_s)


def titles(column: str) -> list[str]:
    """The titles in a column of the labelled set, in its order."""
    titles: list[str] = []
    for path in sorted(OWN_PAIRS.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as lines:
            titles.extend(row[column] for row in csv.DictReader(lines))
    return titles


def fifty_of(number: int, listings: list[str]) -> list[str]:
    """Fifty listings; every product has others until the set is used up, then they are numbered to stay apart."""
    start = number * LISTINGS_A_PRODUCT
    return [
        f"{listings[at % len(listings)]} {at // len(listings) or ''}".rstrip()
        for at in range(start, start + LISTINGS_A_PRODUCT)
    ]
