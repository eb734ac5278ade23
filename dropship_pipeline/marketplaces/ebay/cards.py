"""One result card of eBay's search page, in any of the three markups -> `Listing`. Sees nothing beyond its card.

The markups: `li.s-item` (until 2025), `li.s-card` (2025 on), `.su-item-card` (mid-2026 on, in `li.su-grid__item`). They
are served in turn and sometimes mixed in one list, so that a card is read by what it holds, not by what it is called.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from dropship_pipeline.marketplaces.ebay.conditions import site_condition
from dropship_pipeline.marketplaces.ebay.offers import offer_in
from dropship_pipeline.marketplaces.ebay.parts import Part, parts_of
from dropship_pipeline.marketplaces.ebay.rows import CARD_CLASSES, ITEM_LINK, classes_of, text_of
from dropship_pipeline.marketplaces.ebay.sellers import seller, seller_in
from dropship_pipeline.marketplaces.ebay.shipping import LONGEST_LINE, mentions_shipping, shipping_cost
from dropship_pipeline.marketplaces.ebay.sites import (
    LONGEST_ITEM_ID,
    PLACEHOLDER_ID,
    EbaySite,
    item_id,
    item_url,
    own_id,
)
from dropship_pipeline.marketplaces.ebay.titles import clean_title, is_badge, is_filler_title
from dropship_pipeline.marketplaces.fields import image_url
from dropship_pipeline.marketplaces.money import amounts_in, normalised
from dropship_pipeline.marketplaces.paging import SkipReason
from dropship_pipeline.models import Listing, Money, Seller

_LINK = f"a.s-card__link, a.s-item__link, a.su-item-card__title, {ITEM_LINK}"
# What the page puts into a title for the screen reader.
_CLIPPED = frozenset({"clipped", "clipped-text", "visually-hidden", "sr-only"})
_EMPHASIS = frozenset({"b", "strong", "em", "i", "mark"})
_LONGEST_BADGE = 30
# Not any `img`: badges and the seller's portrait are in the card too.
_IMAGE = "img.s-card__image, .su-card-container__media img, .su-image img, .s-item__image-img, .s-item__image img"
# The lazy ones first: beside them, `src` is a placeholder.
_IMAGE_ATTRIBUTES = ("data-defer-load", "data-src", "src")
_SELLER_LINK = "a[href*='_ssn=']"
# A longer one is a block of the page, not a line of a card.
_LONGEST_LINE = 300
_Parts = Mapping[Part, Sequence[LexborNode]]


def listing_of_card(card: LexborNode, site: EbaySite) -> Listing | SkipReason | None:
    """Read a card.

    Returns:
        Why it is no listing where it should be one; None for what is no row of the results: the card that advertises
        eBay itself, and a card without any sign of a listing.
    """
    parts = parts_of(card)
    own, title = _own_id(card), _title(parts)
    is_sure = own is not None and own != PLACEHOLDER_ID and len(own) <= LONGEST_ITEM_ID
    item = own if is_sure else _linked_id(card)
    if _is_filler(own, item, title):
        return None
    if item is None or item == PLACEHOLDER_ID:
        return "no_id" if _is_like_a_listing(card, parts) else None
    if title is None:
        return "unknown_layout" if CARD_CLASSES.isdisjoint(classes_of(card)) else "no_title"
    lines = _lines_of_offer(card, parts)
    offer = offer_in(parts, lines, site)
    shipping_raw, shipping = _shipping(lines, site, offer.price or offer.bid)
    return Listing(
        platform="ebay",
        product_id=item,
        title=title,
        url=item_url(item, site),
        price=offer.price,
        price_raw=offer.price_raw,
        bid=offer.bid,
        image_url=_image(card),
        condition=_condition(card, parts, site),
        shipping=shipping,
        shipping_raw=shipping_raw,
        seller=_seller(card, parts, lines),
    )


def _is_filler(own: str | None, item: str | None, title: str | None) -> bool:
    """True for the card that advertises eBay itself: by its own id, or by its title.

    Args:
        own: the id that the card itself carries.
        item: that id if it can be an item's, else the one in its links.
        title: its title.
    """
    if own == PLACEHOLDER_ID:
        return True
    has_real_id = item is not None and item != PLACEHOLDER_ID
    if title is not None and is_filler_title(title, whole=has_real_id):
        return True
    return own is not None and item == PLACEHOLDER_ID  # an invented id of its own, and the placeholder in its links


def _is_like_a_listing(card: LexborNode, parts: _Parts) -> bool:
    """True for a card with an id, a link to an item or a price, whatever is wrong with them."""
    return "price" in parts or card.css_first(f"[data-listingid], {ITEM_LINK}") is not None


def _own_id(card: LexborNode) -> str | None:
    holder = card if "data-listingid" in card.attributes else card.css_first("[data-listingid]")
    return own_id(holder.attributes.get("data-listingid")) if holder else None


def _linked_id(card: LexborNode) -> str | None:
    """Return the first real id in the card's links, else the placeholder's if one has it."""
    ids = [found for link in card.css(_LINK) if (found := item_id(link.attributes.get("href")))]
    return next((found for found in ids if found != PLACEHOLDER_ID), ids[0] if ids else None)


def _lines(nodes: Iterable[LexborNode]) -> list[str]:
    return [line for line in map(text_of, nodes) if 0 < len(line) <= _LONGEST_LINE]


def _lines_of_offer(card: LexborNode, parts: _Parts) -> list[str]:
    """Return the lines about price, bids, shipping and the like; once each, since the older markup nests them."""
    in_rows = [] if "s-item" in classes_of(card) else _lines(parts.get("row", ()))
    return [*dict.fromkeys(in_rows or _lines(parts.get("loose_line", ())))]


def _title(parts: _Parts) -> str | None:
    if "title" not in parts:
        return None
    runs = [*_runs(parts["title"][0])]
    if len(runs) > 1 and _is_badge_run(*runs[0], runs[1][1]):
        del runs[0]
    return clean_title(" ".join(text for text, _ in runs))


def _runs(node: LexborNode) -> Iterator[tuple[str, LexborNode]]:
    """Yield each piece of a title's text and the element it stands in, without what is for the screen reader."""
    for child in node.iter(include_text=True):
        if (text := child.text_content) is not None:
            if text := text.strip():
                yield text, node
        elif _CLIPPED.isdisjoint(classes_of(child)):
            yield from _runs(child)


def _is_badge_run(text: str, element: LexborNode, following: LexborNode) -> bool:
    """True if a title's first piece is a badge: a short element of its own that ends before the title begins."""
    if is_badge(text):
        return True
    if element.tag in _EMPHASIS or len(text) > _LONGEST_BADGE or any(map(str.isdigit, text)):
        return False
    holder: LexborNode | None = following
    while holder is not None:
        if holder.mem_id == element.mem_id:
            return False
        holder = holder.parent
    return True


def _condition(card: LexborNode, parts: _Parts, site: EbaySite) -> str | None:
    """Return the site's own line about condition: the last of the subtitles, the seller's words come before it."""
    lines = parts.get("subtitle", ())
    if "sites_words" in parts and (not lines or "s-item__subtitle" in classes_of(lines[0])):
        # The older markup tells the site's words by their class; of several in one line the first is the condition.
        marked = [info for node in lines or [card] if (info := node.css_first(".SECONDARY_INFO"))]
        lines = marked or lines
    lines = lines or _header_lines(parts)
    for line in map(text_of, reversed(lines)):
        if line and not amounts_in(normalised(line), site) and (condition := site_condition(line)):
            return condition
    return None


def _header_lines(parts: _Parts) -> list[LexborNode]:
    texts = [text for header in parts.get("header", ()) for text in header.css(".su-styled-text")]
    return [text for text in texts if text.attributes.get("role") != "heading"]


def _shipping(lines: list[str], site: EbaySite, price: Money | None) -> tuple[str | None, Money | None]:
    """Return the line about shipping and the cost in it: of the first with a cost, else of the first about it."""
    about = [line for line in lines if mentions_shipping(line) and len(line) <= LONGEST_LINE and not seller_in([line])]
    currency = price.currency if price else None
    costs = ((line, cost) for line in about if (cost := shipping_cost(line, site, currency)))
    return next(costs, (about[0] if about else None, None))


def _image(card: LexborNode) -> str | None:
    first = card.css_first(_IMAGE)
    if first is None:
        return None
    return _address(first) or next(filter(None, map(_address, card.css(_IMAGE))), None)


def _address(picture: LexborNode) -> str | None:
    held = picture.attributes
    for name in _IMAGE_ATTRIBUTES:
        if address := image_url(held.get(name)):
            return address
    return None


def _seller(card: LexborNode, parts: _Parts, lines: list[str]) -> Seller | None:
    named = seller_in(lines)
    if named is None:
        others = _lines(parts.get("seller", ()))
        # The name and its feedback may stand in elements beside each other.
        named = seller_in(others) or seller_in(map(" ".join, pairwise(others)))
    return named or _seller_of_link(card)


def _seller_of_link(card: LexborNode) -> Seller | None:
    link = card.css_first(_SELLER_LINK)
    if link is None:
        return None
    try:
        names = parse_qs(urlsplit(link.attributes.get("href") or "").query).get("_ssn", [])
    except ValueError:
        return None
    return seller(names[0], None, None) if names else None
