"""Explains a find: the search that it came from, and its place in the kept answer. No Dagster, no SQL."""

from dataclasses import dataclass

from dropship_pipeline.marketplaces.card_text import listing_part
from dropship_pipeline.marketplaces.ebay.asked import AskedSearch, asked_search
from dropship_pipeline.models import ApiAnswer
from dropship_pipeline.storage.sellers.provenance import Find


@dataclass(frozen=True, slots=True)
class MarkedAnswer:
    """The text of an answer around a listing's part.

    Args:
        before: what stands before the part, or at the beginning where the listing was not found in it.
        part: what is about the listing; "" where it was not found.
        after: what stands behind it.
        begins_at: how many characters of the answer come before `before`.
        characters: how many the answer has in all.
    """

    before: str
    part: str
    after: str
    begins_at: int
    characters: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return len(self.before) + len(self.part) + len(self.after) == self.characters


def search_of(find: Find) -> AskedSearch | None:
    """What eBay was asked for when the listing came up; None where that is not known."""
    return None if find.call is None else asked_search(find.call.params)


def marked_answer(answer: ApiAnswer, item_id: str, around: int) -> MarkedAnswer:
    """Cut an answer to at most `around` characters on each side of a listing's part."""
    text = answer.body.decode("utf-8", "replace")
    place = listing_part(text, item_id)
    if place is None:
        return MarkedAnswer(text[: 2 * around], "", "", 0, len(text))
    begins_at = max(0, place.start - around)
    return MarkedAnswer(
        text[begins_at : place.start],
        text[place.start : place.end],
        text[place.end : place.end + around],
        begins_at,
        len(text),
    )
