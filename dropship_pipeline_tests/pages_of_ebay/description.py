"""What a search page says before anybody writes it as markup, and what a parser should make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dropship_pipeline_tests.pages_of_ebay.writing import Amount

Generation = Literal["s-item", "s-card", "su-item-card"]
GENERATIONS: tuple[Generation, ...] = ("s-item", "s-card", "su-item-card")
View = Literal["list", "grid"]
Lack = Literal["title", "id"]
Meaning = Literal["correction", "streamlined", "unknown", "fewer words", "no exact match"]
ENDING: frozenset[Meaning] = frozenset({"fewer words", "no exact match"})
Place = Literal["above", "between", "below"]


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """What the item costs now.

    Args:
        now: the price.
        was: a struck-through price beside it.
        per_unit: the price of one unit, written beside it.
        note: the line below it, e.g. `or Best Offer`.
    """

    now: Amount
    was: Amount | None = None
    per_unit: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PriceRange:
    """From the cheapest variation to the dearest: no price."""

    low: Amount
    word: str
    high: Amount


@dataclass(frozen=True, slots=True)
class Auction:
    """The present bid, the line that counts the bids, and the price at which one can buy at once, if any."""

    bid: Amount
    count: str
    buy_now: tuple[Amount, str] | None = None


@dataclass(frozen=True, slots=True)
class HiddenPrice:
    """The price is shown to those who click."""

    words: str


Offer = FixedPrice | PriceRange | Auction | HiddenPrice


@dataclass(frozen=True, slots=True)
class Shipping:
    """A line about shipping; `cents` is None where it names no amount."""

    line: str
    cents: int | None


@dataclass(frozen=True, slots=True)
class Condition:
    """The site's own line, without the kind of the seller beside it, and whether it says that the item is new."""

    words: str
    new: bool


@dataclass(frozen=True, slots=True)
class SellerLine:
    """Who sells, and the line's figures as they are meant and as they are written."""

    name: str
    percent: float
    count: int
    percent_text: str
    count_text: str
    praise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A listing in the list, in one generation of markup.

    Args:
        generation: how it is written.
        item: the listing id.
        id_attribute: is the id written as `data-listingid`.
        title: what the seller named it.
        fitment: what eBay appends to it, e.g. `(For: 2004 Invented 190)`.
        badge: what eBay puts before it, e.g. `New Listing`.
        offer: its price.
        shipping: what shipping costs, where a line says so.
        condition: the site's line, where there is one.
        boast: the seller's own line above the condition.
        seller_type: what stands beside the condition, e.g. `Gewerblich`.
        details: what follows the condition after a dot, e.g. the brand.
        seller: None where the card names nobody.
        image: its picture; None where the card has only a placeholder.
        extras: further lines, e.g. where it is and whether it may be returned.
        sponsored: does it carry the mark that is spelled in scattered letters.
        lacks: what keeps it from being a listing, although it shows signs of one.
    """

    generation: Generation
    item: str
    id_attribute: bool
    title: str
    fitment: str | None
    badge: str | None
    offer: Offer
    shipping: Shipping | None
    condition: Condition | None
    boast: str | None
    seller_type: str | None
    details: str | None
    seller: SellerLine | None
    image: str | None
    extras: tuple[str, ...]
    sponsored: bool
    lacks: Lack | None = None

    @property
    def listing_id(self) -> str | None:
        """What stands in `data-listingid`, where that is written."""
        return self.item if self.id_attribute else None


@dataclass(frozen=True, slots=True)
class Notice:
    """A box that is no listing; `outside` stands before, between or after the lists instead of in a row of one."""

    meaning: Meaning
    words: str
    place: Place
    outside: bool


@dataclass(frozen=True, slots=True)
class Filler:
    """The card `Shop on eBay`, in one generation of markup; at times only its link has an id."""

    generation: Generation
    title: str
    item: str | None
    price: str | None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """A row of links to other searches."""

    words: tuple[str, ...]


Piece = Row | Notice | Filler | Suggestions


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One search page.

    Args:
        number: the seed from which it was drawn, to find it again.
        language: code of the reader's language.
        tld: of which national site it is.
        view: list or grid; the grid names no seller.
        generation: of all its rows; None where they are mixed.
        placeholder_links: is every link the same placeholder.
        heading: the line that counts the results.
        clipped: hidden words in every link.
        pieces: what stands in the list, in order.
        templates: do hidden filler cards stand outside the list.
        recent: items of a carousel below the list, that the reader has looked at.
        another_page: does a page follow.
    """

    number: int
    language: str
    tld: str
    view: View
    generation: Generation | None
    placeholder_links: bool
    heading: str
    clipped: str
    pieces: tuple[Piece, ...]
    templates: bool
    recent: tuple[Row, ...]
    another_page: bool

    @property
    def listings(self) -> tuple[Row, ...]:
        """What is to be returned, in order."""
        return tuple(row for row in matches(self.pieces) if row.lacks is None)

    @property
    def lost(self) -> tuple[Row, ...]:
        """The rows that are to be counted as skipped."""
        return tuple(row for row in matches(self.pieces) if row.lacks is not None)

    @property
    def ends_early(self) -> bool:
        """Do the matches end before the page does."""
        return len(before_the_end(self.pieces)) < len(self.pieces)


def before_the_end(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """The pieces before the notice that ends the matches."""
    for index, piece in enumerate(pieces):
        if isinstance(piece, Notice) and piece.meaning in ENDING:
            return pieces[:index]
    return pieces


def matches(pieces: Sequence[Piece]) -> list[Row]:
    """The rows that the search found."""
    return [piece for piece in before_the_end(pieces) if isinstance(piece, Row)]
