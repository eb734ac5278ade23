"""Pieces of markup that all generations share, and the accidents of how a page is written."""

from collections.abc import Callable
from html import escape
from random import Random

from dropship_pipeline_tests.pages_of_ebay.description import Page, Row

PLACEHOLDER = "https://ebay.com/itm/123456?itmmeta=01INVENTED&hash=item123:g:AAA"
GREY = "https://ir.ebaystatic.com/cr/v/c1/s_1x2.gif"


class Pen:
    """Writes text and links the way that one page does.

    Args:
        page: whose links and hidden words.
        random: decides what carries no meaning: comments, order of attributes, lazy images.
    """

    def __init__(self, page: Page, random: Random) -> None:
        self.page = page
        self.random = random
        # The server's framework leaves comments around what it has put in, on some pages.
        self._comments = random.random() < 0.4
        self._indented = random.random() < 0.2
        self._unquoted = random.random() < 0.4
        # Whether the lines of a card stand in boxes of their own, or side by side.
        self.boxed = random.random() < 0.85

    def text(self, words: str) -> str:
        """Escaped text, between comments on some pages."""
        written = escape(words, quote=False)
        if self._indented:
            written = f"\n            {written}\n        "
        return f"<!--F#f_{self.random.randrange(99)}-->{written}<!--F/-->" if self._comments else written

    def span(self, words: str, classes: str) -> str:
        """A span of text."""
        return f'<span class="{classes}">{self.text(words)}</span>'

    def href(self, row: Row) -> str:
        """The address behind a card; a row that lacks an id leads to a search."""
        if self.page.placeholder_links:
            return PLACEHOLDER
        base = f"https://www.ebay.{self.page.tld}"
        if row.lacks == "id":
            return f"{base}/sch/i.html?_nkw=invented"
        slug = "Invented-Thing/" if self.random.random() < 0.1 else ""
        return f"{base}/itm/{slug}{row.item}?_skw=lamp&itmmeta=01INVENTED&hash=item{row.item}:g:AAA"

    def link(self, href: str, classes: str, inner: str) -> str:
        """An anchor; some pages leave the quotes of attributes away."""
        if self._unquoted and " " not in classes:
            return f"<a class={classes} href={href.replace('&', '&amp;')}>{inner}</a>"
        return f'<a class="{classes}" tabindex="-1" target="_blank" href="{escape(href)}">{inner}</a>'

    def listing_id(self, item: str | None) -> str:
        """The attribute with the listing id, where there is one."""
        if item is None:
            return ""
        return f" data-listingid={item}" if self._unquoted else f' data-listingid="{item}"'

    def clipped(self) -> str:
        """The words that only a screen reader says."""
        return self.span(self.page.clipped, "clipped")

    def image(self, row: Row, classes: str) -> str:
        """A picture: at once, or only when it is scrolled to."""
        if row.image is None:
            return f'<img class="{classes}" alt="" src="{GREY}">'
        alt = escape(row.title)
        ways: tuple[Callable[[str], str], ...] = (
            lambda url: f'<img class="{classes}" alt="{alt}" src="{url}">',
            lambda url: f'<img class="{classes}" loading=lazy src="{GREY}" data-src="{url}" alt="{alt}">',
            lambda url: f'<img class="{classes}" alt="{alt}" data-defer-load="{url}">',
        )
        return self.random.choice(ways)(row.image)

    def sponsored(self) -> str:
        """The word `Sponsored`, in letters that a style sheet puts in order and hides some of."""
        letters = "".join(f'<span class="s{self.random.randrange(9999)}">{letter}</span>' for letter in "SpxonqsozredD")
        return f'<div aria-hidden="true" role="text">{letters}</div>'


def conditioned(row: Row) -> list[str]:
    """The site's line of the condition, in the parts in which it may be written: condition, then seller's kind."""
    if row.condition is None:
        return []
    words = row.condition.words + (f" · {row.details}" if row.details else "")
    return [f"{words} | ", row.seller_type] if row.seller_type else [words]
