"""Writes a described page as HTML."""

from collections.abc import Callable, Iterable
from html import escape
from random import Random

from dropship_pipeline_tests.pages_of_ebay.description import Filler, Generation, Notice, Page, Piece, Row, Suggestions
from dropship_pipeline_tests.pages_of_ebay.markup import Pen
from dropship_pipeline_tests.pages_of_ebay.s_card import s_card, s_card_filler
from dropship_pipeline_tests.pages_of_ebay.s_item import s_item, s_item_filler
from dropship_pipeline_tests.pages_of_ebay.su_item_card import su_item_card, su_item_card_filler

CARDS: dict[Generation, Callable[[Row, Pen], str]] = {
    "s-item": s_item,
    "s-card": s_card,
    "su-item-card": su_item_card,
}
FILLERS: dict[Generation, Callable[[Filler, Pen], str]] = {
    "s-item": s_item_filler,
    "s-card": s_card_filler,
    "su-item-card": su_item_card_filler,
}


def rendered(page: Page) -> str:
    """The page's HTML; the accidents of writing follow from its number too."""
    pen = Pen(page, Random(f"markup of ebay page {page.number}"))
    return (
        f'<!DOCTYPE html><html lang="{page.language}"><head><meta charset="utf-8"><title>eBay</title>'
        '<style>span.s12{display:none}</style></head><body class="desktop"><header id="gh"></header>'
        f'<div class="srp-main srp-main--isLarge" id="mainContent">{_heading(page, pen)}'
        f'<div id="srp-river-main" class="srp-river-main clearfix">{_templates(page, pen)}'
        f'<div id="srp-river-results" class="srp-river-results clearfix">{_river(page, pen)}{_next(page)}</div></div>'
        f"{_recent(page, pen)}</div></body></html>"
    )


def _heading(page: Page, pen: Pen) -> str:
    tag = pen.random.choice(("h1", "h1", "div"))
    heading = f'<{tag} class="srp-controls__count-heading">{pen.text(page.heading)}</{tag}>'
    return f'<div class="srp-controls__control srp-controls__count">{heading}</div>'


def _river(page: Page, pen: Pen) -> str:
    """The list, or the two lists between which a notice stands."""
    for index, piece in enumerate(page.pieces):
        if isinstance(piece, Notice) and piece.outside:
            before, after = page.pieces[:index], page.pieces[index + 1 :]
            if pen.random.random() < 0.3:
                return _list(before, page, pen) + _box(piece, pen, _list(after, page, pen))
            return _list(before, page, pen) + _box(piece, pen) + _list(after, page, pen)
    return _list(page.pieces, page, pen)


def _list(pieces: Iterable[Piece], page: Page, pen: Pen) -> str:
    inner = "".join(_piece(piece, pen) for piece in pieces)
    if not inner:
        return ""
    if page.generation == "su-item-card":
        classes = "su-grid su-grid--is-list" if page.view == "list" else "su-grid su-grid--columns-4"
        return f'<ul class="{classes}">{inner}</ul>'
    return f'<ul class="srp-results srp-{page.view} clearfix">{inner}</ul>'


def _piece(piece: Piece, pen: Pen) -> str:
    if isinstance(piece, Row):
        return CARDS[piece.generation](piece, pen)
    if isinstance(piece, Filler):
        return FILLERS[piece.generation](piece, pen)
    if isinstance(piece, Notice):
        return _notice_row(piece, pen)
    return _suggestions(piece)


def _notice_row(notice: Notice, pen: Pen) -> str:
    """A notice in a row of the list; its class does not say what it means."""
    answer = "srp-river-answer srp-river-answer--REWRITE_START"
    main = "section-notice__main"
    bold = pen.span(notice.words, "BOLD")
    words = pen.text(notice.words)
    shapes = (
        f'<li class="{answer}"><div class="section-notice"><span class="{main}">{words}</span></div></li>',
        f'<li class="srp-river-answer"><section class="su-notice"><div class="{main}">{bold}</div></section></li>',
        f'<li class="{answer}">{words}</li>',
        f'<li class="su-grid__item su-grid__item--notice"><div class="su-notice"><p>{words}</p></div></li>',
    )
    return pen.random.choice(shapes)


def _box(notice: Notice, pen: Pen, inner: str = "") -> str:
    """A notice beside the lists, with what it introduces inside it on some pages."""
    if notice.meaning == "no exact match":
        head = (
            '<div class="srp-save-null-search"><h3 class="srp-save-null-search__heading">'
            f"{pen.text(notice.words)}</h3></div>"
        )
        return f'<div class="srp-river-answer srp-river-answer--SAVE_CARD">{head}{inner}</div>'
    head = pen.random.choice((
        f'<h2 class="clipped">{pen.text(notice.words)}</h2>',
        f'<div class="section-notice"><div class="section-notice__main">{pen.text(notice.words)}</div></div>',
    ))  # fmt: skip
    return f'<div class="srp-river-answer srp-river-answer--REWRITE_START">{head}{inner}</div>'


def _suggestions(suggestions: Suggestions) -> str:
    links = "".join(
        f'<li class="carousel__snap-point"><a href="https://www.ebay.com/sch/i.html?_nkw={index}">{escape(words)}</a></li>'
        for index, words in enumerate(suggestions.words)
    )
    classes = "srp-river-answer srp-river-answer--NAVIGATION_ANSWER_COLLAPSIBLE_CAROUSEL"
    return f'<li class="{classes}"><div class="carousel"><ul class="carousel__list">{links}</ul></div></li>'


def _templates(page: Page, pen: Pen) -> str:
    """The two hidden cards that the page's own script clones."""
    if not page.templates:
        return ""
    generation = page.generation or "s-card"
    filler = Filler(generation, "Shop on eBay", "2500219655424533", "$20.00")
    return f'<div class="srp-river-templates" hidden><ul>{FILLERS[generation](filler, pen) * 2}</ul></div>'


def _recent(page: Page, pen: Pen) -> str:
    """What the reader has looked at before; it has nothing to do with the search."""
    if not page.recent:
        return ""
    cards = "".join(
        f'<li class="carousel__snap-point"><div class="str-item-card" data-listingid="{row.item}">'
        f'<a href="https://www.ebay.com/itm/{row.item}">{pen.text(row.title)}</a></div></li>'
        for row in page.recent
    )
    return (
        f'<div class="srp-carousel"><h2>{pen.text("Recently viewed")}</h2><ul class="carousel__list">{cards}</ul></div>'
    )


def _next(page: Page) -> str:
    end = "" if page.another_page else ' aria-disabled="true"'
    href = f"https://www.ebay.{page.tld}/sch/i.html?_nkw=lamp&amp;_pgn=2" if page.another_page else "#"
    return (
        '<div class="s-pagination"><nav class="pagination"><ol class="pagination__items"></ol>'
        f'<a class="pagination__next icon-link" href="{href}"{end}></a></nav></div>'
    )
