"""Which element of a result card plays which part, in any of the three markups. Reads no words.

A card is walked through once: asking lexbor for the elements of one part walks through all of them each time.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal

from selectolax.lexbor import LexborNode

Part = Literal[
    "title", "price", "auction", "subtitle", "sites_words", "header", "row", "loose_line", "amount", "seller"
]

TITLES = frozenset({"s-card__title", "s-item__title", "su-item-card__title"})
PRICES = frozenset({"s-card__price", "s-item__price", "su-item-card__price"})
_BY_CLASS: Mapping[Part, frozenset[str]] = {
    "title": TITLES,
    "price": PRICES,
    # What only an auction's card has.
    "auction": frozenset({
        "s-item__bids", "s-item__bidCount", "s-card__bids", "su-bid-countdown", "s-item__time-left",
        "s-card__time-left", "s-item__time-end", "s-card__time-end",
    }),
    "subtitle": frozenset({"s-card__subtitle", "s-item__subtitle", "su-item-card__subtitle"}),
    # Of the older markup's subtitles, the one that is not the seller's.
    "sites_words": frozenset({"SECONDARY_INFO"}),
    "header": frozenset({"su-item-card__header"}),
    "row": frozenset({"s-card__attribute-row"}),
    "loose_line": frozenset({
        "s-item__detail", "s-item__dynamic", "s-item__shipping", "s-item__logisticsCost", "s-item__freeXDays",
        "s-item__bids",
    }),
    # A line with an amount and what buys for it.
    "amount": frozenset({"s-card__attribute-row", "su-item-card__price-container", "s-item__detail"}),
    "seller": frozenset({
        "s-item__seller-info-text", "s-item__seller-info", "s-card__program-badge-container--sellerOrStoreInfo",
        "su-program-badge", "s-card__footer",
    }),
}  # fmt: skip
# What plays a part by standing right in an element of these classes.
_INSIDE: Mapping[Part, frozenset[str]] = {
    "loose_line": frozenset({
        "su-card-container__attributes__primary", "su-card-container__attributes__secondary", "s-item__details",
    }),
    "amount": frozenset({"su-card-container__attributes__primary", "s-item__details"}),
    "seller": frozenset({"su-card-container__attributes__secondary", "su-card-container__attributes__tertiary"}),
}  # fmt: skip
_NONE: frozenset[Part] = frozenset()
_NOTHING = (_NONE, _NONE)
# Shorter are the classes of the letters in which some cards hide a word, each of its own.
_SHORTEST = min(map(len, frozenset().union(*_BY_CLASS.values(), *_INSIDE.values())))


def selector(names: frozenset[str]) -> str:
    """Return the selector of elements that have one of these classes."""
    return ", ".join(f".{name}" for name in sorted(names))


def parts_of(card: LexborNode) -> Mapping[Part, Sequence[LexborNode]]:
    """Return the elements of a card by the part they play, each once and in the card's order; a part may be missing."""
    parts: defaultdict[Part, list[LexborNode]] = defaultdict(list)
    inherited: dict[int, frozenset[Part]] = {}
    for node in card.traverse():
        names = node.attributes.get("class")
        own, of_children = _parts_by_class(names) if names and len(names) >= _SHORTEST else _NOTHING
        if inherited:
            own |= inherited.pop(node.mem_id, _NONE)
        if own:
            for part in own:
                parts[part].append(node)
        if of_children:
            for child in node.iter():
                if child.tag != "-comment":
                    inherited[child.mem_id] = of_children
    return parts


# The class attributes of a page are few and stand on every card.
@lru_cache(maxsize=1024)
def _parts_by_class(attribute: str) -> tuple[frozenset[Part], frozenset[Part]]:
    """Return the parts that an element plays by its classes, and those of the elements that stand right in it."""
    names = frozenset(attribute.split())
    own = frozenset(part for part, classes in _BY_CLASS.items() if not names.isdisjoint(classes))
    return own, frozenset(part for part, classes in _INSIDE.items() if not names.isdisjoint(classes))
