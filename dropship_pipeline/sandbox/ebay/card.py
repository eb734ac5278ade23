"""A row of eBay's search page in the newer markup, `li.s-card`. Wire format only.

Its traps: attributes without quotes, lazy images, hidden texts, rounded feedback counts, cards without a seller.
"""

from html import escape

from dropship_pipeline.sandbox.catalogue.listings import EbayListing
from dropship_pipeline.sandbox.catalogue.sellers import EbaySeller
from dropship_pipeline.sandbox.ebay.style import CLIPPED, FILLER_ID, PageStyle, draw


def filler(style: PageStyle) -> str:
    """A card that advertises the site itself."""
    link = f"{style.site}/itm/{FILLER_ID}?itmmeta=S{style.session:08d}"
    return (
        f'<li class="s-card s-card--horizontal" data-listingid="{FILLER_ID}"><a class=s-card__link href={link}>'
        '<div role=heading class=s-card__title><span class="su-styled-text primary default">Shop on eBay</span>'
        f'{CLIPPED}</div></a><span class="su-styled-text primary bold large-1 s-card__price">$20.00</span></li>\n'
    )


def card(listing: EbayListing, style: PageStyle) -> str:
    """One listing."""
    link = style.link(listing.item_id)
    prefix = '<span class="su-styled-text">New Listing</span>' if listing.new_listing else ""
    rows = (
        _row(style.price(listing), "primary bold large-1 s-card__price")
        + _row(listing.buying, "secondary")
        + _row(shipping(listing, style), "")
        + _buy_now(listing, style)
        + _row("Located in United States", "secondary")
    )
    return (
        f'<li class="s-card s-card--{style.way}" data-listingid="{listing.item_id}">'
        f'<div class="su-card-container su-card-container--{style.way}">'
        f'<div class="su-card-container__media"><a class=s-card__link href={link}>{_image(listing, style)}</a>'
        '</div><div class="su-card-container__content"><div class="su-card-container__header">'
        f"<a class=s-card__link href={link}><div role=heading class=s-card__title>"
        f'<span class="su-styled-text primary default">{prefix}{escape(listing.title)}</span>{CLIPPED}</div></a>'
        f'<div class="s-card__subtitle-row">{_subtitles(listing)}</div></div>'
        f'<div class="su-card-container__attributes"><div class="su-card-container__attributes__primary">{rows}</div>'
        f'<div class="su-card-container__attributes__secondary">{_seller(listing, style)}</div></div>'
        f"{_footer(listing, style)}</div></div></li>\n"
    )


def _image(listing: EbayListing, style: PageStyle) -> str:
    blank = f"{style.images}s_1x2.gif"
    if listing.image_name is None:
        return f'<img class="s-card__image" src="{blank}" alt="">'
    url = f"{style.images}{listing.image_name}"
    lazy = (f'src="{url}"', f'src="{url}"', f'src="{blank}" data-src="{url}"', f'data-defer-load="{url}"')
    return f'<img class="s-card__image" {lazy[draw(listing, "lazy", 4)]} alt="">'


def _subtitles(listing: EbayListing) -> str:
    more = " · Brand · Model" if draw(listing, "subtitle", 3) == 0 else ""
    texts = [f"{listing.condition}{more}"]
    if draw(listing, "second subtitle", 5) == 0:
        texts.insert(0, "Ships today")
    return "".join(
        f'<div class="s-card__subtitle"><span class="su-styled-text secondary default">{text}</span></div>'
        for text in texts
    )


def _buy_now(listing: EbayListing, style: PageStyle) -> str:
    price = style.buy_now(listing)
    return "" if price is None else _row(price, "primary bold large-1 s-card__price") + _row("Buy It Now", "secondary")


def _seller(listing: EbayListing, style: PageStyle) -> str:
    if listing.seller is None:
        return _row("Authenticity Guarantee", "primary large")
    if style.seller_link or not style.names_seller(listing):
        return ""
    return (
        '<div class="s-card__attribute-row">'
        f'<span class="su-styled-text primary large">{escape(listing.seller_text)} </span>'
        f'<span class="su-styled-text primary large">{feedback_of(listing.seller)}</span></div>'
    )


def _footer(listing: EbayListing, style: PageStyle) -> str:
    if listing.seller is None or not style.seller_link:
        return ""
    name = escape(listing.seller_text)
    return (
        f'<div class="s-card__footer"><a href="{style.site}/sch/i.html?_ssn={escape(listing.seller.name)}">{name}</a>'
        f'<span class="su-styled-text">{feedback_of(listing.seller)}</span></div>'
    )


def shipping(listing: EbayListing, style: PageStyle) -> str | None:
    """`Free delivery`, `+$4.99 delivery`, or nothing."""
    if not listing.shipping_cents:
        return None if listing.shipping_cents is None else "Free delivery"
    return f"+{style.currency.text(listing.shipping_cents)} delivery"


def _row(text: str | None, classes: str) -> str:
    if text is None:
        return ""
    return f'<div class="s-card__attribute-row"><span class="su-styled-text {classes}">{escape(text)}</span></div>'


def feedback_of(seller: EbaySeller) -> str:
    """`99.1% positive (1.5K)`."""
    return f"{seller.percent:g}% positive ({_rounded(seller.count)})"


def _rounded(count: int) -> str:
    """`999`, `1.5K`, `154.8K`, `1.2M`."""
    for size, suffix in ((1_000_000, "M"), (1_000, "K")):
        if count >= size:
            return f"{count / size:.1f}".removesuffix(".0") + suffix
    return str(count)
