"""What may be asked of a seller search, checked before anything is paid for."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from dropship_pipeline.collection.request import check_job_id, check_range
from dropship_pipeline.errors import RequestInvalid

MAX_CATEGORIES = 500
MAX_CATEGORY_CHARS = 500
MAX_PAGES = 2  # a best-seller list has 100 ranks, 50 a page
MAX_PRODUCTS = 50_000
MAX_LISTINGS = 50
MAX_CREDITS = 10_000_000
MAX_FACTOR = Decimal(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerRequest:
    """A valid request of `collect_sellers`. Build it with `checked()`.

    Args:
        job_id: runs with the same job id resume each other.
        categories: ids, names or addresses of best-seller lists; empty for the marketplace's top-level list.
        pages_per_category: 1 or 2 pages of 50.
        max_products: at most so many distinct products.
        price_low: lower end of the price band, as a factor of the Amazon price.
        price_high: upper end.
        max_credits: the budget of the job over all its runs; None for none.
        shorter_search: whether a title that finds nothing is tried again with fewer words, which costs one more call.
    """

    job_id: str
    categories: tuple[str, ...] = ()
    pages_per_category: int = 2
    max_products: int = 100
    price_low: str = "0.80"
    price_high: str = "1.20"
    max_credits: int | None = None
    shorter_search: bool = False

    @property
    def band(self) -> tuple[Decimal, Decimal]:
        """Both factors of the price band."""
        return Decimal(self.price_low), Decimal(self.price_high)

    @classmethod
    def checked(cls, **values: Any) -> Self:  # noqa: ANN401  (the fields above, as they were typed by somebody)
        """Build a request from untrusted values.

        Raises:
            RequestInvalid: names the field, what is wrong with it and what is allowed.
        """
        request = cls(**{**values, "categories": _checked_categories(tuple(values.get("categories", ())))})
        check_job_id(request.job_id)
        check_range("pages_per_category", request.pages_per_category, 1, MAX_PAGES)
        check_range("max_products", request.max_products, 0, MAX_PRODUCTS)
        if request.max_credits is not None:
            check_range("max_credits", request.max_credits, 0, MAX_CREDITS)
        low, high = request.band
        if not (low.is_finite() and high.is_finite() and 0 <= low <= high <= MAX_FACTOR):
            raise RequestInvalid(
                f"price_low is {low} and price_high is {high}; write factors with 0 <= low <= high <= {MAX_FACTOR}"
            )
        return request


def _checked_categories(categories: tuple[str, ...]) -> tuple[str, ...]:
    if len(categories) > MAX_CATEGORIES:
        raise RequestInvalid(f"categories holds {len(categories)} entries: at most {MAX_CATEGORIES} fit in one run")
    for number, category in enumerate(categories, start=1):
        text = category.strip()
        if not text or len(text) > MAX_CATEGORY_CHARS or not text.isprintable():
            raise RequestInvalid(
                f"categories: entry {number} is empty, too long or not printable; write an id, a name or an address"
            )
    return tuple(dict.fromkeys(category.strip() for category in categories))
