"""What changed between two seller searches: sellers and listings that came and went, prices and bands that moved.

What was not looked for is not missed: a listing is gone only where both searches asked eBay for its product and were
answered, a seller only where that is so of all its products. A failed search changes nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, Literal, TypeVar, get_args

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Row,
    RowMapping,
    Select,
    Subquery,
    and_,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.models import Band
from dropship_pipeline.storage.database.connection import OfOrg
from dropship_pipeline.storage.database.cursor_pages import planning
from dropship_pipeline.storage.database.tables import collection_items, collection_runs, sellers
from dropship_pipeline.storage.review.compared import ComparedSearches

MAX_SHOWN = 500

# New and back as `Changes` says, gone, or with a listing whose price moved.
SellerKind = Literal["new", "back", "gone", "moved"]
SELLER_KINDS: tuple[SellerKind, ...] = get_args(SellerKind)


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
    """A listing, and what it cost in each search that met it: cents, None where it was not met or had no price.

    Args:
        band_before, band_after: how both searches judged it; None where this did not change.
    """

    asin: str
    item_id: str
    seller_id: int | None
    seller_name: str | None
    title: str
    currency: str | None
    cents_before: int | None
    cents_after: int | None
    band_before: Band | None = None
    band_after: Band | None = None


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
        moved_bands: listings that both met and judged otherwise.
    """

    run_id: int
    against: int
    new_sellers: Some[ChangedSeller]
    back_sellers: Some[ChangedSeller]
    gone_sellers: Some[ChangedSeller]
    new_listings: Some[ChangedListing]
    gone_listings: Some[ChangedListing]
    moved_prices: Some[ChangedListing]
    moved_bands: Some[ChangedListing]


class SellerChanges(OfOrg):
    """Compares the seller searches of one org. Every method raises StorageUnavailable."""

    def run_before(self, run_id: int) -> int | None:
        """The newest finished run before this one of the same settings, on the same kind of data; None without one.

        Raises:
            RequestInvalid: the org has no such run of `collect_sellers`.
        """
        runs = collection_runs.c
        with self._database.begin() as connection:
            run = self._search(connection, run_id)
            same = (
                runs.org_id == self._org_id, runs.job_name == SELLERS.name, runs.id < run_id, runs.job_id != run.job_id,
                runs.sandbox == run.sandbox, _settings(runs.config) == _settings(literal(run.config, JSONB)),
                runs.status.in_(("completed", "degraded")),
            )  # fmt: skip
            newest = select(runs.id).where(*same).order_by(runs.id.desc()).limit(1)
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
        with self._compared(against, run_id) as (connection, both):
            found_sellers = _shown(connection, _named(both.sellers(), most), ChangedSeller)
            found_listings = _shown(connection, _titled(both.listings(), most), ChangedListing)
        return Changes(
            run_id=run_id,
            against=against,
            new_sellers=found_sellers["new"],
            back_sellers=found_sellers["back"],
            gone_sellers=found_sellers["gone"],
            new_listings=found_listings["new"],
            gone_listings=found_listings["gone"],
            moved_prices=found_listings["price"],
            moved_bands=found_listings["band"],
        )

    def count_sellers(self, against: int, run_id: int) -> dict[SellerKind, int]:
        """How many sellers changed in each way, as `between` says; a seller whose price moved counts once."""
        with self._compared(against, run_id) as (connection, both):
            each = _by_kind(both).subquery()
            counts = dict(connection.execute(select(each.c.kind, func.count()).group_by(each.c.kind)).tuples().all())
        return {kind: counts.get(kind, 0) for kind in SELLER_KINDS}

    def kinds_of(self, against: int, run_id: int, seller_ids: Collection[int]) -> dict[SellerKind, frozenset[int]]:
        """Which of these sellers changed in which way, as `between` says; fast for few of them."""
        with self._compared(against, run_id, of_some=True) as (connection, both):
            found = connection.execute(_by_kind(both), {"seller_ids": list(seller_ids)}).tuples().all()
        return {kind: frozenset(one for of_kind, one in found if of_kind == kind) for kind in SELLER_KINDS}

    def knows(self, run_id: int) -> bool:
        """Whether the org has a run of `collect_sellers` of this number."""
        with self._database.begin() as connection:
            return self._find(connection, run_id) is not None

    @contextmanager
    def _compared(
        self, against: int, run_id: int, *, of_some: bool = False
    ) -> Iterator[tuple[Connection, ComparedSearches]]:
        with planning(self._database) as connection:
            earlier, later = self._search(connection, against), self._search(connection, run_id)
            if earlier.job_id == later.job_id:
                raise RequestInvalid(f"Runs {against} and {run_id} are of one job: choose runs of two")
            # Two searches have a million listings; what does not fit into memory is sorted on disk.
            connection.exec_driver_sql("SET LOCAL work_mem = '64MB'")
            both = ComparedSearches(
                org_id=self._org_id, before=earlier.job_id, after=later.job_id, known_before=against, of_some=of_some
            )
            yield connection, both

    def _search(self, connection: Connection, run_id: int) -> Row[Any]:
        run = self._find(connection, run_id)
        if run is None:
            raise RequestInvalid(f"There is no run {run_id} of {SELLERS.name}")
        return run

    def _find(self, connection: Connection, run_id: int) -> Row[Any] | None:
        runs = collection_runs.c
        ours = (runs.org_id == self._org_id, runs.id == run_id, runs.job_name == SELLERS.name)
        return connection.execute(select(runs.job_id, runs.config, runs.sandbox).where(*ours)).one_or_none()


def _settings(config: ColumnElement[Any]) -> ColumnElement[Any]:
    """What was searched for: the settings but for the job's name and how long it waited."""
    return config.op("-")(literal("job_id")).op("-")(literal("wait_seconds"))


@lru_cache(maxsize=128)
def _by_kind(both: ComparedSearches) -> CompoundSelect[Any]:
    """Pairs of a kind and a seller that changed so. Putting it together takes as long as asking it."""
    changed = {**both.sellers(), "moved": both.moved_sellers()}
    each = ((kind, query.subquery()) for kind, query in changed.items())
    return union_all(*(select(literal(kind).label("kind"), found.c.seller_id) for kind, found in each))


def _named(changed: Mapping[str, Select[Any]], most: int) -> Select[Any]:
    """The first sellers of each kind, those with most products first, with their names."""

    def order(found: Subquery) -> tuple[ColumnElement[Any], ...]:
        return found.c.products.desc(), found.c.seller_id

    first = _first(changed, order, most)
    return select(first, sellers.c.seller_name).join(sellers, sellers.c.id == first.c.seller_id).order_by(*order(first))


def _titled(changed: Mapping[str, Select[Any]], most: int) -> Select[Any]:
    """The first listings of each kind, with titles and the names of their sellers; those without a seller stay."""

    def order(found: Subquery) -> tuple[ColumnElement[Any], ...]:
        return found.c.asin, found.c.item_id

    first, item = _first(changed, order, most), collection_items.c
    same = and_(*(item[name] == first.c[name] for name in ("job_id", "asin", "item_id")))
    listed = first.join(collection_items, same).outerjoin(sellers, sellers.c.id == first.c.seller_id)
    return select(first, item.title, sellers.c.seller_name).select_from(listed).order_by(*order(first))


def _first(
    changed: Mapping[str, Select[Any]], order: Callable[[Subquery], tuple[ColumnElement[Any], ...]], most: int
) -> Subquery:
    """The first rows of each kind, each with how many its kind has in all."""
    firsts = []
    for kind, query in changed.items():
        found = query.subquery()
        first = select(literal(kind).label("kind"), found, func.count().over().label("total"))
        firsts.append(select(first.order_by(*order(found)).limit(most).subquery()))
    return union_all(*firsts).subquery("first")


def _shown(connection: Connection, query: Select[Any], row: type[Shown]) -> defaultdict[str, Some[Shown]]:
    """The rows that a query of `_first` finds, by kind."""
    by_kind: dict[str, list[RowMapping]] = defaultdict(list)
    for one in connection.execute(query).mappings():
        by_kind[one["kind"]].append(one)
    names = row.__dataclass_fields__
    return defaultdict(lambda: Some(0, []), {
        kind: Some(found[0]["total"], [row(**{name: one[name] for name in names}) for one in found])
        for kind, found in by_kind.items()
    })  # fmt: skip
