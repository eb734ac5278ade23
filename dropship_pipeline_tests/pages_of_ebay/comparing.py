"""Compares what a parser returned with what the description says, one matter at a time."""

from collections.abc import Callable, Iterable, Iterator

from dropship_pipeline.marketplaces.ebay.conditions import is_brand_new
from dropship_pipeline.marketplaces.paging import ResultPage
from dropship_pipeline.models import Listing, Money
from dropship_pipeline_tests.pages_of_ebay.description import Auction, FixedPrice, Meaning, Page, PriceRange, Row

Read = ResultPage[Listing]

# What each notice may be counted as. Wordings that nobody knows are unknown notices, but never the end of the matches.
_ENDS = {"fewer_words", "no_exact_match"}
KINDS_OF_NOTICE: dict[Meaning, set[str]] = {
    "correction": {"spelling", "unknown"},
    "streamlined": {"streamlined", "unknown"},
    "unknown": {"unknown"},
    "fewer words": _ENDS,
    "no exact match": _ENDS,
}


def pairs_of(page: Page, result: Read) -> Iterator[tuple[Row, Listing]]:
    """What was described beside what was read, by listing id."""
    read = {listing.product_id: listing for listing in result.products}
    for row in page.listings:
        if row.item in read:
            yield row, read[row.item]


def differing(
    pairs: Iterable[tuple[Row, Listing]], wanted: Callable[[Row], object], got: Callable[[Listing], object]
) -> Iterator[str]:
    """A line for each row whose two values differ."""
    for row, listing in pairs:
        if wanted(row) != got(listing):
            yield f"{row.generation} {row.item}: {wanted(row)!r} was read as {got(listing)!r}"


def money(row: Row) -> Money | None:
    """The price at which the item can be bought now."""
    if isinstance(row.offer, FixedPrice):
        return Money(row.offer.now.cents, row.offer.now.currency)
    if isinstance(row.offer, Auction) and row.offer.buy_now:
        amount, _ = row.offer.buy_now
        return Money(amount.cents, amount.currency)
    return None


def bid(row: Row) -> Money | None:
    """The bid that the row shows, also where the item can be bought at once."""
    return Money(row.offer.bid.cents, row.offer.bid.currency) if isinstance(row.offer, Auction) else None


def whole_title(row: Row) -> str:
    """The title with what eBay appends to it."""
    return f"{row.title} {row.fitment}" if row.fitment else row.title


def amounts_written(row: Row) -> tuple[str, ...]:
    """What the raw price must hold at the least."""
    offer = row.offer
    if isinstance(offer, FixedPrice):
        return (offer.now.text,)
    if isinstance(offer, PriceRange):
        return (offer.low.text, offer.high.text)
    if isinstance(offer, Auction):
        return (offer.buy_now[0].text,) if offer.buy_now else ()
    return (offer.words,)


def newness(row: Row) -> bool | None:
    """Is the item new, by the site's own line."""
    return row.condition.new if row.condition else None


def read_newness(listing: Listing) -> bool | None:
    """The same of what was read."""
    return is_brand_new(listing.condition)
