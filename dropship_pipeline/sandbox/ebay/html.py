"""eBay's search page, its cards in any of three markups or all of them. Wire format only.

The page's traps are on it: cards that are no listings, prefixes and hidden texts in titles, attributes without quotes,
lazy images, rounded feedback counts, cards without a seller, and rows behind "Results matching fewer words".
"""

from collections.abc import Callable, Sequence
from html import escape

from dropship_pipeline.sandbox.catalogue.listings import EbayListing
from dropship_pipeline.sandbox.ebay.card import card
from dropship_pipeline.sandbox.ebay.card import filler as filler_card
from dropship_pipeline.sandbox.ebay.item import filler as filler_item
from dropship_pipeline.sandbox.ebay.item import item
from dropship_pipeline.sandbox.ebay.item_card import filler as filler_item_card
from dropship_pipeline.sandbox.ebay.item_card import item_card
from dropship_pipeline.sandbox.ebay.notices import notice, with_notices
from dropship_pipeline.sandbox.ebay.search import EbayPage
from dropship_pipeline.sandbox.ebay.style import PageStyle

_FILLERS = 2
_WRITERS: dict[str, Callable[[EbayListing, PageStyle], str]] = {
    "s-item": item,
    "s-card": card,
    "su-item-card": item_card,
}
_FILLER_WRITERS: dict[str, Callable[[PageStyle], str]] = {
    "s-item": filler_item,
    "s-card": filler_card,
    "su-item-card": filler_item_card,
    "mixed": filler_card,
}
_LISTS = {
    ("su-item-card", "list"): "su-grid su-grid--is-list",
    ("su-item-card", "grid"): "su-grid",
}
_BLOCK = (
    "<!DOCTYPE html><html><head><title>Pardon our interruption</title></head><body>"
    '<div id="sensor"><h1>Checking your browser before you go on</h1>'
    "<p>Reference 0.51a23817</p></div><script>/* sensor */</script></body></html>"
)


def block_page() -> str:
    """What a blocked client gets, with HTTP 200: no results and no heading that says that there are none."""
    return _BLOCK


def in_an_unknown_layout(html: str) -> str:
    """The page with other class names: the listings are on it, in cards that nobody has seen before."""
    for name in ("s-item", "s-card", "su-item-card", "su-card-container", "su-grid", "srp-results"):
        html = html.replace(name, f"vx{len(name)}-tile")
    return html


def search_page(
    keywords: str,
    page: EbayPage,
    style: PageStyle,
    *,
    notices: Sequence[str] = (),
    listed: bool = True,
    fillers_only: bool = False,
) -> str:
    """The whole page.

    Args:
        keywords: for the headings.
        page: what was found.
        style: how it is written.
        notices: what boxes among the rows say.
        listed: False leaves the list of results out altogether.
        fillers_only: True leaves only cards that are no listings, below a heading that counts results.
    """
    rows = [_FILLER_WRITERS[style.markup](style)] * _FILLERS
    if not fillers_only:
        rows += with_notices(_cards(page.rows, style), notices, keywords)
        if page.fewer:
            rows += [notice("fewer_words"), *_cards(page.fewer, style)]
    classes = _LISTS.get((style.markup, style.view), f"srp-results srp-{style.view} clearfix")
    body = f'<ul class="{classes}">\n{"".join(rows)}</ul>' if listed else ""
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{escape(keywords)} for sale</title></head><body>"
        f'<div id="srp-river-main" class="srp-river-main">{_heading(keywords, page.total)}{body}{_pagination(style)}'
        "</div></body></html>"
    )


def _cards(listings: Sequence[EbayListing], style: PageStyle) -> list[str]:
    return [_WRITERS[style.markup_of(listing)](listing, style) for listing in listings]


def _heading(keywords: str, total: int) -> str:
    count = (
        f'<h1 class="srp-controls__count-heading"><span class="BOLD">{total:,}</span> results for '
        f'<span class="BOLD">{escape(keywords)}</span></h1>'
    )
    if total:
        return count
    return (
        f'{count}<div class="srp-save-null-search"><h3 class="srp-save-null-search__heading">'
        "No exact matches found</h3></div>"
    )


def _pagination(style: PageStyle) -> str:
    if style.next_url is None:
        return '<nav><a class="pagination__next icon-link" aria-disabled="true">Next</a></nav>'
    return f'<nav><a class="pagination__next icon-link" href="{escape(style.next_url)}">Next</a></nav>'
