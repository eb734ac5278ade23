"""The search, filters and order of the list of products: as a page's address and as filters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from dropship_pipeline.admin.pages.lists import values
from dropship_pipeline.admin.pages.lists.query import ListQuery, columns_of
from dropship_pipeline.models import PLATFORMS
from dropship_pipeline.storage.products.filters import PRICE_MOVES, ProductFilters
from dropship_pipeline.storage.products.listing import PRODUCT_SORTS, ProductSort

# The fields of the form, which have the same names in the address.
FIELDS = ("search", "query", "platform", "price_from", "price_to", "moved", "run", "job")


@dataclass(frozen=True, kw_only=True)
class ProductQuery(ListQuery):
    """What is looked for.

    Args:
        texts: what stands in each of `FIELDS`; what does not fit there filters nothing.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    sort: ProductSort = "last_seen"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The query in a page's address."""
        return cls(
            texts={name: query.get(name, "")[: values.MAX_SEARCH] for name in FIELDS},
            columns=columns_of(query),
            sort=values.one_of(PRODUCT_SORTS, query.get("sort"), "last_seen"),
            descending=query.get("order", "desc") != "asc",
        )

    def fields(self) -> Mapping[str, str]:
        """What stands in the fields of the form."""
        return {name: text for name, text in self.texts.items() if (name, text) != ("moved", "all")}

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
