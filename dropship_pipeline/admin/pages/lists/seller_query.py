"""The search, filters and order of the list of sellers: as a page's address, as filters and as an export."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Self
from urllib.parse import urlencode

from dropship_pipeline.admin.pages.ui.forms import Filled
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.review.marks import MARK_FILTERS, MAX_TAG_CHARS, MarkFilter
from dropship_pipeline.storage.sellers.filters import EVERY_SELLER, SELLER_MATCHES, SellerFilters, SellerMatch
from dropship_pipeline.storage.sellers.listing import SELLER_SORTS, SellerList, SellerSort

MAX_SEARCH = 200
MAX_COPIED = 5_000
MAX_NUMBER = 1_000_000
MAX_DIGITS = 10
FIRST_YEAR = 1900
MAX_CATEGORY, MAX_JOB, MAX_COLUMNS = 500, 100, 20
PERCENT, MOST_PERCENT = 100, 10_000
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerQuery:
    """What is looked for.

    Args:
        first_seen: a date (`2026-01-31`): first seen on it or later; empty for any.
        min_margin: whole percent, such as `-5`; empty for any. `max_margin` likewise.
        min_photos: percent of the photos that were compared which are Amazon's own; 0 for any.
        last_seen: a date: last seen on it or later; empty for any.
        run: number of a run that met the seller; 0 for any.
        columns: keys of those that are shown; none for the usual ones.
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
    columns: tuple[str, ...] = ()
    sort: SellerSort = "products"
    descending: bool = True

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The query in a page's address; wrong values are left out."""
        sort: SellerSort = next((name for name in SELLER_SORTS if name == query.get("sort")), "products")
        first_seen = query.get("first_seen", "")
        return cls(
            search=query.get("search", "")[:MAX_SEARCH],
            min_products=min(_number(query.get("min_products", "")), MAX_NUMBER),
            first_seen=first_seen if _date(first_seen) else "",
            new_only=query.get("new") == "1",
            match=_match(query.get("match", "")),
            marks=_marks(query.get("marks", "")),
            tag=query.get("tag", "")[:MAX_TAG_CHARS],
            min_score=min(_number(query.get("score", "")), PERCENT),
            min_feedback=min(_number(query.get("feedback", "")), PERCENT),
            min_margin=_percent(query.get("margin_from", "")),
            max_margin=_percent(query.get("margin_to", "")),
            min_photos=min(_number(query.get("photos", "")), PERCENT),
            last_seen=query.get("seen", "") if _date(query.get("seen", "")) else "",
            category=query.get("category", "")[:MAX_CATEGORY],
            run=_number(query.get("run", "")),
            job=query.get("job", "")[:MAX_JOB],
            columns=tuple(name for name in query.get("columns", "").split(",")[:MAX_COLUMNS] if name),
            sort=sort,
            descending=query.get("order", "desc") != "asc",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered out."""
        return self.filters() != EVERY_SELLER

    @property
    def filtered_more(self) -> bool:
        """Whether one of the filters is set that are shown only on request."""
        usual = replace(self, search="", min_products=0, first_seen="", new_only=False, match="all")
        return usual.narrowed

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
            marks=_marks(filled.text("marks")),
            tag=filled.text("tag")[:MAX_TAG_CHARS],
            min_score=min(_number(filled.text("score")), PERCENT),
            min_feedback=min(_number(filled.text("feedback")), PERCENT),
            min_margin=_percent(filled.text("margin_from")),
            max_margin=_percent(filled.text("margin_to")),
            min_photos=min(_number(filled.text("photos")), PERCENT),
            last_seen=filled.text("seen") if _date(filled.text("seen")) else "",
            category=filled.text("category")[:MAX_CATEGORY],
            run=_number(filled.text("run")),
            job=filled.text("job")[:MAX_JOB],
        )

    def address(self) -> str:
        """The query as part of a page's address."""
        values = {
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
            "columns": ",".join(self.columns),
            "sort": "" if self.sort == "products" and self.descending else self.sort,
            "order": "" if self.descending else "asc",
        }
        given = {name: value for name, value in values.items() if value}
        return f"?{urlencode(given, safe=',')}" if given else ""

    def filters(self) -> SellerFilters:
        """The filters of the list."""
        return SellerFilters(
            search=self.search,
            min_products=self.min_products,
            first_seen_after=_before(self.first_seen),
            last_seen_after=_before(self.last_seen),
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


def export_values(filters: SellerFilters) -> dict[str, str]:
    """The filters as query parameters of the export, which have their names."""
    given = {name: value for name, value in asdict(filters).items() if value != getattr(EVERY_SELLER, name)}
    return {name: _sent(value) for name, value in given.items()}


def _sent(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


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


def _marks(text: str) -> MarkFilter:
    return next((name for name in MARK_FILTERS if name == text), "all")


def _number(text: str) -> int:
    """A whole number that is not negative; 0 for everything else."""
    return int(text[:MAX_DIGITS]) if text.isascii() and text.isdigit() else 0


def _percent(text: str) -> str:
    """Whole percent as text; empty for everything else, such as half a number while it is typed."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}{min(int(digits[:MAX_DIGITS]), MOST_PERCENT)}" if digits.isascii() and digits.isdigit() else ""


def _before(date: str) -> datetime | None:
    """The last moment before a date: the list is asked for what is later."""
    day = _date(date)
    return day - timedelta(microseconds=1) if day else None


def _match(text: str) -> SellerMatch:
    return next((name for name in SELLER_MATCHES if name == text), "all")


def _date(text: str) -> datetime | None:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None  # a date that is being typed passes through year 1
