"""What an eBay search finds: filters, order, pages, and the faults that change rows. No wire format here."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue
from dropship_pipeline.sandbox.catalogue.listings import NEW, OPEN_BOX, USED, EbayListing
from dropship_pipeline.sandbox.catalogue.products import AmazonProduct
from dropship_pipeline.sandbox.catalogue.sellers import normalized
from dropship_pipeline.sandbox.server.faults import MetFaults

DEFAULT_PER_PAGE = 60
_PER_PAGE = frozenset({25, 50, 60, 100, 120, 200, 240})
_FEW = 10
_FEWER_WORDS_SHARE = 0.6
_CONDITION_IDS = {"new": NEW, "open_box": OPEN_BOX, "refurbished": 2000, "used": USED, "for_parts": 7000}
_SORTS = {
    "1": "ending_soonest",
    "2": "price_lowest",
    "15": "price_lowest",
    "3": "price_highest",
    "16": "price_highest",
    "10": "newly_listed",
}


@dataclass(frozen=True, slots=True)
class EbaySearch:
    """A search with its filters; None or False is no filter.

    Without being asked for the list view, the site shows the grid.
    """

    keywords: str
    page: int = 1
    per_page: int = DEFAULT_PER_PAGE
    conditions: frozenset[int] = frozenset()
    free_shipping: bool = False
    low_cents: int | None = None
    high_cents: int | None = None
    buying: frozenset[str] = frozenset()
    seller: str | None = None
    sort: str = "best_match"
    list_view: bool = False

    @classmethod
    def from_page_url(cls, params: Mapping[str, str]) -> "EbaySearch":
        """The search that the parameters of `/sch/i.html` name; like the site, unreadable filters are no filters."""
        per_page = int(params["_ipg"]) if params.get("_ipg", "").isdecimal() else DEFAULT_PER_PAGE
        buying = {"LH_BIN": "buy_it_now", "LH_Auction": "auction"}
        return cls(
            keywords=params.get("_nkw", ""),
            page=max(1, int(params["_pgn"])) if params.get("_pgn", "").isdecimal() else 1,
            per_page=per_page if per_page in _PER_PAGE else DEFAULT_PER_PAGE,
            conditions=frozenset(
                int(part) for part in params.get("LH_ItemCondition", "").split("|") if part.isdecimal()
            ),
            free_shipping=params.get("LH_FS") == "1",
            low_cents=_cents(params.get("_udlo")),
            high_cents=_cents(params.get("_udhi")),
            buying=frozenset(kind for name, kind in buying.items() if params.get(name) == "1"),
            seller=params.get("_ssn"),
            sort=_SORTS.get(params.get("_sop", ""), "best_match"),
            list_view=params.get("_dmd") == "1",
        )

    @classmethod
    def from_structured(cls, params: Mapping[str, str], page: int, per_page: int) -> "EbaySearch":
        """The search that the structured endpoint's parameters name: it has no price or shipping filters."""
        names = (name.strip() for name in params.get("condition", "").split(","))
        return cls(
            keywords=params["query"],
            page=page,
            per_page=per_page,
            conditions=frozenset(_CONDITION_IDS[name] for name in names if name in _CONDITION_IDS),
            buying=frozenset(filter(None, params.get("buying_format", "").split(","))),
            seller=params.get("seller_id"),
            sort=params.get("sort_by", "best_match"),
        )

    def unfiltered(self) -> "EbaySearch":
        """The same words without any filter."""
        return EbaySearch(self.keywords, self.page, self.per_page, sort=self.sort)

    def admits(self, listing: EbayListing) -> bool:
        """Whether a listing passes every filter."""
        return (
            (not self.conditions or listing.condition_id in self.conditions)
            and (not self.free_shipping or listing.shipping_cents == 0)
            and self._admits_price(listing)
            and (not self.buying or _buying_format(listing) in self.buying)
            and (self.seller is None or normalized(self.seller) == normalized(listing.seller_text))
        )

    def _admits_price(self, listing: EbayListing) -> bool:
        if self.low_cents is None and self.high_cents is None:
            return True
        if listing.price_cents is None:
            return False
        highest = listing.price_cents if listing.price_to_cents is None else listing.price_to_cents
        above = self.low_cents is None or highest >= self.low_cents
        return above and (self.high_cents is None or listing.price_cents <= self.high_cents)


@dataclass(frozen=True, slots=True)
class EbayPage:
    """One page of results; `fewer` are rows that match fewer words and stand behind the real ones."""

    total: int
    has_next: bool
    rows: tuple[EbayListing, ...]
    fewer: tuple[EbayListing, ...]


def find(catalogue: Catalogue, search: EbaySearch) -> EbayPage:
    """Run a search. All words must match; only a first page with few rows is filled up with looser matches."""
    exact = catalogue.search(search.keywords, 1.0)
    found = [listing for listing in _listings(catalogue, exact) if search.admits(listing)]
    found.sort(key=_order(search.sort))
    start = (search.page - 1) * search.per_page
    rows = found[start : start + search.per_page]
    fewer: list[EbayListing] = []
    if search.page == 1 and len(found) < _FEW:
        known = {product.asin for product in exact}
        loose = [p for p in catalogue.search(search.keywords, _FEWER_WORDS_SHARE)[: 2 * _FEW] if p.asin not in known]
        fewer = [listing for listing in _listings(catalogue, loose) if search.admits(listing)][:_FEW]
    return EbayPage(len(found), start + search.per_page < len(found), tuple(rows), tuple(fewer))


def spoil(page: EbayPage, met: MetFaults) -> EbayPage:
    """Change the rows as the faults say. What is merely written differently is left to whoever writes it."""
    if "empty_array" in met:
        return EbayPage(0, has_next=False, rows=(), fewer=())
    rows = list(page.rows)
    for fault, change in _ROW_FAULTS.items():
        stride = met.stride(fault)
        if stride:
            rows[stride - 1 :: stride] = [change(listing) for listing in rows[stride - 1 :: stride]]
    if "duplicate_rows" in met and rows:
        rows.append(rows[0])
    if "concatenated_row" in met and rows:
        rows.insert(0, _concatenated(rows))
    return replace(page, rows=tuple(rows))


def _auctioned(listing: EbayListing) -> EbayListing:
    """The bid is lower than the price at which one can still buy."""
    bid = None if listing.price_cents is None else listing.price_cents * 6 // 10
    return replace(listing, price_cents=bid, price_to_cents=None, buy_now_cents=listing.price_cents, buying="7 bids")


_ROW_FAULTS: dict[str, Callable[[EbayListing], EbayListing]] = {
    "no_price": lambda listing: replace(listing, price_cents=None, price_to_cents=None),
    "no_image": lambda listing: replace(listing, picture="absent"),
    "no_seller": lambda listing: replace(listing, seller=None, seller_text=""),
    "blank_title": lambda listing: replace(listing, title=""),
    "price_range": lambda listing: replace(listing, price_to_cents=(listing.price_cents or 0) + 700),
    "bids": lambda listing: replace(listing, price_to_cents=None, buying="7 bids"),
    "bids_and_buy_now": _auctioned,
}


def _concatenated(rows: list[EbayListing]) -> EbayListing:
    """Many listings read as one: all titles, and a price of 39 digits."""
    prices = "".join(str(listing.price_cents or 0) for listing in rows * 13)
    return replace(
        rows[0], title=" ".join(listing.title for listing in rows[:10] * 4), price_cents=int(f"1{prices[:38]}00")
    )


def _listings(catalogue: Catalogue, products: tuple[AmazonProduct, ...] | list[AmazonProduct]) -> list[EbayListing]:
    return [listing for product in products for listing in catalogue.listings_of(product.asin)]


def _order(sort: str) -> Callable[[EbayListing], int]:
    match sort:
        case "price_lowest":
            return lambda listing: listing.price_cents or 0
        case "price_highest":
            return lambda listing: -(listing.price_cents or 0)
        case "newly_listed":
            return lambda listing: -int(listing.item_id)
    return lambda listing: zlib.crc32(listing.item_id.encode())


def _buying_format(listing: EbayListing) -> str:
    return "auction" if listing.buying.endswith("bids") else "buy_it_now"


def _cents(text: str | None) -> int | None:
    try:
        return None if not text else int(Decimal(text.replace(",", "")) * 100)
    except (InvalidOperation, ValueError, OverflowError):
        return None
