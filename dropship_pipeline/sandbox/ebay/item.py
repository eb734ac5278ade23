"""A row of eBay's search page in the older markup, `li.s-item`. Wire format only."""

from html import escape

from dropship_pipeline.sandbox.catalogue.listings import EbayListing
from dropship_pipeline.sandbox.ebay.style import CLIPPED, FILLER_ID, PageStyle, draw


def filler(style: PageStyle) -> str:
    """An item that advertises the site itself."""
    link = f"{style.site}/itm/{FILLER_ID}?itmmeta=S{style.session:08d}"
    return (
        f'<li class="s-item s-item__pl-on-bottom" data-listingid="{FILLER_ID}">'
        f'<a class="s-item__link" href="{link}"><div class="s-item__title">'
        '<span role="heading" aria-level="3">Shop on eBay</span></div></a>'
        '<span class="s-item__price">$20.00</span></li>\n'
    )


def item(listing: EbayListing, style: PageStyle) -> str:
    """One listing."""
    prefix = '<span class="LIGHT_HIGHLIGHT">New Listing</span>' if listing.new_listing else ""
    price = style.price(listing)
    return (
        f'<li class="s-item s-item__pl-on-bottom" data-listingid="{listing.item_id}">'
        '<div class="s-item__wrapper clearfix">'
        f'<div class="s-item__image-section"><div class="s-item__image">{_image(listing, style)}</div></div>'
        '<div class="s-item__info clearfix">'
        f'<a class="s-item__link" href="{escape(style.link(listing.item_id))}"><div class="s-item__title">'
        f'<span role="heading" aria-level="3">{prefix}{escape(listing.title)}</span></div>{CLIPPED}</a>'
        f'<div class="s-item__subtitle"><span class="SECONDARY_INFO">{listing.condition}</span></div>'
        + (f'<span class="s-item__price">{escape(price)}</span>' if price else "")
        + f'<span class="s-item__dynamic s-item__purchaseOptions">{listing.buying}</span>'
        f"{_buy_now(listing, style)}{_shipping(listing, style)}{_seller(listing, style)}</div></div></li>\n"
    )


def _image(listing: EbayListing, style: PageStyle) -> str:
    if listing.image_name is None:
        return f'<img class="s-item__image-img" src="{style.images}s_1x2.gif" alt="">'
    url = f"{style.images}{listing.image_name}"
    if draw(listing, "lazy", 4) == 0:
        return f'<img class="s-item__image-img" src="{style.images}s_1x2.gif" data-src="{url}" alt="">'
    return f'<img class="s-item__image-img" src="{url}" alt="">'


def _shipping(listing: EbayListing, style: PageStyle) -> str:
    if listing.shipping_cents is None:
        return ""
    if listing.shipping_cents:
        text = f"+{style.currency.text(listing.shipping_cents)} shipping"
    elif draw(listing, "days", 4) == 0:
        return '<span class="s-item__freeXDays">Free 3 day shipping</span>'
    else:
        text = "Free shipping"
    return f'<span class="s-item__shipping s-item__logisticsCost">{text}</span>'


def _buy_now(listing: EbayListing, style: PageStyle) -> str:
    price = style.buy_now(listing)
    if price is None:
        return ""
    return f'<span class="s-item__price">{price}</span><span class="s-item__dynamic s-item__buyItNow">Buy It Now</span>'


def _seller(listing: EbayListing, style: PageStyle) -> str:
    if listing.seller is None:
        return '<span class="s-item__authenticity">Authenticity Guarantee</span>'
    if not style.names_seller(listing):
        return ""
    feedback = f"({listing.seller.count:,}) {listing.seller.percent:g}%"
    text = f"{escape(listing.seller_text)} {feedback}"
    return f'<span class="s-item__seller-info"><span class="s-item__seller-info-text">{text}</span></span>'
