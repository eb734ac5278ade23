"""The search, filters and order of the list of sellers: as a page's address and as filters."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from dropship_pipeline.admin.pages.lists import values
from dropship_pipeline.admin.pages.lists.query import ListQuery, columns_of
from dropship_pipeline.admin.pages.lists.values import MAX_JOB, MAX_SEARCH, PERCENT
from dropship_pipeline.admin.pages.ui.forms import Filled
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.review.marks import MARK_FILTERS, MAX_TAG_CHARS, MarkFilter
from dropship_pipeline.storage.sellers.filters import SELLER_MATCHES, SellerFilters, SellerMatch
from dropship_pipeline.storage.sellers.listing import SELLER_SORTS, SellerList, SellerSort

MAX_COPIED = 5_000
MAX_NUMBER = 1_000_000
MAX_CATEGORY = 500
_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class SellerQuery(ListQuery):
    """What is looked for.

    Args:
        first_seen: a date (`2026-01-31`): first seen on it or later; empty for any.
        min_margin: whole percent, such as `-5`; empty for any. `max_margin` likewise.
        min_photos: percent of the photos that were compared which are Amazon's own; 0 for any.
        last_seen: a date: last seen on it or later; empty for any.
        run: number of a run that met the seller; 0 for any.
    """

    search: str = ""
    min_products: int = 0
    first_seen: str = ""
    new_only: bool = False
    match: SellerMatch = "all"
    marks: MarkFilter = "all"
    tag: str = ""
    min_score: int = 0
    min_feedback: int = 0
    min_margin: str = ""
    max_margin: str = ""
    min_photos: int = 0
    last_seen: str = ""
    category: str = ""
    run: int = 0
    job: str = ""
    sort: SellerSort = "products"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The query in a page's address; wrong values are left out."""
        first_seen = query.get("first_seen", "")
        return cls(
            search=query.get("search", "")[:MAX_SEARCH],
            min_products=min(values.number(query.get("min_products", "")), MAX_NUMBER),
            first_seen=first_seen if values.date(first_seen) else "",
            new_only=query.get("new") in {"1", "on"},  # in an address, from a form
            match=values.one_of(SELLER_MATCHES, query.get("match"), "all"),
            marks=values.one_of(MARK_FILTERS, query.get("marks"), "all"),
            tag=query.get("tag", "")[:MAX_TAG_CHARS],
            min_score=min(values.number(query.get("score", "")), PERCENT),
            min_feedback=min(values.number(query.get("feedback", "")), PERCENT),
            min_margin=values.percent(query.get("margin_from", "")),
            max_margin=values.percent(query.get("margin_to", "")),
            min_photos=min(values.number(query.get("photos", "")), PERCENT),
            last_seen=query.get("seen", "") if values.date(query.get("seen", "")) else "",
            category=query.get("category", "")[:MAX_CATEGORY],
            run=values.number(query.get("run", "")),
            job=query.get("job", "")[:MAX_JOB],
            columns=columns_of(query),
            sort=values.one_of(SELLER_SORTS, query.get("sort"), "products"),
            descending=query.get("order", "desc") != "asc",
        )

    @property
    def filtered_more(self) -> bool:
        """Whether one of the filters is set that are shown only on request."""
        usual = replace(self, search="", min_products=0, first_seen="", new_only=False, match="all")
        return usual.narrowed

    def filtered(self, filled: Filled) -> Self:
        """The query with the filters of a form.

        Raises:
            RequestInvalid: one of them does not fit.
        """
        filled.integer("min_products", "Min. products")
        first_seen = filled.text("first_seen")
        if first_seen and values.date(first_seen) is None:
            raise RequestInvalid("First seen from: write a date such as 2026-01-31")
        return super().filtered(filled)

    def fields(self) -> Mapping[str, str]:
        """What stands in the fields of the form."""
        return {
            "search": self.search,
            "min_products": str(self.min_products or ""),
            "first_seen": self.first_seen,
            "new": "1" if self.new_only else "",
            "match": "" if self.match == "all" else self.match,
            "marks": "" if self.marks == "all" else self.marks,
            "tag": self.tag,
            "score": str(self.min_score or ""),
            "feedback": str(self.min_feedback or ""),
            "margin_from": self.min_margin,
            "margin_to": self.max_margin,
            "photos": str(self.min_photos or ""),
            "seen": self.last_seen,
            "category": self.category,
            "run": str(self.run or ""),
            "job": self.job,
        }

    def filters(self) -> SellerFilters:
        """The filters of the list."""
        return SellerFilters(
            search=self.search,
            min_products=self.min_products,
            first_seen_after=values.before(self.first_seen),
            last_seen_after=values.before(self.last_seen),
            new_only=self.new_only,
            match=self.match,
            marks=self.marks,
            tag=self.tag,
            min_likelihood=self.min_score,
            min_feedback=self.min_feedback,
            min_margin=int(self.min_margin) / PERCENT if self.min_margin else None,
            max_margin=int(self.max_margin) / PERCENT if self.max_margin else None,
            min_photo_share=self.min_photos / PERCENT if self.min_photos else None,
            category=self.category,
            run_id=self.run or None,
            job_id=self.job,
        )


def copied_names(sellers: SellerList, query: SellerQuery) -> tuple[list[str], bool]:
    """The names that match, in order, at most `MAX_COPIED`; and whether there are more."""
    names: list[str] = []
    cursor: str | None = None
    filters = query.filters()
    while len(names) < MAX_COPIED:
        page = sellers.page(filters, sort=query.sort, descending=query.descending, page_size=_BATCH, cursor=cursor)
        names += [" ".join(row.seller_name.split()) for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            return names, False
    return names, True
