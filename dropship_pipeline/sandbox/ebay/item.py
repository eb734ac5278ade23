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
    buying = "s-item__bids s-item__bidCount" if listing.buying.endswith("bids") else "s-item__purchaseOptions"
    details = (
        _detail("s-item__price", style.price(listing))
        + _detail(buying, listing.buying)
        + _buy_now(listing, style)
        + _shipping(listing, style)
        + _seller(listing, style)
    )
    return (
        f'<li class="s-item s-item__pl-on-bottom" data-listingid="{listing.item_id}">'
        '<div class="s-item__wrapper clearfix">'
        f'<div class="s-item__image-section"><div class="s-item__image">{_image(listing, style)}</div></div>'
        '<div class="s-item__info clearfix">'
        f'<a class="s-item__link" href="{escape(style.link(listing.item_id))}"><div class="s-item__title">'
        f'<span role="heading" aria-level="3">{prefix}{escape(listing.title)}</span></div>{CLIPPED}</a>'
        f'<div class="s-item__subtitle"><span class="SECONDARY_INFO">{listing.condition}</span></div>'
        f'<div class="s-item__details clearfix">{details}</div></div></div></li>\n'
    )


def _detail(classes: str, text: str | None) -> str:
    """A line of the details, or nothing."""
    if text is None:
        return ""
    return f'<div class="s-item__detail s-item__detail--primary"><span class="{classes}">{escape(text)}</span></div>'


def _image(listing: EbayListing, style: PageStyle) -> str:
    if listing.image_name is None:
        return f'<img class="s-item__image-img" src="{style.images}s_1x2.gif" alt="">'
    url = f"{style.images}{listing.image_name}"
    if draw(listing, "lazy", 4) == 0:
        return f'<img class="s-item__image-img" src="{style.images}s_1x2.gif" data-src="{url}" alt="">'
    return f'<img class="s-item__image-img" src="{url}" alt="">'


def _buy_now(listing: EbayListing, style: PageStyle) -> str:
    price = style.buy_now(listing)
    return "" if price is None else _detail("s-item__price", price) + _detail("s-item__buyItNowOption", "Buy It Now")


def _shipping(listing: EbayListing, style: PageStyle) -> str:
    if listing.shipping_cents == 0 and draw(listing, "days", 4) == 0:
        return _detail("s-item__freeXDays", "Free 3 day shipping")
    text = None if listing.shipping_cents is None else "Free shipping"
    if listing.shipping_cents:
        text = f"+{style.currency.text(listing.shipping_cents)} shipping"
    return _detail("s-item__shipping s-item__logisticsCost", text)


def _seller(listing: EbayListing, style: PageStyle) -> str:
    if listing.seller is None:
        return _detail("s-item__authenticity", "Authenticity Guarantee")
    if not style.names_seller(listing):
        return ""
    text = f"{listing.seller_text} ({listing.seller.count:,}) {listing.seller.percent:g}%"
    return f'<span class="s-item__seller-info"><span class="s-item__seller-info-text">{escape(text)}</span></span>'
