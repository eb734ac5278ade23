"""What changed between two seller searches: sellers and listings that came and went, and prices that moved.

What was not looked for is not missed: a listing is gone only where both searches asked eBay for its product and were
answered, a seller only where that is so of all its products. A failed search changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Row,
    RowMapping,
    Select,
    cast,
    exists,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.cursor_pages import planning
from dropship_pipeline.storage.database.tables import (
    collection_items,
    collection_runs,
    query_outcomes,
    seller_jobs,
    sellers,
)

MAX_SHOWN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSeller:
    """A seller that one of the searches met and the other did not.

    Args:
        products: best-selling products that led to the seller in the search that met it.
    """

    seller_id: int
    seller_name: str
    products: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedListing:
    """A listing, and what it cost in each search that met it: cents, None where it was not met or had no price."""

    asin: str
    item_id: str
    seller_id: int | None
    seller_name: str | None
    title: str
    currency: str | None
    cents_before: int | None
    cents_after: int | None


Shown = TypeVar("Shown", ChangedSeller, ChangedListing)


@dataclass(frozen=True, slots=True)
class Some(Generic[Shown]):
    """The first rows of a list, and how many it has in all."""

    total: int
    rows: Sequence[Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed from one run's job to another's.

    Args:
        run_id: the later search.
        against: the earlier one.
        new_sellers: met by no search before.
        back_sellers: met before `against`, not by it, and now again.
        gone_sellers: met by `against` and not again, though all their products were asked for.
        moved_prices: listings that both met at another price in the same currency.
    """

    run_id: int
    against: int
    new_sellers: Some[ChangedSeller]
    back_sellers: Some[ChangedSeller]
    gone_sellers: Some[ChangedSeller]
    new_listings: Some[ChangedListing]
    gone_listings: Some[ChangedListing]
    moved_prices: Some[ChangedListing]


class SellerChanges:
    """Compares the seller searches of one org. Every method raises StorageUnavailable."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def run_before(self, run_id: int) -> int | None:
        """The newest finished run before this one of the same settings, on the same kind of data; None without one.

        Raises:
            RequestInvalid: the org has no such run of `collect_sellers`.
        """
        runs, run = collection_runs.c, self._search(run_id)
        same = (
            runs.org_id == self._org_id, runs.job_name == SELLERS.name, runs.id < run_id, runs.job_id != run.job_id,
            runs.sandbox == run.sandbox, _settings(runs.config) == _settings(literal(run.config, JSONB)),
            runs.status.in_(("completed", "degraded")),
        )  # fmt: skip
        newest = select(runs.id).where(*same).order_by(runs.id.desc()).limit(1)
        with self._database.begin() as connection:
            return connection.execute(newest).scalar_one_or_none()

    def between(self, against: int, run_id: int, *, most: int = MAX_SHOWN) -> Changes:
        """What changed from the job of run `against` to that of run `run_id`.

        Args:
            against: number of the earlier run.
            run_id: number of the later run.
            most: at most so many rows of each kind, from 1; totals count all.

        Raises:
            RequestInvalid: the org has no such run of `collect_sellers`, or both belong to one job.
        """
        earlier, later = self._search(against), self._search(run_id)
        if earlier.job_id == later.job_id:
            raise RequestInvalid(f"Runs {against} and {run_id} are of one job: choose runs of two")
        both = _Both.of(self._org_id, earlier.job_id, later.job_id)
        with planning(self._database) as connection:

            def sellers_of(query: Select[Any]) -> Some[ChangedSeller]:
                changed = query.cte("changed")
                named = select(changed, sellers.c.seller_name, _TOTAL).join_from(
                    changed, sellers, sellers.c.id == changed.c.seller_id
                )
                ordered = named.order_by(changed.c.products.desc(), changed.c.seller_id).limit(most)
                return _some(ChangedSeller, connection.execute(ordered).mappings().all())

            def listings_of(query: Select[Any]) -> Some[ChangedListing]:
                changed = query.cte("changed")
                named = select(changed, sellers.c.seller_name, _TOTAL).join_from(
                    changed, sellers, sellers.c.id == changed.c.seller_id, isouter=True
                )
                ordered = named.order_by(changed.c.asin, changed.c.item_id).limit(most)
                return _some(ChangedListing, connection.execute(ordered).mappings().all())

            return Changes(
                run_id=run_id,
                against=against,
                new_sellers=sellers_of(both.came(known_before=against, known=False)),
                back_sellers=sellers_of(both.came(known_before=against, known=True)),
                gone_sellers=sellers_of(both.gone()),
                new_listings=listings_of(both.new_listings()),
                gone_listings=listings_of(both.gone_listings()),
                moved_prices=listings_of(both.moved_prices()),
            )

    def knows(self, run_id: int) -> bool:
        """Whether the org has a run of `collect_sellers` of this number."""
        return self._find(run_id) is not None

    def _search(self, run_id: int) -> Row[Any]:
        run = self._find(run_id)
        if run is None:
            raise RequestInvalid(f"There is no run {run_id} of {SELLERS.name}")
        return run

    def _find(self, run_id: int) -> Row[Any] | None:
        runs = collection_runs.c
        ours = (runs.org_id == self._org_id, runs.id == run_id, runs.job_name == SELLERS.name)
        with self._database.begin() as connection:
            return connection.execute(select(runs.job_id, runs.config, runs.sandbox).where(*ours)).one_or_none()


@dataclass(frozen=True, slots=True)
class _Both:
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

    def moved_prices(self) -> Select[Any]:
        """Listings of both whose price in one currency differs."""
        later, earlier = self.later, self.earlier
        query = _changed(later, before=earlier.c.cents, after=later.c.cents)
        query = query.select_from(later.join(earlier, _same_listing(earlier, later)))
        return query.where(later.c.currency == earlier.c.currency, later.c.cents != earlier.c.cents)


_TOTAL = func.count().over().label("total")
_NO_PRICE = cast(null(), BigInteger)


def _products(asin: ColumnElement[str]) -> ColumnElement[int]:
    return func.count(asin.distinct()).label("products")


def _listings(org_id: str, job_id: str) -> Select[Any]:
    item = collection_items.c
    columns = (item.asin, item.item_id, item.seller_id, item.title, item.currency, item.ebay_price_cents.label("cents"))
    return select(*columns).where(item.org_id == org_id, item.job_id == job_id)


def _searches(org_id: str, job_id: str) -> Select[Any]:
    """The products that a job searched eBay for."""
    outcome = query_outcomes.c
    return select(outcome.query).where(outcome.org_id == org_id, outcome.job_id == job_id, outcome.platform == "ebay")


def _same_listing(earlier: CTE, later: CTE) -> ColumnElement[bool]:
    return (earlier.c.asin == later.c.asin) & (earlier.c.item_id == later.c.item_id)


def _changed(shown: CTE, *, before: ColumnElement[Any], after: ColumnElement[Any]) -> Select[Any]:
    columns = (shown.c[name] for name in ("asin", "item_id", "seller_id", "title", "currency"))
    return select(*columns, before.label("cents_before"), after.label("cents_after"))


def _settings(config: ColumnElement[Any]) -> ColumnElement[Any]:
    """What was searched for: the settings but for the job's name and how long it waited."""
    return config.op("-")(literal("job_id")).op("-")(literal("wait_seconds"))


def _some(row: type[Shown], found: Sequence[RowMapping]) -> Some[Shown]:
    names = row.__dataclass_fields__
    return Some(found[0]["total"] if found else 0, [row(**{name: one[name] for name in names}) for one in found])
