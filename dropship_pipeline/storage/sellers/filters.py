"""Which sellers of an org a list shows: conditions on rows of `sellers`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import ColumnElement, Float, cast, func, select

from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.models import normalize_seller_name
from dropship_pipeline.storage.database.connection import storable
from dropship_pipeline.storage.database.tables import (
    collection_items,
    collection_runs,
    job_products,
    seller_jobs,
    seller_runs,
    seller_scores,
    sellers,
)
from dropship_pipeline.storage.review.marks import MarkFilter, marked

# By the best of a seller's listings: one is accepted; else one is in review; else one is rejected; else none is judged.
SellerMatch = Literal["all", "accept", "review", "reject", "not_judged"]
SELLER_MATCHES: tuple[SellerMatch, ...] = get_args(SellerMatch)


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerFilters:
    """Which sellers.

    Args:
        search: part of the name, in any case and spacing.
        min_products: at least so many `products`.
        first_seen_after: first seen later than this, with timezone.
        new_only: seen for the first time by the org's latest finished run of `collect_sellers`.
        marks: what people said of the seller.
        tag: one of the seller's tags, as it was written.
        match: by the best that was judged of the seller's listings.
        min_likelihood: at least so likely that the seller sells what Amazon ships, from 0 to 100.
        ids: only those of these numbers; None for all.
        run_id: met by this run.
        job_id: met by a run of this job.
        category: with a listing for a product of this best-seller list.
        min_margin: at least this median margin, a share of Amazon's price; one whose margin is not known is left out.
        max_margin: at most this median margin.
        min_feedback: at least this share of positive feedback, 0 to 100.
        min_photo_share: Amazon's own is at least this share, 0 to 1, of the photos of accepted listings that were
            compared; one of whose photos none was compared is left out.
        last_seen_after: last seen later than this, with timezone.
    """

    search: str = ""
    min_products: int = 0
    first_seen_after: datetime | None = None
    new_only: bool = False
    marks: MarkFilter = "all"
    tag: str = ""
    match: SellerMatch = "all"
    min_likelihood: int = 0
    ids: tuple[int, ...] | None = None
    run_id: int | None = None
    job_id: str = ""
    category: str = ""
    min_margin: float | None = None
    max_margin: float | None = None
    min_feedback: float = 0
    min_photo_share: float | None = None
    last_seen_after: datetime | None = None

    def conditions(self, org_id: str) -> list[ColumnElement[bool]]:
        """What rows of `sellers` must fulfil."""
        name = storable(normalize_seller_name(self.search))
        wanted: list[tuple[object, ColumnElement[bool]]] = [
            (name, sellers.c.seller_name_normalized.contains(name, autoescape=True)),
            (self.min_products > 0, sellers.c.products >= self.min_products),
            (self.min_likelihood > 0, sellers.c.likelihood >= self.min_likelihood),
            (self.min_feedback > 0, sellers.c.feedback_percent >= self.min_feedback),
            (self.ids is not None, sellers.c.id.in_(self.ids or ())),
            (self.new_only, sellers.c.first_job_id == latest_job(org_id)),
        ]
        found = [condition for is_wanted, condition in wanted if is_wanted]
        return [
            *found,
            *self._of_times(),
            *self._of_searches(org_id),
            *self._of_scorecard(),
            *_judged(self.match),
            *marked(self.marks, self.tag),
        ]

    def _of_times(self) -> Iterator[ColumnElement[bool]]:
        if self.first_seen_after is not None:
            yield sellers.c.first_seen_at > self.first_seen_after
        if self.last_seen_after is not None:
            yield sellers.c.last_seen_at > self.last_seen_after

    def _of_searches(self, org_id: str) -> Iterator[ColumnElement[bool]]:
        """Which searches met the seller, and with products of which list."""
        if self.run_id is not None:
            run = seller_runs.c
            yield sellers.c.id.in_(select(run.seller_id).where(run.run_id == self.run_id))
        if self.job_id:
            job = seller_jobs.c
            yield sellers.c.id.in_(select(job.seller_id).where(job.job_id == storable(self.job_id)))
        if self.category:
            item, product = collection_items.c, job_products.c
            same = (product.job_id == item.job_id) & (product.asin == item.asin)
            listed = product.categories.contains([{"category": storable(self.category)}])
            ours = select(item.seller_id).join(job_products, same).where(product.org_id == org_id, listed)
            yield sellers.c.id.in_(ours)

    def _of_scorecard(self) -> Iterator[ColumnElement[bool]]:
        score = seller_scores.c
        # Null, which no end lets pass, where no photo was compared.
        share = cast(score.amazon_photos, Float) / func.nullif(score.photos_compared, 0)
        ends = [score.median_margin >= self.min_margin] if self.min_margin is not None else []
        ends += [score.median_margin <= self.max_margin] if self.max_margin is not None else []
        ends += [share >= self.min_photo_share] if self.min_photo_share is not None else []
        if ends:
            yield select(score.seller_id).where(score.seller_id == sellers.c.id, *ends).exists()


def _judged(match: SellerMatch) -> list[ColumnElement[bool]]:
    """Each seller is in one of the four, by the best of its listings."""
    counts = (sellers.c.accepted, sellers.c.in_review, sellers.c.rejected)
    best = {"accept": 0, "review": 1, "reject": 2, "not_judged": 3}.get(match)
    if best is None:
        return []
    return [*(count == 0 for count in counts[:best]), *(count > 0 for count in counts[best : best + 1])]


EVERY_SELLER = SellerFilters()


def latest_job(org_id: str) -> ColumnElement[str | None]:
    """The job of the org's latest finished run of `collect_sellers`, as a subquery."""
    runs = collection_runs.c
    return (
        select(runs.job_id)
        .where(runs.org_id == org_id, runs.job_name == SELLERS.name, runs.status.in_(("completed", "degraded")))
        .order_by(runs.id.desc())
        .limit(1)
        .scalar_subquery()
    )
