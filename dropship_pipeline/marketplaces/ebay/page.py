"""eBay's search page -> one `ResultPage` of listings. Decides which rows match; `rows` finds them, `cards` reads each.

Wire format: HTML, results as `li.s-item`, `li.s-card` or `.su-item-card`, in turn and mixed. What was decided where the
page is not clear, and why, stands in docs/reading-pages.md.
"""

from collections import Counter
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.ebay.cards import listing_of_card
from dropship_pipeline.marketplaces.ebay.notices import NoticeKind, counts_zero, notice_kind
from dropship_pipeline.marketplaces.ebay.rows import ITEM_LINK, Row, Words, page_parts
from dropship_pipeline.marketplaces.ebay.sites import LONGEST_ITEM_ID, PLACEHOLDER_ID, EbaySite, item_id, own_id
from dropship_pipeline.marketplaces.paging import ResultPage, SkipReason, result_page
from dropship_pipeline.models import ApiAnswer, Listing

_NEXT = "a.pagination__next, a[type=next], a[rel=next]"
# After these, and below them, nothing matches the whole query.
_END: frozenset[NoticeKind] = frozenset({"fewer_words", "no_exact_match"})
# A page of another kind may have a link to an item or two; a page of results in a new layout has many.
_FEWEST_LINKED_ROWS = 3


def parse_search_page(answer: ApiAnswer, site: EbaySite) -> ResultPage[Listing]:
    """Parse one search page.

    Returns:
        The listings that match the whole query: rows after "Results matching fewer words" or below "No exact matches
        found" and cards that advertise eBay itself are left out. None at all where the page says, above its rows, that
        nothing matches.

    Raises:
        BadAnswer: the page has neither results nor words that there are none (a block page), or it has rows of which
            none is a listing (an unknown layout).
    """
    tree = LexborHTMLParser(answer.body.decode("utf-8", "replace"))
    try:
        rows, notices, ended = _matches(tree, _in_the_readers_language(tree, site))
    except RecursionError:
        raise BadAnswer("the page is nested too deeply to be one", status=answer.status) from None
    if not rows and not ended:
        raise BadAnswer(_what_it_is(tree), status=answer.status)
    return result_page(rows, last=ended or not _has_next(tree), status=answer.status, notices=notices, priced=True)


def _matches(tree: LexborHTMLParser, site: EbaySite) -> tuple[list[Listing | SkipReason], Counter[str], bool]:
    """Read the rows up to the end of the matches; return them, the notices, and whether that end was met."""
    rows: list[Listing | SkipReason] = []
    notices: Counter[str] = Counter()
    may_end = False
    for part in page_parts(tree):
        if isinstance(part, Row):
            if may_end:
                return rows, notices, True
            row = listing_of_card(part.card, site)
            rows += [] if row is None else [row]
        elif (kind := _kind(part)) is not None:
            notices[kind] += 1
            if kind in _END and (kind == "fewer_words" or part.among_rows or not rows):
                return rows, notices, True
            # Below the results the same words may be about something else; they are an end if rows follow them.
            may_end = may_end or kind in _END
    return rows, notices, False


def _kind(words: Words) -> NoticeKind | None:
    """Say what words beside the rows mean; None for words that are no notice, such as a heading of the page."""
    if words.heading and (words.count == "0" or counts_zero(words.text)):
        return "no_exact_match"
    kind = notice_kind(words.text)
    return kind if kind != "unknown" or words.among_rows else None


def _in_the_readers_language(tree: LexborHTMLParser, site: EbaySite) -> EbaySite:
    """Return how prices are written on this page: to a reader of Chinese, `¥` may mean yuan."""
    language = (tree.root.attributes.get("lang") or "") if tree.root else ""
    return replace(site, yen_sign=None) if language.lower().startswith("zh") else site


def _what_it_is(tree: LexborHTMLParser) -> str:
    """Name a page on which no row was found, for whoever has to find out what eBay has changed."""
    owned = {own_id(node.attributes.get("data-listingid")) for node in tree.css("[data-listingid]")}
    linked = {item_id(link.attributes.get("href")) for link in tree.css(ITEM_LINK)}
    ids = {item for item in owned if item and item != PLACEHOLDER_ID and len(item) <= LONGEST_ITEM_ID}
    ids = ids or ({item for item in linked if item} - {PLACEHOLDER_ID} if len(linked) >= _FEWEST_LINKED_ROWS else set())
    if ids:
        return f"unknown layout: {len(ids)} rows with listing ids"
    return "a page without results and without a word that there are none (a block page?)"


def _has_next(tree: LexborHTMLParser) -> bool:
    link = tree.css_first(_NEXT)
    return link is not None and bool(link.attributes.get("href")) and link.attributes.get("aria-disabled") != "true"
