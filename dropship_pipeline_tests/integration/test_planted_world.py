"""A world of which it is known who ships from Amazon: they rank above all others, and the parts say why."""

from dataclasses import dataclass

import pytest

from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.scores import Score, SellerScores
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.listing import SellerList, SellerRow
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing, add_seen_seller

LISTS = ("Kitchen", "Tools", "Toys", "Pets", "Garden")
SEARCHES = ("january", "february")
PRODUCTS = 30
AMAZON_CENTS = 3_000


@dataclass(frozen=True)
class Trade:
    """How a seller sells: which products, at what part of Amazon's price in each search, and how they are judged."""

    products: tuple[int, ...]
    factors: tuple[float, float]
    bands: tuple[str, ...]


def dropshipper(number: int) -> Trade:
    """Many best sellers of all lists, a little above where Amazon's price and the fees are paid; prices follow."""
    return Trade(tuple(range(number, PRODUCTS, 4 - number % 2)), (1.20, 1.24), ("accept",))


def stockist(number: int) -> Trade:
    """Some products of one list that are in stock, bought below Amazon's price and sold below it."""
    own = range(number * 6, number * 6 + 4 + number % 3)
    return Trade(tuple(own), (0.88, 0.88), ("accept",))


def accessories(number: int) -> Trade:
    """Cases and parts for many products: not the product, though one in ten titles reads as if it were."""
    return Trade(
        tuple(range(number, PRODUCTS, 2)), (0.35, 0.35), (*["reject"] * 9, "accept" if number % 2 else "review")
    )


KINDS = {"dropshipper": dropshipper, "stockist": stockist, "accessories": accessories}


@pytest.fixture
def ranked(database: Database, records: RunRecords) -> list[tuple[SellerRow, Score]]:
    """All fifteen as the list ranks them, after two searches."""
    for search, job_id in enumerate(SEARCHES):
        run_id = add_run(records, f"dagster-{job_id}", job_id, status="completed")
        for product in range(PRODUCTS):
            lists = [{"category": LISTS[product // 6], "rank": product % 6 + 1}]
            add_job_product(database, f"A{product}", job_id=job_id, price_cents=AMAZON_CENTS, categories=lists)
        for kind, trade_of in KINDS.items():
            for number in range(5):
                name, trade = f"{kind} {number}", trade_of(number)
                seller_id = (
                    add_seller(database, name) if search == 0 else SellerList(database, "default").ids_of([name])[0]
                )
                add_seen_seller(database, seller_id, job_id, len(trade.products), runs=[run_id])
                for place, product in enumerate(trade.products):
                    add_listing(
                        database, run_id, seller_id, f"A{product}", job_id=job_id, item_id=f"{name} {product}",
                        amazon_price_cents=AMAZON_CENTS, ebay_price_cents=round(AMAZON_CENTS * trade.factors[search]),
                        match_band=trade.bands[place % len(trade.bands)], match_probability=0.5, match_reasons=[],
                        matcher_version="1",
                    )  # fmt: skip
    score_sellers(database, "default", SEARCHES[-1], Settings())
    rows = SellerList(database, "default").page(sort="likelihood", page_size=50).rows
    scores = SellerScores(database, "default").of([row.id for row in rows])
    return [(row, scores[row.id]) for row in rows]


def test_all_who_ship_from_amazon_rank_above_all_others(ranked: list[tuple[SellerRow, Score]]) -> None:
    names = [row.seller_name for row, _ in ranked]
    assert len(names) == 15
    assert {name.split()[0] for name in names[:5]} == {"dropshipper"}
    least, most_of_others = ranked[4][0].likelihood, ranked[5][0].likelihood
    assert least - most_of_others >= 20


def test_the_parts_that_are_shown_say_why(ranked: list[tuple[SellerRow, Score]]) -> None:
    for row, score in ranked:
        points = {part.name: part.points for part in score.parts}
        assert sum(points.values()) == row.likelihood
        if row.seller_name.startswith("dropshipper"):
            assert (
                min(points[name] / part.most for part in score.parts for name in [part.name] if part.most >= 20) >= 0.5
            )
        elif row.seller_name.startswith("stockist"):
            assert points["categories"] <= 4
            assert points["margin"] == 0
        else:
            assert points.get("products", 0) <= 10
            assert points.get("margin", 0) == 0


def test_each_part_has_a_sentence_with_its_figure(ranked: list[tuple[SellerRow, Score]]) -> None:
    reasons = {part.name: part.reason for part in ranked[0][1].parts}
    assert reasons["products"].endswith("best sellers sold")
    assert reasons["categories"] == "in 5 categories"
    assert "left after fees" in reasons["margin"]
    assert reasons["seen"] == "seen in 2 of the last 2 searches"
