"""What changed between two seller searches: sellers and listings that came and went, prices and bands that moved.

What was not looked for is not missed: a listing is gone only where both searches asked eBay for its product and were
answered, a seller only where that is so of all its products. A failed search changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.models import Band
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.cursor_pages import planning
from dropship_pipeline.storage.database.tables import collection_runs, sellers
from dropship_pipeline.storage.review.compared import ComparedSearches

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
        both = ComparedSearches.of(self._org_id, earlier.job_id, later.job_id)
        with planning(self._database) as connection:
            show = partial(_shown, connection, most)
            return Changes(
                run_id=run_id,
                against=against,
                new_sellers=show(ChangedSeller, both.came(known_before=against, known=False)),
                back_sellers=show(ChangedSeller, both.came(known_before=against, known=True)),
                gone_sellers=show(ChangedSeller, both.gone()),
                new_listings=show(ChangedListing, both.new_listings()),
                gone_listings=show(ChangedListing, both.gone_listings()),
                moved_prices=show(ChangedListing, both.moved_prices()),
                moved_bands=show(ChangedListing, both.moved_bands()),
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


def _settings(config: ColumnElement[Any]) -> ColumnElement[Any]:
    """What was searched for: the settings but for the job's name and how long it waited."""
    return config.op("-")(literal("job_id")).op("-")(literal("wait_seconds"))


def _shown(connection: Connection, most: int, row: type[Shown], query: Select[Any]) -> Some[Shown]:
    """The first rows of a query of changes, with the names of their sellers; those without a seller stay."""
    changed = query.cte("changed")
    order = (
        (changed.c.products.desc(), changed.c.seller_id)
        if row is ChangedSeller
        else (changed.c.asin, changed.c.item_id)
    )
    named = select(changed, sellers.c.seller_name, func.count().over().label("total"))
    joined = named.join_from(changed, sellers, sellers.c.id == changed.c.seller_id, isouter=True)
    found = connection.execute(joined.order_by(*order).limit(most)).mappings().all()
    total = found[0]["total"] if found else 0
    return Some(total, [row(**{name: one[name] for name in one if name in row.__dataclass_fields__}) for one in found])
