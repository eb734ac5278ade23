"""What `dropship demo` shows of its two runs, in lines for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row, func, select

from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.s3.seaweed import BUCKET
from dropship_pipeline.models import Money
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_runs, images, query_outcomes
from dropship_pipeline.storage.review.scores import Score, SellerScores
from dropship_pipeline.storage.sellers.evidence import EvidenceListing, EvidenceProduct, SellerEvidence
from dropship_pipeline.storage.sellers.filters import SellerFilters
from dropship_pipeline.storage.sellers.listing import SellerList, SellerRow

ORG = "default"
SHOWN = 10
LONGEST_NAME = 24
LONGEST_TITLE = 90
PHASES: Mapping[str, str] = {
    "amazon_fetch": "reading best-seller lists:",
    "ebay_search": "searching eBay for each best seller:",
    "photo_evidence": "comparing photos with Amazon's:",
    "storing": "storing:",
}


def products(database: Database) -> Iterator[str]:
    """How the run of `collect_and_store` ended, and what it brought from each marketplace."""
    with database.begin() as connection:
        run = connection.execute(_newest_run).first()
        if run is None:
            yield "The run ended before it was recorded."
            return
        platforms = connection.execute(_by_platform.where(query_outcomes.c.job_id == run.job_id)).all()
    yield _ended(run)
    yield "  platform   queries  returned  stored  without image  failed  credits"
    for row in platforms:
        yield (
            f"  {row.platform:<9}{row.queries:>9}{row.returned:>10}{row.stored:>8}"
            f"{row.without_image:>15}{row.failed:>8}{row.credits:>9}"
        )


def sellers(database: Database) -> Iterator[str]:
    """How the run of `collect_sellers` ended, the likeliest sellers with their margin, and one of the pairs."""
    with database.begin() as connection:
        run = connection.execute(_newest_run).first()
    if run is None or run.job_name != SELLERS.name:
        yield "The run ended before it was recorded."
        return
    yield f"{_ended(run)}; {run.sellers_found} sellers, {run.credits_used} credits"
    found = SellerList(database, ORG).page(SellerFilters(match="accept"), sort="likelihood", page_size=SHOWN).rows
    if not found:
        yield "No seller offers one of the best sellers within the price band."
        return
    scores = SellerScores(database, ORG).of([row.id for row in found])
    yield f"The {len(found)} sellers that are likeliest to sell what Amazon ships:"
    yield f"  {'seller':<{LONGEST_NAME}}  score  matches  products  margin  feedback"
    yield from (_seller(row, scores.get(row.id)) for row in found)
    yield from _pair(database, found[0])


def whereabouts(database: Database, home: StackHome) -> Iterator[str]:
    """Where everything lies."""
    with database.begin() as connection:
        pictures = connection.execute(select(func.count(images.c.sha256.distinct()))).scalar_one()
    yield "Where it lies:"
    yield f"  pictures   {pictures} objects under images/ in bucket {BUCKET}, kept in {home.path / 's3'}"
    yield f"  rows       tables products, sellers, collection_items, …, kept in {home.path / 'postgres'}"
    yield "  Dagster    both runs, in database dagster of the same server"


_newest_run = select(collection_runs).order_by(collection_runs.c.id.desc()).limit(1)
_by_platform = (
    select(
        query_outcomes.c.platform,
        func.count().label("queries"),
        func.sum(query_outcomes.c.returned).label("returned"),
        func.sum(query_outcomes.c.stored).label("stored"),
        func.sum(query_outcomes.c.without_image).label("without_image"),
        func.sum(query_outcomes.c.collect_errors + query_outcomes.c.store_errors).label("failed"),
        func.sum(query_outcomes.c.credits).label("credits"),
    )
    .group_by(query_outcomes.c.platform)
    .order_by(query_outcomes.c.platform)
)


def _ended(run: "Row[tuple[Any, ...]]") -> str:
    reason = f": {run.error_message}" if run.error_message else ""
    return f"Run {run.id} {run.status}{' on sandbox data' if run.sandbox else ''}{reason}"


def _seller(row: SellerRow, score: Score | None) -> str:
    percent = "" if row.feedback_percent is None else f"{row.feedback_percent:g} % of {row.feedback_count}"
    margin = None if score is None else score.facts.median_margin
    left = "" if margin is None else f"{margin:+.0%}"
    name = _shortened(row.seller_name, LONGEST_NAME)
    return f"  {name:<{LONGEST_NAME}}  {row.likelihood:>5}  {row.accepted:>7}  {row.products:>8}  {left:>6}  {percent}"


def _pair(database: Database, seller: SellerRow) -> Iterator[str]:
    """One accepted pair of a seller, with what speaks for it."""
    for item in SellerEvidence(database, ORG).items(seller.id).rows:
        if item.product is not None and item.match is not None and item.band == "accept":
            yield f"One match of {seller.seller_name}, {item.match.probability:.0%} sure:"
            yield f"  Amazon  {_price(item.product)}  {_shortened(item.product.title, LONGEST_TITLE)}"
            yield f"  eBay    {_price(item.listing)}  {_shortened(item.listing.title, LONGEST_TITLE)}"
            yield f"  because {' '.join(reason.sentence for reason in item.match.reasons)}"
            return


def _price(side: EvidenceProduct | EvidenceListing) -> str:
    return "no price" if side.price_cents is None else str(Money(side.price_cents, side.currency or ""))


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
