"""What a card of eBay's search page asks for a listing: a price, a bid, or both.

An auction shows its bid first; with Buy It Now, a second price follows. A bid is not a price at which the listing can
be bought.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct
from selectolax.lexbor import LexborNode

from dropship_pipeline.marketplaces.ebay.parts import Part
from dropship_pipeline.marketplaces.ebay.rows import text_of
from dropship_pipeline.marketplaces.ebay.sites import EbaySite
from dropship_pipeline.marketplaces.fields import clean_text
from dropship_pipeline.marketplaces.money import is_range, money_from_text
from dropship_pipeline.models import Money

_LONGEST_ROW = 120
_HAS_DIGIT = re.compile(r"[0-9]")

# In the order en, de, fr, it, es, nl, pl, pt, ja, ko, zh. Best offers are no bids: a bid stands with its count.
_BID_WORDS = (
    "bids?", "gebote?", "enchères?", "offert[ae]", "pujas?", "ofertas?", "biedingen", "bod", "bieding", "ofert[ay]?",
    r"licytacj\w+", "lances?",
)  # fmt: skip
# One begins with a digit, the other with a letter in each alternative: so the search skips what cannot be one.
_COUNTED_BIDS = re.compile(
    rf"[0-9] (?:(?:{'|'.join(_BID_WORDS)})\b"
    # A count and the time that is left, in any language: `3 bud · 2d 3h`.
    r"|[^·0-9\n]{2,20} · (?:[^·0-9\n]{0,20} ?)[0-9]+ ?(?:d|h|m|s|std|min|t|j|g|u|st|godz|tg|dni)\b\.?)"
)
_NAMED_BIDS = re.compile(
    "|".join(f"{word}(?: kupna)? ?: ?[0-9]" for word in _BID_WORDS) + "|入札|입찰|出价|出價|競投|竞投|竞价|競標"
)
_BUY_IT_NOW = re.compile(
    r"buy it now|sofort[- ]?kauf|achat immédiat|compralo subito|c[oó]mpral[oa] (?:ya|ahora)|nu kopen|direct kopen"
    r"|meteen kopen|koop nu|kup teraz|kup od razu|compre? (?:já|agora)|comprar (?:já|agora|ahora)"
    r"|今すぐ(?:購入|買う|落札)|即決|즉시 ?구[매입]|바로 ?구[매입]|立即[购購][买買]|一口[价價]|直接[購购][买買]"
)


class Offer(Struct, frozen=True):
    """What is asked for a listing.

    Args:
        price: what it can be bought for now; None where that is not one clear amount, or only bids are taken.
        price_raw: the price as it was written, or the bid where there is no price.
        bid: the starting or the highest bid.
    """

    price: Money | None
    price_raw: str | None
    bid: Money | None = None


def says_bids(line: str) -> bool:
    """True for a line that counts bids: `3 bids · 2d 3h`."""
    words = line.lower()
    return _COUNTED_BIDS.search(words) is not None or _NAMED_BIDS.search(words) is not None


# A card's lines are short, and most of them stand on many cards.
_line_says_bids = lru_cache(maxsize=1024)(says_bids)


def says_buy_it_now(line: str) -> bool:
    """True for a line that says that a listing can be bought at once."""
    return _BUY_IT_NOW.search(line.lower()) is not None


def offer_in(parts: Mapping[Part, Sequence[LexborNode]], lines: Sequence[str], site: EbaySite) -> Offer:
    """Read what a card asks.

    Args:
        parts: the elements of its card.
        lines: the card's lines about price, bids, shipping and the like.
        site: whose notation its prices follow.
    """
    prices = parts.get("price", ())
    amounts = _amounts(prices)
    if not amounts:  # a price that is struck out is none, but it is what was written
        return Offer(None, next(filter(None, map(text_of, prices)), None))
    first = amounts[0]
    if "auction" not in parts and not any(map(_line_says_bids, lines)):
        return Offer(money_from_text(first, site), first)
    now = _bought_now(map(text_of, parts.get("amount", ())), amounts)
    bid = next((amount for amount in amounts if amount != now), first)
    return Offer(money_from_text(now, site) if now else None, now or bid, bid=money_from_text(bid, site))


def _amounts(prices: Sequence[LexborNode]) -> list[str]:
    """Return the amounts of a card as they are written; the ends of a range are one amount."""
    groups: list[list[LexborNode]] = []
    for node in prices:
        if _is_struck_out(node):
            continue
        if groups and _belong_together(groups[-1][-1], node):
            groups[-1].append(node)
        else:
            groups.append([node])
    return [text for group in groups if (text := _text_of_group(group))]


def _belong_together(before: LexborNode, node: LexborNode) -> bool:
    """True for pieces of one range: `$10.75`, ` to ` and `$30.93` beside each other, or two ends with words between."""
    if _parent_id(before) != _parent_id(node):
        return False
    return not (_HAS_DIGIT.search(before.text()) and _HAS_DIGIT.search(node.text())) or is_range(_beside(node))


def _text_of_group(group: list[LexborNode]) -> str:
    text = clean_text(" ".join(node.text(separator=" ") for node in group))
    beside = _beside(group[0])
    # The second end of a range may stand beside the element of the price.
    return beside if len(beside) > len(text) and beside.startswith(text) and is_range(beside) else text


def _beside(node: LexborNode) -> str:
    """Return the whole line that a price stands in; nothing if that is more than a line."""
    parent = node.parent
    line = text_of(parent) if parent else ""
    return line if len(line) <= _LONGEST_ROW else ""


def _is_struck_out(node: LexborNode) -> bool:
    return node.tag in {"s", "del", "strike"} or "strikethrough" in (node.attributes.get("class") or "").lower()


def _parent_id(node: LexborNode) -> int | None:
    parent = node.parent
    return parent.mem_id if parent else None


def _bought_now(lines: Iterable[str], amounts: list[str]) -> str | None:
    """Return which of an auction's amounts buys it at once: the one with that label, else the last without bids."""
    if len(amounts) == 1:
        return None
    labels: dict[str, list[str]] = {}
    current = ""
    for line in lines:
        current = next((amount for amount in amounts if line.startswith(amount)), current)
        labels.setdefault(current, []).append(line)
    labelled = [amount for amount in amounts if any(map(says_buy_it_now, labels.get(amount, [])))]
    return labelled[-1] if labelled else amounts[-1]
