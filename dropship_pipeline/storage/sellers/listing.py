"""Lists sellers: searched, filtered, in seven orders, a page at a time, as fast for many sellers as for few."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, func, literal, select

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import normalize_seller_name
from dropship_pipeline.storage.database.connection import OfOrg, storable
from dropship_pipeline.storage.database.cursor_pages import (
    MOST_COUNTED,
    Count,
    CursorPage,
    Order,
    count_rows,
    read_page,
)
from dropship_pipeline.storage.database.tables import seller_feedback, sellers
from dropship_pipeline.storage.sellers.counts import refresh_if_stale
from dropship_pipeline.storage.sellers.filters import EVERY_SELLER, SellerFilters, latest_job
from dropship_pipeline.storage.sellers.values import SourceProduct

SellerSort = Literal["name", "products", "feedback", "first_seen", "last_seen", "runs", "likelihood"]
SELLER_SORTS: tuple[SellerSort, ...] = get_args(SellerSort)
MAX_PAGE_SIZE = 500

_PLACES: dict[SellerSort, tuple[ColumnElement[Any], ...]] = {
    "name": (sellers.c.seller_name_normalized,),
    "products": (sellers.c.products, sellers.c.id),
    "feedback": (seller_feedback, sellers.c.id),
    "first_seen": (sellers.c.first_seen_at, sellers.c.id),
    "last_seen": (sellers.c.last_seen_at, sellers.c.id),
    "runs": (sellers.c.collection_count, sellers.c.id),
    "likelihood": (sellers.c.likelihood, sellers.c.id),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerRow:
    """A seller in the list.

    Args:
        products: distinct best-selling products of the seller's listings that are accepted or not judged yet.
        accepted: listings that are the product; with the three that follow they add up to all of the seller's.
        in_review: listings that a person should look at.
        rejected: listings of something else.
        not_judged: listings of a release that did not judge them.
        likelihood: 0 to 100 that the seller sells what Amazon ships, as of the latest search.
        collection_count: jobs that saw the seller.
        is_new: seen for the first time by the org's latest finished run of `collect_sellers`.
    """

    id: int
    seller_name: str
    feedback_percent: float | None
    feedback_count: int | None
    products: int
    accepted: int
    in_review: int
    rejected: int
    not_judged: int
    likelihood: int
    collection_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    created_at: datetime
    updated_at: datetime
    is_new: bool


class SellerList(OfOrg):
    """Reads of one org's sellers. Every method raises StorageUnavailable."""

    def page(
        self,
        filters: SellerFilters = EVERY_SELLER,
        *,
        sort: SellerSort = "products",
        descending: bool = True,
        page_size: int = 50,
        cursor: str | None = None,
        number: int = 1,
    ) -> CursorPage[SellerRow]:
        """Read one page.

        Args:
            filters: which sellers.
            sort: by what; sellers that are alike in it follow each other as they were first found.
            descending: largest, latest or last in the alphabet first.
            page_size: at most so many rows.
            cursor: `next_cursor` of the page before, None for a page that is named by its number.
            number: of the page, from 1.

        Raises:
            RequestInvalid: the cursor is none of this list in this order, or the number is too high.
        """
        refresh_if_stale(self._database, self._org_id)
        order = Order(f"sellers:{sort}", _PLACES[sort], descending)
        query = self._matching(select(*seller_columns(self._org_id)), filters)
        rows, next_cursor = read_page(self._database, order, query, page_size, cursor, number)
        return CursorPage([SellerRow(**row) for row in rows], next_cursor)

    def count(self, filters: SellerFilters = EVERY_SELLER, *, at_most: int = MOST_COUNTED) -> Count:
        """How many sellers pass the filters; counting ends at `at_most`."""
        return count_rows(self._database, self._matching(select(literal(1)), filters), at_most)

    def ids_of(self, names: Iterable[str]) -> list[int]:
        """The numbers of sellers by their whole names, in any case and spacing.

        Raises:
            RequestInvalid: the org knows no seller of one of the names.
        """
        wanted = {storable(normalize_seller_name(name)): name for name in names}
        known = sellers.c.seller_name_normalized
        ours = select(known, sellers.c.id).where(sellers.c.org_id == self._org_id, known.in_(wanted))
        with self._database.begin() as connection:
            found = {row[0]: row[1] for row in connection.execute(ours)}
        unknown = [name for folded, name in wanted.items() if folded not in found]
        if unknown:
            raise RequestInvalid(f"No seller is called {', '.join(map(repr, unknown[:10]))}")
        return list(found.values())

    def source_products(self, seller_ids: Iterable[int]) -> dict[int, list[SourceProduct]]:
        """The products that led to sellers, each with the run that found it first."""
        ours = select(sellers.c.id, sellers.c.source_products).where(
            sellers.c.org_id == self._org_id, sellers.c.id.in_(seller_ids)
        )
        with self._database.begin() as connection:
            return {row[0]: [SourceProduct(**product) for product in row[1]] for row in connection.execute(ours)}

    def _matching(self, query: Select[Any], filters: SellerFilters) -> Select[Any]:
        return query.select_from(sellers).where(sellers.c.org_id == self._org_id, *filters.conditions(self._org_id))


def seller_columns(org_id: str) -> list[ColumnElement[Any]]:
    """The columns of a `SellerRow`."""
    names = [name for name in SellerRow.__dataclass_fields__ if name != "is_new"]
    is_new = func.coalesce(sellers.c.first_job_id == latest_job(org_id), literal(False))
    return [*(sellers.c[name] for name in names), is_new.label("is_new")]
