"""What all markups of eBay's search page share: the site, its links and their tracking, how it writes a price."""

import zlib
from dataclasses import dataclass

from dropship_pipeline.sandbox.catalogue.listings import EbayListing
from dropship_pipeline.sandbox.catalogue.money import Currency

FILLER_ID = "123456"
MARKUPS = ("s-item", "s-card", "su-item-card")
CLIPPED = '<span class="clipped">Opens in a new window or tab</span>'


@dataclass(frozen=True, slots=True)
class PageStyle:
    """How a page is written.

    Args:
        markup: `s-item`, `s-card`, `su-item-card` or `mixed`.
        view: `list` or `grid`; the grid names no seller.
        site: `https://www.ebay.com`.
        currency: the site's.
        images: where pictures are, ending with a slash.
        session: a number that tracking parameters carry, another one on every page.
        next_url: the next page, None on the last.
        price_note: text that pollutes every price.
        seller_link: True if the seller stands in the card's footer as a link.
        placeholder_links: True if every link is the same, so that only `data-listingid` tells listings apart.
    """

    markup: str
    view: str
    site: str
    currency: Currency
    images: str
    session: int
    next_url: str | None
    price_note: str = ""
    seller_link: bool = False
    placeholder_links: bool = False

    @property
    def way(self) -> str:
        """How the parts of a card stand to each other."""
        return "horizontal" if self.view == "list" else "vertical"

    def markup_of(self, listing: EbayListing) -> str:
        """The markup of this listing's card; on a mixed page always the same for the same listing."""
        return MARKUPS[draw(listing, "markup", len(MARKUPS))] if self.markup == "mixed" else self.markup

    def names_seller(self, listing: EbayListing) -> bool:
        """Does the listing's card say who sells."""
        return self.view == "list" and listing.seller is not None

    def link(self, item_id: str) -> str:
        """A listing's address with this session's tracking."""
        if self.placeholder_links:
            return f"https://ebay.com/itm/{FILLER_ID}?itmmeta=S{self.session:08d}"
        return f"{self.site}/itm/{item_id}?itmmeta=S{self.session:08d}&hash=item{item_id}"

    def price(self, listing: EbayListing) -> str | None:
        """`$39.50`, or `$12.25 to $30.00` for a range; None for none."""
        if listing.price_cents is None:
            return None
        text = self.currency.text(listing.price_cents)
        if listing.price_to_cents is not None:
            text = f"{text} to {self.currency.text(listing.price_to_cents)}"
            if draw(listing, "unit", 3) == 0:
                text = f"{text}({self.currency.text(listing.price_cents)}/Unit)"
        return text + self.price_note

    def buy_now(self, listing: EbayListing) -> str | None:
        """The price beside a bid at which one can buy at once."""
        return None if listing.buy_now_cents is None else self.currency.text(listing.buy_now_cents)


def draw(listing: EbayListing, what: str, sides: int) -> int:
    """A number below `sides` that is always the same for the listing."""
    return zlib.crc32(f"{what}:{listing.item_id}".encode()) % sides
