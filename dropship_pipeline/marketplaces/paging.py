"""Walks the pages of a search until it has enough, and never asks for one page more."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Generic, Literal, TypeVar

from msgspec.structs import replace

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import Listing, Product, Reading

# Far beyond what either marketplace lets anybody page; ends a walk through a site that repeats itself anew.
MOST_PAGES = 50
# A page that loses more than this share of its rows is read in part.
MOST_LOST = 0.2

# Why no product was made of a row: it has no id; it has no title; nothing in it is where any known layout has it;
# several listings stand in it; it is not even a row.
SkipReason = Literal["no_id", "no_title", "unknown_layout", "several_in_one", "not_a_row"]

P = TypeVar("P", bound=Product)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPage(Generic[P]):
    """One page of results.

    Args:
        products: its products, best first, duplicates included.
        last: True if the answer says that no page follows.
        reading: how well its rows could be read.
        call_fingerprint: of the paid call that it answers.
    """

    products: list[P]
    last: bool
    reading: Reading = field(default_factory=lambda: Reading(pages=1))
    call_fingerprint: str | None = None


def result_page(
    rows: Sequence[P | SkipReason],
    *,
    last: bool,
    status: int,
    notices: Mapping[str, int] | None = None,
    priced: bool = False,
) -> ResultPage[P]:
    """Build a page from its rows: a product, or why none was made of the row.

    Args:
        rows: in the page's order.
        last: True if the answer says that no page follows.
        status: HTTP status of the answer.
        notices: what stood between the rows, by kind.
        priced: True where every row of the format shows a price, so that one without is a row read in part.

    Raises:
        BadAnswer: there are rows and not one is a product; taking that for "nothing found" would be a false zero.
    """
    products = [row for row in rows if not isinstance(row, str)]
    skipped = Counter[str](row for row in rows if isinstance(row, str))
    if rows and not products:
        raise BadAnswer(_none_taken(len(rows), skipped), status=status)
    without_price = sum(product.price_raw is None for product in products) if priced else 0
    nameless = any(isinstance(product, Listing) for product in products) and not any(
        isinstance(product, Listing) and product.seller for product in products
    )
    reading = Reading(
        pages=1,
        rows=len(rows),
        skipped=skipped,
        notices=notices or {},
        without_price=without_price,
        pages_in_part=int(skipped.total() + without_price > MOST_LOST * len(rows)),
        pages_without_seller=int(nameless),
    )
    return ResultPage(products=products, last=last, reading=reading)


def _none_taken(rows: int, skipped: Counter[str]) -> str:
    with_ids = skipped["unknown_layout"] + skipped["no_title"]
    if with_ids > rows / 2:
        return f"unknown layout: {with_ids} rows with listing ids"
    reasons = ", ".join(f"{reason} {count}" for reason, count in skipped.most_common())
    return f"none of the {rows} rows can be a product ({reasons})"


async def collect_distinct(
    ask_page: Callable[[int], Awaitable[ResultPage[P]]], top_k: int, meter: CallMeter, most_pages: int = MOST_PAGES
) -> list[P]:
    """Return the first `top_k` distinct products over all pages, ranked from 1 in order of first appearance.

    Args:
        ask_page: fetches the page with this 1-based number; every call of it is paid.
        top_k: how many products are wanted; below 1 nothing is asked.
        meter: takes how well the pages could be read.
        most_pages: after so many pages it is enough, whatever they held.

    Raises:
        CollectionError: a page failed. The pages before it are kept answers, so a second attempt pays only for it.
    """
    if top_k < 1:
        return []
    found: dict[str, tuple[P, str | None]] = {}
    for number in range(1, most_pages + 1):
        page = await ask_page(number)
        meter.add(reading=page.reading)
        known = len(found)
        for product in page.products:
            found.setdefault(product.product_id, (product, page.call_fingerprint))
        if page.last or len(found) >= top_k or len(found) == known:
            break
    return [
        replace(product, rank=rank, call_fingerprint=call)
        for rank, (product, call) in enumerate(islice(found.values(), top_k), start=1)
    ]
