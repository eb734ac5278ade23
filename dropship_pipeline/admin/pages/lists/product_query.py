"""The search, filters and order of the list of products: as a page's address and as filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from dropship_pipeline.admin.pages.lists import values
from dropship_pipeline.admin.pages.ui.forms import Filled
from dropship_pipeline.models import PLATFORMS
from dropship_pipeline.storage.products.filters import EVERY_PRODUCT, PRICE_MOVES, ProductFilters
from dropship_pipeline.storage.products.listing import PRODUCT_SORTS, ProductSort

# The fields of the form, which have the same names in the address.
FIELDS = ("search", "query", "platform", "price_from", "price_to", "moved", "run", "job")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductQuery:
    """What is looked for.

    Args:
        texts: what stands in each of `FIELDS`; what does not fit there filters nothing.
        columns: keys of those that are shown; none for the usual ones.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    sort: ProductSort = "last_seen"
    descending: bool = True

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The query in a page's address."""
        return cls(
            texts={name: query.get(name, "")[: values.MAX_SEARCH] for name in FIELDS},
            columns=values.columns_of(query.get("columns", "")),
            sort=values.one_of(PRODUCT_SORTS, query.get("sort"), "last_seen"),
            descending=query.get("order", "desc") != "asc",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered out."""
        return self.filters() != EVERY_PRODUCT

    def sorted_by(self, key: str) -> Self:
        """The query sorted by another column, in its usual direction, or by the same one in the other direction."""
        sort = values.one_of(PRODUCT_SORTS, key, self.sort)
        return replace(self, sort=sort, descending=not self.descending if sort == self.sort else sort != "title")

    def filtered(self, filled: Filled) -> Self:
        """The query with the filters of a form."""
        return replace(self, texts={name: filled.text(name)[: values.MAX_SEARCH] for name in FIELDS})

    def address(self) -> str:
        """The query as part of a page's address."""
        order = {
            "columns": ",".join(self.columns),
            "sort": "" if self.sort == "last_seen" and self.descending else self.sort,
            "order": "" if self.descending else "asc",
        }
        shown = {name: text for name, text in self.texts.items() if (name, text) != ("moved", "all")}
        return values.address({**shown, **order})

    def filters(self) -> ProductFilters:
        """The filters of the list."""
        texts = {name: self.texts.get(name, "") for name in FIELDS}
        return ProductFilters(
            platform=next((name for name in PLATFORMS if name == texts["platform"]), None),
            search=texts["search"],
            query=texts["query"],
            seen_by_job_id=texts["job"] or None,
            seen_by_run_id=values.number(texts["run"]) or None,
            min_price_cents=values.cents(texts["price_from"]),
            max_price_cents=values.cents(texts["price_to"]),
            moved=values.one_of(PRICE_MOVES, texts["moved"], "all"),
        )
