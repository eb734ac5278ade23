"""The queries that compare two seller searches: one per kind of change."""

from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import CTE, BigInteger, ColumnElement, Select, cast, exists, func, null, select

from dropship_pipeline.storage.database.tables import collection_runs, judged_items, query_outcomes, seller_jobs


@dataclass(frozen=True, slots=True)
class ComparedSearches:
    """The listings of two searches, and which of their products eBay was asked for and answered."""

    org_id: str
    before: str
    after: str
    earlier: CTE
    later: CTE
    unanswered_before: Select[Any]
    answered_after: Select[Any]

    @classmethod
    def of(cls, org_id: str, before: str, after: str) -> Self:
        """The searches of two jobs, by their ids."""
        answered = query_outcomes.c.state.in_(("found", "none"))
        return cls(
            org_id,
            before,
            after,
            _listings(org_id, before).cte("earlier"),
            _listings(org_id, after).cte("later"),
            _searches(org_id, before).where(~answered),
            _searches(org_id, after).where(answered),
        )

    def came(self, *, known_before: int, known: bool) -> Select[Any]:
        """Sellers of the later search alone, that an older one than `known_before` has met or not.

        One that was met before might have been met by `earlier` too, had it been answered: only what was looked for
        tells that it is back.
        """
        later = self.later.c
        met = exists().where(self.earlier.c.seller_id == later.seller_id)
        query = select(later.seller_id, _products(later.asin)).where(later.seller_id.is_not(None), ~met)
        older = (
            select(seller_jobs.c.seller_id)
            .join(collection_runs, collection_runs.c.job_id == seller_jobs.c.job_id)
            .where(
                seller_jobs.c.seller_id == later.seller_id,
                collection_runs.c.org_id == self.org_id,
                collection_runs.c.id < known_before,
                seller_jobs.c.job_id.not_in((self.before, self.after)),
            )
            .exists()
        )
        if not known:
            return query.where(~older).group_by(later.seller_id)
        looked_for = func.bool_or(later.asin.not_in(self.unanswered_before))
        return query.where(older).group_by(later.seller_id).having(looked_for)

    def gone(self) -> Select[Any]:
        """Sellers of the earlier search alone, all of whose products were asked for again."""
        earlier = self.earlier.c
        met = exists().where(self.later.c.seller_id == earlier.seller_id)
        query = select(earlier.seller_id, _products(earlier.asin)).where(earlier.seller_id.is_not(None), ~met)
        return query.group_by(earlier.seller_id).having(func.bool_and(earlier.asin.in_(self.answered_after)))

    def new_listings(self) -> Select[Any]:
        """Listings of the later search alone, but for products whose earlier search failed."""
        later, earlier = self.later, self.earlier
        query = _changed(later, before=_NO_PRICE, after=later.c.cents)
        query = query.select_from(later.outerjoin(earlier, _same_listing(earlier, later)))
        return query.where(earlier.c.asin.is_(None), later.c.asin.not_in(self.unanswered_before))

    def gone_listings(self) -> Select[Any]:
        """Listings of the earlier search alone whose product was asked for again."""
        later, earlier = self.later, self.earlier
        query = _changed(earlier, before=earlier.c.cents, after=_NO_PRICE)
        query = query.select_from(earlier.outerjoin(later, _same_listing(earlier, later)))
        return query.where(later.c.asin.is_(None), earlier.c.asin.in_(self.answered_after))

    def moved_bands(self) -> Select[Any]:
        """Listings of both that were judged otherwise; those of a release that did not judge are left out."""
        later, earlier = self.later, self.earlier
        query = _changed(later, before=earlier.c.cents, after=later.c.cents)
        bands = query.add_columns(earlier.c.band.label("band_before"), later.c.band.label("band_after"))
        return bands.select_from(later.join(earlier, _same_listing(earlier, later))).where(
            later.c.band != earlier.c.band
        )

    def moved_prices(self) -> Select[Any]:
        """Listings of both whose price in one currency differs."""
        later, earlier = self.later, self.earlier
        query = _changed(later, before=earlier.c.cents, after=later.c.cents)
        query = query.select_from(later.join(earlier, _same_listing(earlier, later)))
        return query.where(later.c.currency == earlier.c.currency, later.c.cents != earlier.c.cents)


_NO_PRICE = cast(null(), BigInteger)


def _products(asin: ColumnElement[str]) -> ColumnElement[int]:
    return func.count(asin.distinct()).label("products")


def _listings(org_id: str, job_id: str) -> Select[Any]:
    item = judged_items.c
    columns = (item.asin, item.item_id, item.seller_id, item.title, item.currency, item.band)
    return select(*columns, item.ebay_price_cents.label("cents")).where(item.org_id == org_id, item.job_id == job_id)


def _searches(org_id: str, job_id: str) -> Select[Any]:
    """The products that a job searched eBay for."""
    outcome = query_outcomes.c
    return select(outcome.query).where(outcome.org_id == org_id, outcome.job_id == job_id, outcome.platform == "ebay")


def _same_listing(earlier: CTE, later: CTE) -> ColumnElement[bool]:
    return (earlier.c.asin == later.c.asin) & (earlier.c.item_id == later.c.item_id)


def _changed(shown: CTE, *, before: ColumnElement[Any], after: ColumnElement[Any]) -> Select[Any]:
    columns = (shown.c[name] for name in ("asin", "item_id", "seller_id", "title", "currency"))
    return select(*columns, before.label("cents_before"), after.label("cents_after"))
