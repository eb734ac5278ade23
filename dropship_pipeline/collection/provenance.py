"""Explains a find: the search that it came from, and its place in the kept answer. No Dagster, no SQL."""

import re
import unicodedata
from dataclasses import dataclass

from dropship_pipeline.marketplaces.card_text import Place, listing_part
from dropship_pipeline.marketplaces.ebay.asked import AskedSearch, asked_search
from dropship_pipeline.models import ApiAnswer
from dropship_pipeline.storage.sellers.provenance import Find

# Controls, formats (the direction of text among them), halves of pairs, private use, unassigned, ends of lines and
# paragraphs; looked up for other characters than those that every text has.
_NOT_PRINTED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_UNUSUAL = re.compile(r"[^\t\n -~]")
# A text has few of them; of other bytes, many become one or the other.
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_LOOKED_AT, _MOST_NOT_TEXT = 4_096, 0.1


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """The text of an answer around a listing's part.

    Args:
        before: what stands before the part, or at the beginning where the listing was not found in it.
        part: what is about the listing; "" where it was not found.
        begins_at: how many characters of the answer come before `before`.
        left_out_of_part: how many characters of the part come between `part` and `after`.
        left_out_after: how many characters of the answer come behind `after`.
    """

    before: str
    part: str
    after: str
    begins_at: int
    left_out_of_part: int
    left_out_after: int


@dataclass(frozen=True, slots=True)
class Printed:
    """A text without characters that cannot be seen, and how many of them were replaced."""

    text: str
    replaced: int


def search_of(find: Find) -> AskedSearch | None:
    """What eBay was asked for when the listing came up; None where that is not known."""
    return None if find.call is None else asked_search(find.call.params)


def marked_answer(answer: ApiAnswer, item_id: str, *, around: int, part: int) -> MarkedAnswer | None:
    """Cut an answer to a listing's part, and what stands around it; None where the answer is no text.

    Args:
        answer: as it came.
        item_id: the listing.
        around: at most so many characters on each side of the part.
        part: at most so many characters of the part: a broken page has no end of it.
    """
    text = answer.body.decode("utf-8", "replace")
    looked_at = text[:_LOOKED_AT]
    if len(_NOT_TEXT.findall(looked_at)) > _MOST_NOT_TEXT * len(looked_at):
        return None
    place = listing_part(text, item_id) or Place(0, 0)
    ends = min(place.end, place.start + part)
    begins_at = max(0, place.start - around)
    after = text[place.end : place.end + (around if place.end else 2 * around)]
    return MarkedAnswer(
        before=text[begins_at : place.start],
        part=text[place.start : ends],
        after=after,
        begins_at=begins_at,
        left_out_of_part=place.end - ends,
        left_out_after=len(text) - place.end - len(after),
    )


def printed(text: str) -> Printed:
    """A stranger's text with each character that is not printed, or turns the direction of what follows, as its number.

    Line ends and tabs stay.
    """
    replaced = 0

    def number(found: re.Match[str]) -> str:
        nonlocal replaced
        character = found[0]
        if unicodedata.category(character) not in _NOT_PRINTED:
            return character
        replaced += 1
        return f"⟨U+{ord(character):04X}⟩"

    shown = _UNUSUAL.sub(number, text.replace("\r\n", "\n"))
    return Printed(shown, replaced)
