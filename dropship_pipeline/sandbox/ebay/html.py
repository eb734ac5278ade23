"""eBay's search page, in its older (`li.s-item`) and newer (`li.s-card`) markup. Wire format only.

The page's traps are on it: cards that are no listings, prefixes and hidden texts in titles, attributes without quotes,
lazy images, rounded feedback counts, cards without a seller, and rows behind "Results matching fewer words".
"""

from html import escape

from dropship_pipeline.sandbox.ebay.card import card
from dropship_pipeline.sandbox.ebay.card import filler as filler_card
from dropship_pipeline.sandbox.ebay.item import filler as filler_item
from dropship_pipeline.sandbox.ebay.item import item
from dropship_pipeline.sandbox.ebay.search import EbayPage
from dropship_pipeline.sandbox.ebay.style import PageStyle

_FILLERS = 2
_BLOCK = (
    "<!DOCTYPE html><html><head><title>Pardon our interruption</title></head><body>"
    '<div id="sensor"><h1>Checking your browser before you go on</h1>'
    "<p>Reference 0.51a23817</p></div><script>/* sensor */</script></body></html>"
)


def block_page() -> str:
    """What a blocked client gets, with HTTP 200: no results and no heading that says that there are none."""
    return _BLOCK


def search_page(
    keywords: str, page: EbayPage, style: PageStyle, *, listed: bool = True, fillers_only: bool = False
) -> str:
    """The whole page.

    Args:
        keywords: for the headings.
        page: what was found.
        style: how it is written.
        listed: False leaves the list of results out altogether.
        fillers_only: True leaves only cards that are no listings, below a heading that counts results.
    """
    write, fill = (card, filler_card) if style.markup == "s-card" else (item, filler_item)
    rows = [fill(style)] * _FILLERS
    if not fillers_only:
        rows += [write(listing, style) for listing in page.rows]
        if page.fewer:
            rows.append(
                '<li class="srp-river-answer srp-river-answer--REWRITE_START"><div class="section-notice">'
                '<h3 class="section-notice__main">Results matching fewer words</h3></div></li>'
            )
            rows += [write(listing, style) for listing in page.fewer]
    body = f'<ul class="srp-results srp-list clearfix">\n{"".join(rows)}</ul>' if listed else ""
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{escape(keywords)} for sale</title></head><body>"
        f'<div id="srp-river-main" class="srp-river-main">{_heading(keywords, page.total)}{body}{_pagination(style)}'
        "</div></body></html>"
    )


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
