"""The queries that compare two seller searches, by kind of change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Select,
    Subquery,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)

from dropship_pipeline.storage.database.tables import (
    collection_runs,
    judged_items,
    query_outcomes,
    seller_jobs,
    sellers,
)

# Of which kinds a listing changed; one may be of several.
LISTING_KINDS = ("new", "gone", "price", "band")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSearches:
    """Two searches of an org.

    Args:
        before: job of the earlier search.
        after: job of the later search.
        known_before: a run; a seller that an older one has met is not new.
        of_some: ask only about sellers whose numbers are given with the statement as `seller_ids`. It does not hold
            for `listings`.
    """

    org_id: str
    before: str
    after: str
    known_before: int
    of_some: bool = False

    def sellers(self) -> Mapping[str, Select[Any]]:
        """Sellers that are new, back or gone: `seller_id` and how many `products` led to the seller.

        One that was met before might have been met by the earlier search too, had it been answered: only what was
        looked for tells that it is back. One is gone where all its products were asked for again.
        """
        came, gone = self._came(), self._gone()
        return {
            "new": select(came.c.seller_id, came.c.products).where(~came.c.known),
            "back": select(came.c.seller_id, came.c.products).where(came.c.known, came.c.looked_for),
            "gone": gone,
        }

    def moved_sellers(self) -> Select[Any]:
        """Each `seller_id` with a listing whose price moved."""
        later, earlier = self._listings(self.after), self._listings(self.before)
        both = later.join(earlier, _same_listing(earlier, later))
        moved = select(later.c.seller_id).select_from(both).where(_price_moved(earlier, later))
        if not self.of_some:
            return moved.where(later.c.seller_id.is_not(None)).distinct()
        # Of a few sellers the first listing that moved is enough.
        asked = sellers.c.id
        found = moved.where(later.c.seller_id == asked).correlate(sellers).exists()
        return select(asked.label("seller_id")).where(asked.in_(_SELLER_IDS), found)

    def listings(self) -> Mapping[str, Select[Any]]:
        """Listings of each of `LISTING_KINDS`, with the `job_id` of the latest search that met them.

        Those of products whose earlier search failed are not new; gone are those whose product was asked for again. A
        price has moved in one currency only. Those of a release that did not judge are left out of `band`; the others
        show no bands.
        """
        compared = self._compared()
        bands = {f"band_{when}": null().label(f"band_{when}") for when in ("before", "after")}
        return {
            kind: select(*(column if kind == "band" else bands.get(column.name, column) for column in compared.c))
            .where(compared.c[kind])
            for kind in LISTING_KINDS
        }  # fmt: skip

    def _came(self) -> CTE:
        """Sellers of the later search alone: were they known before, and was any of their products looked for then?"""
        later = self._listings(self.after)
        looked_for = func.bool_or(later.c.asin.not_in(self._unanswered_before()))
        return (
            select(
                later.c.seller_id, _products(later), looked_for.label("looked_for"),
                self._met_by_older(later.c.seller_id).label("known"),
            )
            .where(later.c.seller_id.in_(self._met_by_one(self.after, self.before)))
            .group_by(later.c.seller_id)
            .cte("came")
        )  # fmt: skip

    def _gone(self) -> Select[Any]:
        """Sellers of the earlier search alone, all of whose products were asked for again."""
        earlier = self._listings(self.before)
        only_then = earlier.c.seller_id.in_(self._met_by_one(self.before, self.after))
        asked_again = func.bool_and(earlier.c.asin.in_(self._answered_after()))
        gone = select(earlier.c.seller_id, _products(earlier)).where(only_then)
        return gone.group_by(earlier.c.seller_id).having(asked_again)

    def _compared(self) -> CTE:
        """Listings that changed, each once: both searches are read once for all kinds."""
        later, earlier = self._listings(self.after), self._listings(self.before)
        is_later = later.c.asin.is_not(None)
        new = earlier.c.asin.is_(None) & later.c.asin.not_in(self._unanswered_before())
        gone = later.c.asin.is_(None) & earlier.c.asin.in_(self._answered_after())
        both = select(
            case((is_later, literal(self.after)), else_=literal(self.before)).label("job_id"),
            *(case((is_later, later.c[name]), else_=earlier.c[name]).label(name) for name in _SHOWN),
            *(earlier.c[name].label(f"{name}_before") for name in ("cents", "band")),
            *(later.c[name].label(f"{name}_after") for name in ("cents", "band")),
            new.label("new"),
            gone.label("gone"),
            _price_moved(earlier, later).label("price"),
            (later.c.band != earlier.c.band).label("band"),
        )
        each = both.select_from(later.outerjoin(earlier, _same_listing(earlier, later), full=True)).subquery("each")
        return select(each).where(or_(*(each.c[kind] for kind in LISTING_KINDS))).cte("compared")

    def _listings(self, job_id: str) -> Subquery:
        item = judged_items.c
        columns = (item.asin, item.item_id, item.seller_id, item.currency, item.band)
        ours = (item.org_id == self.org_id, item.job_id == job_id)
        return select(*columns, item.ebay_price_cents.label("cents")).where(*ours).subquery()

    def _asked_about(self, seller_id: ColumnElement[int]) -> ColumnElement[bool]:
        return seller_id.in_(_SELLER_IDS) if self.of_some else seller_id.is_not(None)

    def _met_by_one(self, job_id: str, other: str) -> Select[Any]:
        """The sellers that one of the searches met and the other did not."""
        met, met_by_other = seller_jobs.alias().c, seller_jobs.alias().c
        found = (met.job_id == job_id, self._asked_about(met.seller_id))
        too = exists().where(met_by_other.seller_id == met.seller_id, met_by_other.job_id == other)
        return select(met.seller_id).where(*found, ~too)

    def _met_by_older(self, seller_id: ColumnElement[int]) -> ColumnElement[bool]:
        met, run = seller_jobs.c, collection_runs.c
        return (
            select(met.seller_id)
            .join(collection_runs, run.job_id == met.job_id)
            .where(
                met.seller_id == seller_id, run.org_id == self.org_id, run.id < self.known_before,
                met.job_id.not_in((self.before, self.after)),
            )
            .exists()
        )  # fmt: skip

    def _unanswered_before(self) -> Select[Any]:
        return _searches(self.org_id, self.before).where(~_ANSWERED)

    def _answered_after(self) -> Select[Any]:
        return _searches(self.org_id, self.after).where(_ANSWERED)


_SHOWN = ("asin", "item_id", "seller_id", "currency")
_SELLER_IDS: BindParameter[int] = bindparam("seller_ids", expanding=True)
_ANSWERED = query_outcomes.c.state.in_(("found", "none"))


def _products(listings: Subquery) -> ColumnElement[int]:
    return func.count(listings.c.asin.distinct()).label("products")


def _searches(org_id: str, job_id: str) -> Select[Any]:
    """The products that a job searched eBay for."""
    outcome = query_outcomes.c
    return select(outcome.query).where(outcome.org_id == org_id, outcome.job_id == job_id, outcome.platform == "ebay")


def _same_listing(earlier: Subquery, later: Subquery) -> ColumnElement[bool]:
    return (earlier.c.asin == later.c.asin) & (earlier.c.item_id == later.c.item_id)


def _price_moved(earlier: Subquery, later: Subquery) -> ColumnElement[bool]:
    return (later.c.currency == earlier.c.currency) & (later.c.cents != earlier.c.cents)
