"""Boxes on eBay's search page that are no listings. What one means is in its words and its place, not in its markup."""

from collections.abc import Collection, Sequence
from html import escape

_ABOVE = {"no_match": "No exact matches found", "correction": "Including results for {keywords}"}
_AMONG = {
    "streamlined": "We streamlined your results to show you the best listings",
    "fewer_words": "Results matching fewer words",
}
_BELOW = {"unknown": "Save 15% with a coupon on your next order"}
_WORDS = {**_ABOVE, **_AMONG, **_BELOW}
MEANINGS = tuple(_WORDS)


def notice(meaning: str, keywords: str = "") -> str:
    """One box, as a row of the list."""
    words = escape(_WORDS[meaning].format(keywords=keywords))
    return (
        '<li class="srp-river-answer srp-river-answer--REWRITE_START"><div class="section-notice">'
        f'<h3 class="section-notice__main">{words}</h3></div></li>\n'
    )


def with_notices(rows: Sequence[str], meanings: Collection[str], keywords: str) -> list[str]:
    """The rows with the boxes that are wanted: above them, in their middle, below them."""
    above, among, below = (
        [notice(meaning, keywords) for meaning in place if meaning in meanings] for place in (_ABOVE, _AMONG, _BELOW)
    )
    middle = len(rows) // 2
    return [*above, *rows[:middle], *among, *rows[middle:], *below]
