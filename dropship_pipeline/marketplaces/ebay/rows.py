"""Walks through eBay's search page in the order of the page: its result rows, and the words beside them.

Which element is a row is known by the listing id, by a class of one of the three generations of cards, or by an item
link; what stands in the same list and is none is a notice, whatever its class. `cards` reads a row, `notices` words.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from dropship_pipeline.marketplaces.ebay.notices import LONGEST_NOTICE
from dropship_pipeline.marketplaces.ebay.parts import PRICES, TITLES, selector
from dropship_pipeline.marketplaces.fields import clean_text

# `li.s-item` (until 2025), `li.s-card` (2025 on), `.su-item-card` = `.s-item-card--search-evo` (mid-2026 on).
CARD_CLASSES = frozenset({"s-item", "s-card", "su-item-card", "s-item-card"})
CARD = "[data-listingid], .s-item, .s-card, .su-item-card, .s-item-card"
ITEM_LINK = "a[href*='/itm/']"
_TITLE = selector(TITLES)
_PRICE = selector(PRICES)
# The lists that rows stand in, and the part of the page that holds the list, its notices and sometimes loose rows.
_ROW_LISTS = frozenset({"srp-results", "su-grid"})
_RIVER = frozenset({"srp-river-results", "srp-river-main", "srp-river"})
_LIST = ".srp-results, .su-grid, .srp-river-results, #srp-river-results, .srp-river-main, .srp-river"
_HEADINGS = "h1, h2, h3, h4, [role=heading], .srp-controls__count-heading, .srp-save-null-search__heading"
# Where words about the search stand outside the list, in a block with other words.
_ABOVE = f"{_HEADINGS}, [class*='srp-river-answer'], [class*='notice'], [role=status], [role=alert]"
_NOT_WORDS = "nav, form, .pagination, .s-pagination, .srp-controls__count-heading, h1"
_NO_CLASSES: frozenset[str] = frozenset()
_NO_CONTENT = frozenset({"script", "style", "noscript", "template", "svg", "link", "meta", "head"})


@dataclass(frozen=True, slots=True)
class Row:
    """An element that is a listing by a sign of it."""

    card: LexborNode


@dataclass(frozen=True, slots=True)
class Words:
    """A line of the page that is not a listing's.

    Args:
        text: on one line, at most `LONGEST_NOTICE` characters.
        heading: True for a heading: only one of these may count results.
        count: the number that the page sets in bold in the heading above the rows; None elsewhere.
        among_rows: True if it stands in the list of the rows, or just above or below it.
    """

    text: str
    heading: bool
    count: str | None
    among_rows: bool


def text_of(node: LexborNode) -> str:
    """Return all text in a node on one line."""
    return clean_text(node.text(separator=" "))


def classes_of(node: LexborNode) -> frozenset[str]:
    """Return the classes of an element."""
    names = node.attributes.get("class")
    return frozenset(names.split()) if names else _NO_CLASSES


def elements(node: LexborNode, selector: str) -> list[LexborNode]:
    """Return the elements in a node that match a selector list, in order; lexbor gives one for each that it matches."""
    found = node.css(selector)
    return [*{one.mem_id: one for one in found}.values()] if len(found) > 1 else found


def page_parts(tree: LexborHTMLParser) -> Iterator[Row | Words]:
    """Yield the rows of a search page, and the words above, between and below them, in the page's order."""
    body = tree.body
    if body is None:
        return
    if body.css_first(_LIST) is not None:
        yield from _outside(body)
    else:
        yield from _river(body, in_list=False)


def _outside(node: LexborNode) -> Iterator[Row | Words]:
    """Walk through the part of a page that holds the results and much besides."""
    for child in _children(node):
        if not _ROW_LISTS.isdisjoint(classes := classes_of(child)):
            yield from _river(child, in_list=True)
        elif not _RIVER.isdisjoint(classes | {child.attributes.get("id") or ""}):
            yield from _river(child, in_list=False)
        elif _is_answer(classes):
            yield from _answer(child)
        elif child.css_first(_LIST) is not None:
            yield from _outside(child)
        else:
            yield from _words_beside(child)


def _river(node: LexborNode, *, in_list: bool) -> Iterator[Row | Words]:
    """Walk through the results: rows, and boxes between them."""
    for child in _children(node):
        classes = classes_of(child)
        if _is_card(child, classes):
            yield Row(child)
        elif (first := child.css_first(CARD)) is None:
            yield from _box_without_cards(child, classes, in_list=in_list)
        elif _is_box(child, classes, first):
            yield from _answer(child)
        else:
            yield from _river(child, in_list=in_list or not _ROW_LISTS.isdisjoint(classes))


def _answer(node: LexborNode) -> Iterator[Row | Words]:
    """Yield what a box announces, and what stands in a list of results in it; the rows of a carousel are none."""
    lists = [found for found in elements(node, _LIST) if found.mem_id != node.mem_id]
    # The heading of a carousel is no notice.
    yield from _words(node, among_rows=bool(lists) or node.css_first(CARD) is None)
    for inner in lists:
        if not any(_is_inside(inner, other) for other in lists):
            yield from _river(inner, in_list=True)


def _is_box(node: LexborNode, classes: frozenset[str], first: LexborNode) -> bool:
    """True for a box with cards that are not results of this search: a carousel, or what an announcement introduces."""
    if _is_answer(classes):
        return True
    # A row with nothing but its card in it is the usual case, and what follows is slow.
    if (begins := node.first_child) is not None and begins.mem_id == first.mem_id:
        return False
    if node.css_first(_LIST) is not None or node.tag in {"ul", "ol"}:
        return False
    return _has_several_cards(node) and bool(_text_before_cards(node))


def _is_answer(classes: frozenset[str]) -> bool:
    return any("river-answer" in name or "carousel" in name or "notice" in name for name in classes)


def _has_several_cards(node: LexborNode) -> bool:
    cards = elements(node, CARD)
    return any(not _is_inside(card, cards[0]) for card in cards[1:])


def _box_without_cards(node: LexborNode, classes: frozenset[str], *, in_list: bool) -> Iterator[Row | Words]:
    if _is_answer(classes):
        yield from _answer(node)
    elif node.css_first(_LIST) is not None:
        yield from _river(node, in_list=not _ROW_LISTS.isdisjoint(classes))
    elif titles := elements(node, _TITLE):
        # The newest markup is seen with invented classes around its cards too.
        yield from [Row(node)] if len(titles) == 1 and node.css_first(_PRICE) else _river(node, in_list=in_list)
    elif in_list and len({link.attributes.get("href") for link in node.css(ITEM_LINK)}) == 1:
        yield Row(node)
    elif in_list:
        yield from _words(node, among_rows=True)
    else:
        yield from _words_beside(node)


def _words_beside(node: LexborNode) -> Iterator[Words]:
    """Yield the words of a block without rows: its headings and announcements, or all of them if they are few."""
    parts = elements(node, _ABOVE)
    for part in parts or [node]:
        if not _is_in_card(part) and not any(_is_inside(part, other) for other in parts):
            yield from _words(part, among_rows=False)


def _words(node: LexborNode, *, among_rows: bool) -> Iterator[Words]:
    text = _text_before_cards(node)
    if not 0 < len(text) <= LONGEST_NOTICE:
        return
    bold = node.css_first(".BOLD")
    is_count = node.tag == "h1" or "srp-controls__count-heading" in classes_of(node)
    heading = is_count or node.tag in {"h2", "h3", "h4"} or node.css_first(_HEADINGS) is not None
    is_notice = among_rows and not is_count and (node.css_first(CARD) is not None or not _is_navigation(node, text))
    yield Words(text, heading=heading, count=text_of(bold) if bold and is_count else None, among_rows=is_notice)


def _is_navigation(node: LexborNode, text: str) -> bool:
    """True for pages and forms, and for a box of nothing but links, such as those to related searches."""
    if node.css_first(_NOT_WORDS) is not None:
        return True
    links = [words for link in node.css("a") if (words := text_of(link))]
    return len(links) > 1 and len(text) - len(" ".join(links)) < len(links)


def _text_before_cards(node: LexborNode) -> str:
    """Return the words of a box up to its first card or list of results."""
    first = next((found for found in node.css(f"{CARD}, {_LIST}") if found.mem_id != node.mem_id), None)
    if first is None:
        return text_of(node)
    parts = []
    for part in node.traverse(include_text=True):
        if part.mem_id == first.mem_id:
            break
        if part.tag == "-text":
            parts.append(part.text_content or "")
    return clean_text(" ".join(parts))


def _is_in_card(node: LexborNode) -> bool:
    return any(_is_card(ancestor, classes_of(ancestor)) for ancestor in _ancestors(node))


def _is_card(node: LexborNode, classes: frozenset[str]) -> bool:
    return not CARD_CLASSES.isdisjoint(classes) or "data-listingid" in node.attributes


def _is_inside(node: LexborNode, other: LexborNode) -> bool:
    return any(ancestor.mem_id == other.mem_id for ancestor in _ancestors(node))


def _ancestors(node: LexborNode) -> Iterator[LexborNode]:
    ancestor = node.parent
    while ancestor is not None:
        yield ancestor
        ancestor = ancestor.parent


def _children(node: LexborNode) -> Iterator[LexborNode]:
    return (child for child in node.iter() if child.tag not in _NO_CONTENT)
