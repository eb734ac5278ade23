"""A row of eBay's search page in the markup of mid-2026, `li.su-grid__item .su-item-card`. Wire format only."""

from html import escape

from dropship_pipeline.sandbox.catalogue.listings import EbayListing
from dropship_pipeline.sandbox.ebay.card import feedback_of, shipping
from dropship_pipeline.sandbox.ebay.style import FILLER_ID, PageStyle, draw

_CLASSES = "su-item-card s-item-card s-item-card--search-evo"
_PRICE = "primary bold medium su-item-card__price"


def filler(style: PageStyle) -> str:
    """A card that advertises the site itself."""
    link = f"{style.site}/itm/{FILLER_ID}?itmmeta=S{style.session:08d}"
    return (
        f'<li class="su-grid__item"><div class="{_CLASSES}" data-listingid="{FILLER_ID}">'
        f'<a class="su-link su-item-card__title" href="{link}">Shop on eBay</a>{_text("$20.00", _PRICE)}</div></li>\n'
    )


def item_card(listing: EbayListing, style: PageStyle) -> str:
    """One listing. Its only link is the title."""
    prefix = '<span class="signal signal--recent">New Listing</span>' if listing.new_listing else ""
    link = escape(style.link(listing.item_id))
    lines = [_text(listing.buying), _text(shipping(listing, style)), *_buy_now(listing, style)]
    return (
        f'<li class="su-grid__item"><div class="{_CLASSES}" data-listingid="{listing.item_id}">'
        f'<div class="su-card-container su-card-container--{style.way}">'
        f'<div class="su-card-container__media"><div class="su-image">{_image(listing, style)}</div></div>'
        '<div class="su-card-container__content"><div class="su-card-container__header">'
        f'<div class="su-item-card__header"><a class="su-link su-item-card__title" href="{link}">{prefix}'
        f"{escape(listing.title)}</a></div>"
        f'<div class="su-item-card__subtitle">{_text(listing.condition, "secondary small")}</div>'
        f'<div class="su-item-card__price-container">{_text(style.price(listing), _PRICE)}</div></div>'
        f'<div class="su-card-container__attributes"><div class="su-card-container__attributes__primary">'
        f"{''.join(lines)}</div>{_seller(listing, style)}</div></div></div></div></li>\n"
    )


def _image(listing: EbayListing, style: PageStyle) -> str:
    if listing.image_name is None:
        return f'<img src="{style.images}s_1x2.gif" alt="">'
    url = f"{style.images}{listing.image_name}"
    return f'<img data-defer-load="{url}" alt="">' if draw(listing, "lazy", 4) == 0 else f'<img src="{url}" alt="">'


def _buy_now(listing: EbayListing, style: PageStyle) -> list[str]:
    price = style.buy_now(listing)
    return [] if price is None else [_text(price, _PRICE), _text("Buy It Now")]


def _seller(listing: EbayListing, style: PageStyle) -> str:
    if listing.seller is None or not style.names_seller(listing):
        return ""
    line = _text(f"{listing.seller_text} {feedback_of(listing.seller)}", "default")
    return f'<div class="su-card-container__attributes__secondary">{line}</div>'


def _text(text: str | None, classes: str = "primary default") -> str:
    return "" if text is None else f'<span class="su-styled-text {classes}">{escape(text)}</span>'
