"""Which Amazon products stand on which page of a search, sponsored rows included. No wire format here."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue
from dropship_pipeline.sandbox.catalogue.products import AmazonProduct

MOST_PAGES = 20
_PAGE_SIZES = (16, 20, 22, 24, 48)
_SPONSORED_STEP = 5


@dataclass(frozen=True, slots=True)
class ShownProduct:
    """A product in a row; a sponsored row repeats a product that is also found without being paid for."""

    product: AmazonProduct
    sponsored: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page; `total` and `pages` speak of the whole search."""

    number: int
    rows: tuple[ShownProduct, ...]
    total: int
    pages: int


def search_pages(catalogue: Catalogue, params: Mapping[str, str], first: int, count: int) -> Iterator[SearchPage]:
    """Pages `first` to `first + count - 1`; a page beyond the end has no rows.

    Args:
        catalogue: what is for sale.
        params: `search_term`, `category_id`, `sort_by` and `exclude_sponsored` of the request.
        first: 1-based.
        count: how many pages; no more than there can be are made.
    """
    term = params["search_term"]
    products = _sorted(_within(catalogue, catalogue.search(term), params.get("category_id")), params.get("sort_by"))
    size = _PAGE_SIZES[zlib.crc32(term.lower().encode()) % len(_PAGE_SIZES)]
    pages = min(MOST_PAGES, -(-len(products) // size))
    for number in range(first, first + min(count, MOST_PAGES)):
        organic = products[(number - 1) * size : number * size] if number <= pages else ()
        rows = [ShownProduct(product, sponsored=False) for product in organic]
        if params.get("exclude_sponsored") != "true":
            rows = _with_sponsored(rows, products, number)
        yield SearchPage(number, tuple(rows), len(products), pages)


def category_in(catalogue: Catalogue, path: str) -> str:
    """The category that a best-seller URL's path names, the deepest one; empty if it names none."""
    return next((part for part in reversed(path.split("/")) if part in catalogue.categories), "")


def _with_sponsored(rows: list[ShownProduct], products: tuple[AmazonProduct, ...], number: int) -> list[ShownProduct]:
    """Three more rows, at the top and at the end, of products from anywhere in the search."""
    if not rows:
        return rows
    paid = [ShownProduct(products[number * _SPONSORED_STEP * n % len(products)], sponsored=True) for n in (1, 2, 3)]
    return [*paid[:2], *rows, *paid[2:]]


def _within(
    catalogue: Catalogue, products: tuple[AmazonProduct, ...], category_id: str | None
) -> tuple[AmazonProduct, ...]:
    if category_id is None:
        return products
    nodes = ((product, catalogue.category_of(product)) for product in products)
    return tuple(product for product, node in nodes if category_id in {node.id, node.parent_id})


def _sorted(products: tuple[AmazonProduct, ...], sort_by: str | None) -> tuple[AmazonProduct, ...]:
    match sort_by:
        case "price_low_to_high":
            return tuple(sorted(products, key=lambda product: product.usual_cents))
        case "price_high_to_low":
            return tuple(sorted(products, key=lambda product: -product.usual_cents))
        case "average_review":
            return tuple(sorted(products, key=lambda product: -(product.rating or 0)))
    return products
