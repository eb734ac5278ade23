"""Invented search pages in eBay's three markups, for the tests of their parser, and how those read them."""

import pytest

from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.paging import ResultPage
from dropship_pipeline.models import Listing
from dropship_pipeline_tests.unit.marketplace_fakes import html_answer

CLIPPED = '<span class="clipped">Opens in a new window or tab</span>'
ZERO_HEADING = '<h1 class="srp-controls__count-heading"><span class="BOLD">0</span> results for <span>lamp</span></h1>'
COUNT_HEADING = (
    '<h1 class="srp-controls__count-heading"><span class="BOLD">1,200+</span> results for <span>lamp</span></h1>'
)
FEWER_WORDS = (
    '<li class="srp-river-answer srp-river-answer--REWRITE_START"><span>Results matching fewer words</span></li>'
)
NEXT = '<nav><a class="pagination__next" href="https://www.ebay.com/sch/i.html?_nkw=lamp&_pgn=2">Next</a></nav>'
NO_NEXT = '<nav><a class="pagination__next" href="#" aria-disabled="true">Next</a></nav>'
BLOCK_PAGE = (
    "<html><head><title>Pardon Our Interruption</title></head><body><h1>Checking your browser</h1></body></html>"
)


def page(*rows: str, heading: str = COUNT_HEADING, pagination: str = NO_NEXT) -> str:
    """A whole search page with these rows."""
    river = f'<ul class="srp-results srp-list clearfix">{"".join(rows)}</ul>' if rows else ""
    return f'<!doctype html><html><body><div id="srp">{heading}{river}{pagination}</div></body></html>'


def new_card(
    item: str = "900000000001",
    *,
    title: str = "Invented Brass Lamp",
    price: str = '<span class="su-styled-text primary bold s-card__price">$39.50</span>',
    subtitles: tuple[str, ...] = ("Brand New",),
    attributes: tuple[str, ...] = ("Buy It Now", "Free delivery", "Free returns"),
    seller: str = "<span>invented_lamps </span><span>99.1% positive (1.5K)</span>",
    image: str = 'src="https://i.ebayimg.com/images/g/INVENTED01/s-l500.webp"',
) -> str:
    """A card of the newer markup; the link's attributes are unquoted, as the site writes them."""
    subtitle_rows = "".join(
        f'<div class="s-card__subtitle-row"><div class="s-card__subtitle"><span>{text}</span></div></div>'
        for text in subtitles
    )
    attribute_rows = "".join(f'<div class="s-card__attribute-row"><span>{text}</span></div>' for text in attributes)
    link = f"<a class=s-card__link href=https://www.ebay.com/itm/{item}?_skw=lamp&hash=invented>"
    return (
        f'<li class="s-card s-card--horizontal" data-listingid={item}><div class="su-card-container">'
        f'<div class="su-card-container__media">{link}<img class="s-card__image" {image}></a></div>'
        f'<div class="su-card-container__header">{link}<div role=heading class="s-card__title">'
        f'<span class="su-styled-text primary default">{title}</span>{CLIPPED}</div></a>{subtitle_rows}</div>'
        f'<div class="su-card-container__attributes"><div class="su-card-container__attributes__primary">'
        f'<div class="s-card__attribute-row">{price}</div>{attribute_rows}</div>'
        f'<div class="su-card-container__attributes__secondary"><div class="s-card__attribute-row">{seller}</div>'
        "</div></div></div></li>"
    )


def old_card(
    item: str = "900000000001",
    *,
    title: str = "Invented Brass Lamp",
    price: str = "$39.50",
    condition: str = "Brand New",
    shipping: str = '<span class="s-item__shipping s-item__logisticsCost">Free shipping</span>',
    seller: str = '<span class="s-item__seller-info-text">invented_lamps (1,500) 99.1%</span>',
    image: str = 'src="https://i.ebayimg.com/images/g/INVENTED01/s-l225.webp"',
) -> str:
    """A card of the older markup."""
    link = f'<a class="s-item__link" href="https://www.ebay.com/itm/{item}?hash=invented">'
    return (
        f'<li class="s-item s-item__pl-on-bottom"><div class="s-item__image">{link}'
        f'<div class="s-item__image-wrapper"><img {image}></div></a></div>'
        f'<div class="s-item__info">{link}<div class="s-item__title"><span role="heading">{title}</span></div>'
        f'{CLIPPED}</a><div class="s-item__subtitle">Ships quickly from our shop</div>'
        f'<div class="s-item__subtitle"><span class="SECONDARY_INFO">{condition}</span></div>'
        f'<div class="s-item__detail"><span class="s-item__price">{price}</span></div>'
        f'<div class="s-item__detail">{shipping}</div>{seller}</div></li>'
    )


def newest_card(
    item: str = "900000000001",
    *,
    title: str = "Invented Brass Lamp",
    price: str = '<span class="su-styled-text primary bold medium su-item-card__price">$39.50</span>',
    condition: str = "Brand New",
    lines: tuple[str, ...] = ("Buy It Now", "Free delivery"),
    seller: str = "<span>invented_lamps 99.1% positive (1.5K)</span>",
    wrapper: str = "li",
) -> str:
    """A card of the newest markup: the id on the card inside the row, the title a link."""
    spans = "".join(f'<span class="su-styled-text primary default">{line}</span>' for line in lines)
    return (
        f'<{wrapper} class="su-grid__item"><div class="su-item-card s-item-card s-item-card--search-evo" '
        f'data-listingid="{item}"><div class="su-card-container"><div class="su-card-container__media">'
        f'<div class="su-image"><img src="https://i.ebayimg.com/images/g/INVENTED01/s-l500.webp"></div></div>'
        f'<div class="su-card-container__header"><div class="su-item-card__header">'
        f'<a class="su-link su-item-card__title" href="https://www.ebay.com/itm/{item}?_skw=lamp">{title}{CLIPPED}</a></div>'
        f'<div class="su-item-card__subtitle"><span class="su-styled-text secondary">{condition}</span></div>'
        f'<div class="su-item-card__price-container">{price}</div></div><div class="su-card-container__attributes">'
        f'<div class="su-card-container__attributes__primary">{spans}</div>'
        f'<div class="su-card-container__attributes__secondary">{seller}</div></div></div></div></{wrapper}>'
    )


def notice(words: str, inside: str = "") -> str:
    """A row of the list that is no card: the class says nothing about what it means."""
    return (
        f'<li class="srp-river-answer srp-river-answer--REWRITE_START"><span class="BOLD">{words}</span>{inside}</li>'
    )


FILLERS = (new_card("123456", title="Shop on eBay"), old_card("123456", title="Shop on eBay"))
MARKUPS = pytest.mark.parametrize("card", [new_card, old_card])
EVERY_MARKUP = pytest.mark.parametrize("card", [new_card, old_card, newest_card])


def parse(html: str, tld: str = "com") -> ResultPage[Listing]:
    """What is read of a page."""
    return parse_search_page(html_answer(html), ebay_site(tld))


def only(card: str, tld: str = "com") -> Listing:
    """What is read of a page with one card."""
    (listing,) = parse(page(card), tld).products
    return listing


def ids(html: str) -> list[str]:
    """The numbers of the listings of a page."""
    return [listing.product_id for listing in parse(html).products]
