"""One result card of eBay's search page, in either markup -> `Listing`. Sees nothing beyond its card."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from dropship_pipeline.marketplaces.ebay.conditions import is_brand_new
from dropship_pipeline.marketplaces.ebay.sites import EbaySite
from dropship_pipeline.marketplaces.ebay.text import (
    clean_title,
    is_filler,
    item_id,
    item_url,
    mentions_shipping,
    seller,
    shipping_cost,
)
from dropship_pipeline.marketplaces.fields import clean_text, image_url
from dropship_pipeline.marketplaces.money import money_from_text
from dropship_pipeline.models import Listing, Seller

_CARD_CLASSES = {"s-item", "s-card"}
_LINK = "a.s-card__link, a.s-item__link, a[href*='/itm/']"
_TITLE = ".s-card__title, .s-item__title"
# What the page puts into a title for the eye or the screen reader.
_NOT_TITLE = ".clipped, .LIGHT_HIGHLIGHT"
_PRICE = ".s-card__price, .s-item__price"
_CONDITION = ".s-item__subtitle .SECONDARY_INFO, .SECONDARY_INFO"
_SUBTITLE = ".s-card__subtitle"
_SHIPPING = ".s-card__attribute-row, .s-item__shipping, .s-item__logisticsCost, .s-item__freeXDays"
# Not any `img`: badges and the seller's portrait are in the card too.
_IMAGE = "img.s-card__image, .su-card-container__media img, .s-item__image-img, .s-item__image img"
# The lazy ones first: beside them, `src` is a placeholder.
_IMAGE_ATTRIBUTES = ("data-defer-load", "data-src", "src")
_SELLER = (
    ".s-item__seller-info-text, .su-card-container__attributes__secondary .s-card__attribute-row, "
    ".s-card__program-badge-container--sellerOrStoreInfo, .s-card__footer"
)
_SELLER_LINK = "a[href*='_ssn=']"
# A longer one is a block of the page, not a line of a card.
_LONGEST_LINE = 300

# `name (1,234) 99.5%` in the older markup, `name 99.3% positive (154.8K)` in the newer.
_SELLER_COUNT_FIRST = re.compile(r"(?P<name>.+?) ?\((?P<count>[^()]+)\) ?(?P<percent>[0-9.,]+) ?%")
_SELLER_PERCENT_FIRST = re.compile(r"(?P<name>.+?) (?P<percent>[0-9.,]+) ?%[^()]{0,20}\((?P<count>[^()]+)\)")


def text_of(node: LexborNode) -> str:
    """Return all text in a node on one line."""
    return clean_text(node.text(separator=" "))


def _lines(card: LexborNode, selector: str) -> list[str]:
    return [line for line in map(text_of, card.css(selector)) if 0 < len(line) <= _LONGEST_LINE]


def is_card(row: LexborNode) -> bool:
    """True for a row of either markup that shows an item."""
    return row.tag == "li" and not _CARD_CLASSES.isdisjoint((row.attributes.get("class") or "").split())


def is_filler_card(card: LexborNode) -> bool:
    """True for a card that advertises eBay itself."""
    title = _title(card)
    return is_filler(_item(card), title) or is_filler(_linked_item(card), title)


def listing_of_card(card: LexborNode, site: EbaySite) -> Listing | None:
    """Read a card; None if it has no item id or no title that a listing can have."""
    item, title = _item(card), _title(card)
    if item is None or title is None:
        return None
    price_raw = _price_text(card)
    price = money_from_text(price_raw or "", site)
    shipping_raw = _shipping_text(card, site)
    return Listing(
        platform="ebay",
        product_id=item,
        title=title,
        url=item_url(item, site),
        price=price,
        price_raw=price_raw,
        image_url=_image(card),
        condition=_condition(card),
        shipping=shipping_cost(shipping_raw, site, price.currency if price else None),
        shipping_raw=shipping_raw,
        seller=_seller(card),
    )


def _item(card: LexborNode) -> str | None:
    listing_id = card.attributes.get("data-listingid") or ""
    return listing_id if re.fullmatch("[0-9]{1,19}", listing_id) else _linked_item(card)


def _linked_item(card: LexborNode) -> str | None:
    ids = (item_id(link.attributes.get("href")) for link in card.css(_LINK))
    return next((found for found in ids if found), None)


def _title(card: LexborNode) -> str | None:
    node = card.css_first(_TITLE)
    if node is None:
        return None
    title = text_of(node)
    for extra in map(text_of, node.css(_NOT_TITLE)):
        title = title.replace(extra, " ", 1) if extra else title
    return clean_title(title)


def _price_text(card: LexborNode) -> str | None:
    """Return the price as shown. A range may be split over several price elements beside each other."""
    nodes = card.css(_PRICE)
    beside = [node for node in nodes if _parent_id(node) == _parent_id(nodes[0])]
    return clean_text(" ".join(map(text_of, beside))) or None


def _parent_id(node: LexborNode) -> int | None:
    return node.parent.mem_id if node.parent else None


def _shipping_text(card: LexborNode, site: EbaySite) -> str | None:
    """Return the line about shipping: the first with a cost in it, else the first that mentions it."""
    lines = [line for line in _lines(card, _SHIPPING) if mentions_shipping(line)]
    return next((line for line in lines if shipping_cost(line, site, None)), lines[0] if lines else None)


def _image(card: LexborNode) -> str | None:
    candidates = (image_url(node.attributes.get(name)) for node in card.css(_IMAGE) for name in _IMAGE_ATTRIBUTES)
    return next((url for url in candidates if url), None)


def _condition(card: LexborNode) -> str | None:
    """Return the condition; of several subtitle lines the others are the seller's own words."""
    nodes = card.css(_CONDITION) or card.css(_SUBTITLE)
    lines = [line for line in (text_of(node).split(" · ")[0].strip() for node in nodes) if line]
    known = (line for line in lines if is_brand_new(line) is not None)
    return next(known, lines[-1] if lines else None)


def _seller(card: LexborNode) -> Seller | None:
    return _seller_with_feedback(_lines(card, _SELLER)) or _seller_of_link(card)


def _seller_with_feedback(lines: Iterable[str]) -> Seller | None:
    for line in lines:
        match = _SELLER_COUNT_FIRST.fullmatch(line) or _SELLER_PERCENT_FIRST.fullmatch(line)
        if match:
            return seller(match["name"], match["percent"], match["count"])
    return None


def _seller_of_link(card: LexborNode) -> Seller | None:
    link = card.css_first(_SELLER_LINK)
    if link is None:
        return None
    try:
        names = parse_qs(urlsplit(link.attributes.get("href") or "").query).get("_ssn", [])
    except ValueError:
        return None
    return seller(names[0], None, None) if names else None
