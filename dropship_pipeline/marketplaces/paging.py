"""Walks the pages of a search until it has enough, and never asks for one page more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Generic, TypeVar

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Product

# Far beyond what either marketplace lets anybody page; ends a walk through a site that repeats itself anew.
MOST_PAGES = 50

P = TypeVar("P", bound=Product)


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[P]):
    """One page of results.

    Args:
        products: its products, best first, duplicates included.
        skipped_rows: rows that could not be a product.
        last: True if the answer says that no page follows.
    """

    products: list[P]
    skipped_rows: int
    last: bool


def result_page(rows: list[P | None], *, last: bool, status: int) -> ResultPage[P]:
    """Build a page from its parsed rows, None for a row that cannot be a product.

    Raises:
        BadAnswer: there are rows and not one is a product; taking that for "nothing found" would be a false zero.
    """
    products = [row for row in rows if row is not None]
    if rows and not products:
        raise BadAnswer(f"none of the {len(rows)} rows can be a product", status=status)
    return ResultPage(products, skipped_rows=len(rows) - len(products), last=last)


async def collect_distinct(
    ask_page: Callable[[int], Awaitable[ResultPage[P]]], top_k: int, meter: CallMeter, most_pages: int = MOST_PAGES
) -> list[P]:
    """Return the first `top_k` distinct products over all pages, ranked from 1 in order of first appearance.

    Args:
        ask_page: fetches the page with this 1-based number; every call of it is paid.
        top_k: how many products are wanted; below 1 nothing is asked.
        meter: takes the count of skipped rows.
        most_pages: after so many pages it is enough, whatever they held.

    Raises:
        DropshipError: a page failed. The pages before it are kept answers, so a second attempt pays only for it.
    """
    if top_k < 1:
        return []
    found: dict[str, P] = {}
    for number in range(1, most_pages + 1):
        page = await ask_page(number)
        meter.add(skipped_rows=page.skipped_rows)
        known = len(found)
        for product in page.products:
            found.setdefault(product.product_id, product)
        if page.last or len(found) >= top_k or len(found) == known:
            break
    return [replace(product, rank=rank) for rank, product in enumerate(islice(found.values(), top_k), start=1)]
