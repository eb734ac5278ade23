"""Which products of an org a list shows: conditions on rows of `products`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import ColumnElement, ScalarSelect, or_, select, tuple_

from dropship_pipeline.models import Platform
from dropship_pipeline.storage.database.connection import storable
from dropship_pipeline.storage.database.tables import collection_runs, product_prices, products

# Against the price that the collection before saw, in the same currency; one without both is in none of the last four.
PriceMove = Literal["all", "moved", "up", "down", "same"]
PRICE_MOVES: tuple[PriceMove, ...] = get_args(PriceMove)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilters:
    """Which products.

    Args:
        platform: of one marketplace.
        search: part of the title, of the id, or of the seller's name, in any case.
        query: the query that last found it, or its category, in any case.
        job_id: last stored by this job.
        run_id: last stored by the job of this run.
        seen_by_job_id: stored by this job, whatever others have stored it since.
        seen_by_run_id: stored by the job of this run.
        min_price_cents: at least this price, in its own currency; one without a price is left out.
        max_price_cents: at most this price.
        moved: whether its price moved since the collection before, and in which direction.
    """

    platform: Platform | None = None
    search: str = ""
    query: str = ""
    job_id: str | None = None
    run_id: int | None = None
    seen_by_job_id: str | None = None
    seen_by_run_id: int | None = None
    min_price_cents: int | None = None
    max_price_cents: int | None = None
    moved: PriceMove = "all"

    def conditions(self, org_id: str) -> list[ColumnElement[bool]]:
        """What rows of `products` must fulfil."""
        return [*self._of_texts(), *self._of_searches(org_id), *self._of_prices()]

    def _of_texts(self) -> Iterator[ColumnElement[bool]]:
        if self.platform is not None:
            yield products.c.platform == self.platform
        text = storable(self.search.strip())
        if text:
            columns = (products.c.title, products.c.product_id, products.c.seller_name)
            yield or_(*(column.icontains(text, autoescape=True) for column in columns))
        query = storable(self.query.strip())
        if query:
            named = (products.c.query, products.c.category)
            yield or_(*(column.icontains(query, autoescape=True) for column in named))

    def _of_searches(self, org_id: str) -> Iterator[ColumnElement[bool]]:
        if self.job_id is not None:
            yield products.c.last_job_id == storable(self.job_id)
        if self.run_id is not None:
            yield products.c.last_job_id == _job_of(self.run_id, org_id)
        jobs = [storable(self.seen_by_job_id)] if self.seen_by_job_id is not None else []
        for job in (*jobs, *([_job_of(self.seen_by_run_id, org_id)] if self.seen_by_run_id is not None else [])):
            seen = product_prices.c
            theirs = select(seen.platform, seen.product_id).where(seen.org_id == org_id, seen.job_id == job)
            yield tuple_(products.c.platform, products.c.product_id).in_(theirs)

    def _of_prices(self) -> Iterator[ColumnElement[bool]]:
        price, before = products.c.price_cents, products.c.previous_price_cents
        if self.min_price_cents is not None:
            yield price >= self.min_price_cents
        if self.max_price_cents is not None:
            yield price <= self.max_price_cents
        moves = {"moved": price != before, "up": price > before, "down": price < before, "same": price == before}
        if self.moved in moves:
            yield moves[self.moved]


EVERY_PRODUCT = ProductFilters()


def _job_of(run_id: int, org_id: str) -> ScalarSelect[str]:
    runs = collection_runs.c
    return select(runs.job_id).where(runs.org_id == org_id, runs.id == run_id).scalar_subquery()
