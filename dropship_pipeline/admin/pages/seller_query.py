"""The search, filters and order of the list of sellers: as a page's address, as filters and as an export."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import urlencode

from dropship_pipeline.admin.pages.ui.forms import Filled
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.sellers.filters import SELLER_MATCHES, SellerFilters, SellerMatch
from dropship_pipeline.storage.sellers.listing import SELLER_SORTS, SellerList, SellerSort

MAX_SEARCH = 200
MAX_COPIED = 5_000
MAX_NUMBER = 1_000_000
MAX_DIGITS = 10
FIRST_YEAR = 1900
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerQuery:
    """What is looked for.

    Args:
        first_seen: a date (`2026-01-31`): first seen on it or later; empty for any.
    """

    search: str = ""
    min_products: int = 0
    first_seen: str = ""
    new_only: bool = False
    match: SellerMatch = "all"
    sort: SellerSort = "products"
    descending: bool = True

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The query in a page's address; wrong values are left out."""
        number = query.get("min_products", "")
        sort: SellerSort = next((name for name in SELLER_SORTS if name == query.get("sort")), "products")
        first_seen = query.get("first_seen", "")
        return cls(
            search=query.get("search", "")[:MAX_SEARCH],
            min_products=min(int(number[:MAX_DIGITS]), MAX_NUMBER) if number.isascii() and number.isdigit() else 0,
            first_seen=first_seen if _date(first_seen) else "",
            new_only=query.get("new") == "1",
            match=_match(query.get("match", "")),
            sort=sort,
            descending=query.get("order", "desc") != "asc",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered out."""
        return bool(self.search or self.min_products or self.first_seen or self.new_only or self.match != "all")

    def sorted_by(self, key: str) -> Self:
        """The query sorted by another column, in its usual direction, or by the same one in the other direction."""
        sort = next((name for name in SELLER_SORTS if name == key), self.sort)
        return replace(self, sort=sort, descending=not self.descending if sort == self.sort else sort != "name")

    def filtered(self, filled: Filled) -> Self:
        """The query with the filters of a form.

        Raises:
            RequestInvalid: one of them does not fit.
        """
        number = filled.integer("min_products", "Min. products") or 0
        first_seen = filled.text("first_seen")
        if first_seen and _date(first_seen) is None:
            raise RequestInvalid("First seen from: write a date such as 2026-01-31")
        return replace(
            self,
            search=filled.text("search")[:MAX_SEARCH],
            min_products=min(max(number, 0), MAX_NUMBER),
            first_seen=first_seen,
            new_only=filled.checked("new"),
            match=_match(filled.text("match")),
        )

    def address(self) -> str:
        """The query as part of a page's address."""
        values = {
            "search": self.search,
            "min_products": str(self.min_products or ""),
            "first_seen": self.first_seen,
            "new": "1" if self.new_only else "",
            "match": "" if self.match == "all" else self.match,
            "sort": "" if self.sort == "products" and self.descending else self.sort,
            "order": "" if self.descending else "asc",
        }
        given = {name: value for name, value in values.items() if value}
        return f"?{urlencode(given)}" if given else ""

    def filters(self) -> SellerFilters:
        """The filters of the list."""
        day = _date(self.first_seen)
        # The last moment before the date: the list is asked for what is later.
        after = day - timedelta(microseconds=1) if day else None
        return SellerFilters(
            search=self.search,
            min_products=self.min_products,
            first_seen_after=after,
            new_only=self.new_only,
            match=self.match,
        )


def export_values(filters: SellerFilters) -> dict[str, str]:
    """The filters as query parameters of the export."""
    after = filters.first_seen_after
    values = {
        "search": filters.search,
        "min_products": str(filters.min_products or ""),
        "first_seen_after": after.isoformat() if after else "",
        "new_only": "true" if filters.new_only else "",
        "match": "" if filters.match == "all" else filters.match,
    }
    return {name: value for name, value in values.items() if value}


def copied_names(sellers: SellerList, query: SellerQuery, filters: SellerFilters) -> tuple[list[str], bool]:
    """The names that match, in order, at most `MAX_COPIED`; and whether there are more."""
    names: list[str] = []
    cursor: str | None = None
    while len(names) < MAX_COPIED:
        page = sellers.page(filters, sort=query.sort, descending=query.descending, page_size=_BATCH, cursor=cursor)
        names += [" ".join(row.seller_name.split()) for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return names, False
    return names, True


def _match(text: str) -> SellerMatch:
    return next((name for name in SELLER_MATCHES if name == text), "all")


def _date(text: str) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None  # a date that is being typed passes through year 1
