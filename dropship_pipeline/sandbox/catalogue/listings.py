"""The eBay half of the generated catalogue: who sells a product there, and how. This is the planted truth.

A product's listings follow from its number and the seed, so none is kept. Some meet what a buyer of new goods with
free shipping at about Amazon's price asks for; others miss it by price, condition, shipping, missing data, or are
not that product at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from dropship_pipeline.sandbox.catalogue.products import AmazonProduct
from dropship_pipeline.sandbox.catalogue.sellers import EbaySeller, spelling
from dropship_pipeline.sandbox.catalogue.vocabulary import ACCESSORIES

BAND_PERCENT = (80, 120)
NEW = 1000
USED = 3000
OPEN_BOX = 1500
TITLE_LIMIT = 80
_FIRST_ITEM = 200_000_000_000
_PER_PRODUCT = 100
_CONDITIONS = {NEW: "Brand New", OPEN_BOX: "Open Box", USED: "Pre-Owned"}
_SHIPPING_CENTS = (350, 499, 795, 1200)
# Per cent `same`, `other` and `absent`, by whether the seller takes Amazon's photos.
_PICTURES = {True: (92, 5, 3), False: (12, 85, 3)}
_SHAPES = {
    "plain": 40,
    "outside": 10,
    "used": 12,
    "postage": 10,
    "open_box": 5,
    "range": 5,
    "no_seller": 4,
    "no_price": 2,
    "auction": 4,
    "accessory": 8,
}


@dataclass(frozen=True, slots=True)
class EbayListing:
    """One listing.

    Args:
        item_id: twelve digits.
        asin: the product whose search finds it.
        genuine: False for what merely looks like the product.
        title: at most 80 characters.
        condition_id: eBay's number; `condition` gives the wording.
        price_cents: None where the row has no price; the lower end of a range.
        price_to_cents: the upper end of a range, else None.
        buy_now_cents: what an auction costs those who do not want to bid, where one can; `price_cents` is the bid.
        shipping_cents: 0 is free, None is not said.
        seller: None where the row does not name one.
        seller_text: the seller's name as this listing writes it: other case, other white space.
        buying: `Buy It Now`, `or Best Offer` or `12 bids`.
        picture: `same` as Amazon's, `other`, or `absent`.
        picture_format: `webp`, `jpg` or `png`.
        picture_size: longest side in pixels.
        new_listing: True if the title carries the site's prefix.
    """

    item_id: str
    asin: str
    genuine: bool
    title: str
    condition_id: int
    price_cents: int | None
    price_to_cents: int | None
    shipping_cents: int | None
    seller: EbaySeller | None
    seller_text: str
    buying: str
    picture: str
    picture_format: str
    picture_size: int
    new_listing: bool
    buy_now_cents: int | None = None

    @property
    def condition(self) -> str:
        """The site's wording."""
        return _CONDITIONS[self.condition_id]

    @property
    def image_name(self) -> str | None:
        """Path of the picture below `/images/`; None where the row has no picture."""
        if self.picture == "absent":
            return None
        return f"g/{self.item_id}AAOSw/s-l{self.picture_size}.{self.picture_format}"

    def qualifies(self, amazon_cents: int | None, percent: tuple[int, int] = BAND_PERCENT) -> bool:
        """New, free shipping, one price inside the band (no band without an Amazon price), and a named seller."""
        if self.condition_id != NEW or self.shipping_cents != 0 or self.seller is None:
            return False
        if self.price_cents is None or self.price_to_cents is not None:
            return False
        if amazon_cents is None:
            return True
        low, high = price_band(amazon_cents, percent)
        return low <= self.price_cents <= high


def price_band(cents: int, percent: tuple[int, int] = BAND_PERCENT) -> tuple[int, int]:
    """Lowest and highest cents inside `percent` of an amount, rounded half up."""
    return (cents * percent[0] + 50) // 100, (cents * percent[1] + 50) // 100


def make_listings(
    seed: int, product: AmazonProduct, sellers: tuple[EbaySeller, ...], *, exactly: int | None = None
) -> Iterator[EbayListing]:
    """Every listing of `product`; none at all for about three products in ten.

    Args:
        seed: the catalogue's.
        product: the product.
        sellers: to choose from.
        exactly: how many, in place of none to 14; at most 100.
    """
    rng = Random(seed * 2_000_003 + product.index)  # noqa: S311
    chance = rng.randint(4, 14) if rng.random() < 0.7 else 0  # noqa: PLR2004
    for number in range(chance if exactly is None else exactly):
        item_id = str(_FIRST_ITEM + product.index * _PER_PRODUCT + number)
        yield _shaped(rng, product, _plain(rng, product, item_id, rng.choice(sellers)))


def product_index(item_id: str) -> int:
    """The number of the product that a listing belongs to."""
    return (int(item_id) - _FIRST_ITEM) // _PER_PRODUCT


def _plain(rng: Random, product: AmazonProduct, item_id: str, seller: EbaySeller) -> EbayListing:
    low, high = price_band(product.usual_cents)
    return EbayListing(
        item_id=item_id,
        asin=product.asin,
        genuine=True,
        title=_cut(product.title.replace(",", "")),
        condition_id=NEW,
        price_cents=rng.choice((low, high, *(rng.randint(low, high) for _ in range(8)))),
        price_to_cents=None,
        shipping_cents=0,
        seller=seller,
        seller_text=spelling(rng, seller.name),
        buying=rng.choice(("Buy It Now", "Buy It Now", "or Best Offer")),
        picture=rng.choices(("same", "other", "absent"), _PICTURES[seller.takes_amazons_photos])[0],
        picture_format=rng.choice(("webp", "webp", "jpg", "png")),
        picture_size=rng.choice((225, 300, 500)),
        new_listing=rng.random() < 0.1,  # noqa: PLR2004
    )


def _shaped(  # noqa: PLR0911  (a table of cases reads better than branches put together)
    rng: Random, product: AmazonProduct, plain: EbayListing
) -> EbayListing:
    """What keeps the listing from qualifying, if anything."""
    low, high = price_band(product.usual_cents)
    match rng.choices(tuple(_SHAPES), tuple(_SHAPES.values()))[0]:
        case "outside":
            return replace(plain, price_cents=rng.choice((low - 1, high + 1, low * 6 // 10, high * 15 // 10)))
        case "used":
            return replace(plain, condition_id=USED, shipping_cents=rng.choice((0, None, 499)))
        case "postage":
            return replace(plain, shipping_cents=rng.choice(_SHIPPING_CENTS))
        case "open_box":
            return replace(plain, condition_id=OPEN_BOX)
        case "range":
            return replace(plain, price_cents=low, price_to_cents=high + rng.randint(1, 900))
        case "no_seller":
            return replace(plain, seller=None, seller_text="")
        case "no_price":
            return replace(plain, price_cents=None)
        case "auction":
            return replace(plain, price_cents=low * 7 // 10, buying=f"{rng.randint(1, 30)} bids")
        case "accessory":
            title = _cut(f"{rng.choice(ACCESSORIES)} for {product.title.replace(',', '')}")
            price = rng.choice((low + 1, product.usual_cents // 4))
            return replace(plain, genuine=False, title=title, price_cents=price, picture="other")
    return plain


def _cut(title: str) -> str:
    return title if len(title) <= TITLE_LIMIT else title[: TITLE_LIMIT + 1].rsplit(" ", 1)[0]
