"""Finds the part of a raw answer that is about one listing, for people who look at the answer. Reads no values.

A listing is named by its number, in a link or in an attribute. Its part of a page is the element around these names
that holds no other listing's; in JSON it is the object that holds them. What is found is a place in the text and may
be a little wide or narrow where a page is broken; what the listing says is read by the parsers alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# In a link (`/itm/900000000001`, `/itm/some-title/900000000001`), with JSON's escaped slashes too, or in an attribute.
_NAMED = re.compile(
    r"""(?:\\?/itm\\?/(?:[^/?#"'<>\s\\]+\\?/)?|data-listingid\s*=\s*["']?)([0-9]{7,19})(?![0-9A-Za-z])"""
)
# Each is bounded: a hostile page of many megabytes is looked through once, and not once for every tag that it opens.
_TAG = re.compile(r"<(li|div|article|section)\b([^<>]{0,2000})", re.IGNORECASE)
_OF_CARD = re.compile(
    r"""\bdata-listingid\b|\bclass\s{0,9}=\s{0,9}["']?(?:[^"']{0,200}\s)?"""
    r"""(?:s-item|s-card|su-item-card|s-item-card|su-grid__item)(?![\w-])""",
    re.IGNORECASE,
)
_JSON_PARTS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[{}]', re.DOTALL)
_JSON_BEGINS = ("{", "[")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a text: from its first character to behind its last."""

    start: int
    end: int


def listing_part(text: str, item_id: str) -> Place | None:
    """The part of an answer that is about a listing; None where the answer does not name it.

    Args:
        text: of the answer, HTML or JSON.
        item_id: the listing's number.
    """
    if text.lstrip("\ufeff \t\r\n").startswith(_JSON_BEGINS):
        return _object_about(text, item_id)
    return _card_about(text, item_id)


def _object_about(text: str, item_id: str) -> Place | None:
    """The innermost object with a string that names the listing."""
    opened: list[int] = []
    wanted: int | None = None
    for part in _JSON_PARTS.finditer(text):
        if part[0] == "{":
            opened.append(part.start())
        elif part[0] == "}":
            start = opened.pop() if opened else None
            if start is not None and start == wanted:
                return Place(start, part.end())
        elif wanted is None and opened and _names(part[0], item_id):
            wanted = opened[-1]
    return None if wanted is None else Place(wanted, len(text))


def _names(text: str, item_id: str) -> bool:
    return text == f'"{item_id}"' or any(found[1] == item_id for found in _NAMED.finditer(text))


def _card_about(text: str, item_id: str) -> Place | None:
    names = list(_NAMED.finditer(text))
    first = next((place for place, found in enumerate(names) if found[1] == item_id), None)
    if first is None:
        return None
    last = first
    while last + 1 < len(names) and names[last + 1][1] == item_id:
        last += 1
    after_previous = names[first - 1].end() if first else 0
    next_name = names[last + 1].start() if last + 1 < len(names) else len(text)
    opening = _opening(text, after_previous, names[first].start())
    if opening is None:  # no card is seen: the tags that name it
        tag = text.rfind("<", after_previous, names[first].start())
        return Place(tag if tag >= 0 else names[first].start(), _end_of_tag(text, names[last].start()))
    end = _closing(text, opening.start(), opening[1].lower(), next_name)
    return Place(opening.start(), max(end, names[last].end()))


def _opening(text: str, start: int, name: int) -> re.Match[str] | None:
    """The tag that opens the card: the last item of the list, or the last card where no list has it."""
    # The name may stand in the tag itself, so the tag begins before it and may end behind it.
    found = [tag for tag in _cards(text, start, _end_of_tag(text, name)) if tag.start() < name]
    items = [tag for tag in found if tag[1].lower() == "li"]
    return next(reversed(items or found), None)


def _end_of_tag(text: str, name: int) -> int:
    end = text.find(">", name)
    return len(text) if end < 0 else end + 1


def _closing(text: str, start: int, tag: str, limit: int) -> int:
    """Behind the tag that closes the element, or before the next listing's card where none does."""
    depth = 0
    for found in re.compile(rf"<(/?){tag}\b", re.IGNORECASE).finditer(text, start, limit):
        depth += -1 if found[1] else 1
        if depth == 0:
            return _end_of_tag(text, found.end())
    following = next((card.start() for card in _cards(text, start + 1, _end_of_tag(text, limit))), limit)
    return min(following, limit)


def _cards(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The tags between two places that open a card, as eBay has named them."""
    return (tag for tag in _TAG.finditer(text, start, end) if _OF_CARD.search(tag[2]))
