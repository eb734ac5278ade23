"""eBay's search page -> one `ResultPage` of listings. Finds the rows that count; `cards` reads each.

Wire format: HTML, results in `ul.srp-results` as `li.s-item` (older) or `li.s-card` (newer).
"""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.ebay.cards import is_card, is_filler_card, listing_of_card, text_of
from dropship_pipeline.marketplaces.ebay.sites import EbaySite
from dropship_pipeline.marketplaces.paging import ResultPage, result_page
from dropship_pipeline.models import ApiAnswer, Listing

_ROWS = "ul.srp-results > *, .srp-river-answer--REWRITE_START"
_HEADINGS = "h1, h2, h3, .srp-controls__count-heading, .srp-save-null-search__heading"
_NEXT = "a.pagination__next"
_FEWER_WORDS = re.compile(
    r"results matching fewer words|weniger suchbegriffe|moins de mots|meno parole|menos palabras|minder woorden",
    re.IGNORECASE,
)
_NOTHING_FOUND = re.compile(
    r"0 (?:results|ergebnisse|résultats|risultati|resultados|resultaten|wyników)\b|no exact matches found"
    r"|no results found",
    re.IGNORECASE,
)
# A separator is a short line; a carousel between the rows may hold any words.
_LONGEST_NOTICE = 300


def parse_search_page(answer: ApiAnswer, site: EbaySite) -> ResultPage[Listing]:
    """Parse one search page.

    Returns:
        The listings that match the whole query: rows after "Results matching fewer words" and cards that
        advertise eBay itself are left out.

    Raises:
        BadAnswer: the page has neither results nor a heading that says there are none (a block page), or it has
            rows of which none is a listing.
    """
    tree = LexborHTMLParser(answer.body.decode("utf-8", "replace"))
    if any(_says_nothing_found(heading) for heading in tree.css(_HEADINGS)):
        return ResultPage([], skipped_rows=0, last=True)
    cards, ended = _matching_cards(tree)
    if not cards and not ended:
        raise BadAnswer("a page without results and without a word that there are none", status=answer.status)
    listings = [listing_of_card(card, site) for card in cards]
    return result_page(listings, last=ended or not _has_next(tree), status=answer.status)


def _says_nothing_found(heading: LexborNode) -> bool:
    if not _NOTHING_FOUND.match(text_of(heading)):
        return False
    ancestor = heading.parent
    while ancestor is not None and not is_card(ancestor):
        ancestor = ancestor.parent
    return ancestor is None  # inside a card it is only a listing with an odd title


def _matching_cards(tree: LexborHTMLParser) -> tuple[list[LexborNode], bool]:
    """Return the cards up to the separator, fillers left out, and whether it was met; nothing after it matches."""
    cards = []
    for row in tree.css(_ROWS):
        if is_card(row):
            if not is_filler_card(row):
                cards.append(row)
        elif _is_separator(row):
            return cards, True
    return cards, False


def _is_separator(row: LexborNode) -> bool:
    if "srp-river-answer--REWRITE_START" in (row.attributes.get("class") or ""):
        return True
    text = text_of(row)
    return len(text) <= _LONGEST_NOTICE and _FEWER_WORDS.search(text) is not None


def _has_next(tree: LexborHTMLParser) -> bool:
    link = tree.css_first(_NEXT)
    return link is not None and bool(link.attributes.get("href")) and link.attributes.get("aria-disabled") != "true"
