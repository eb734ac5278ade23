"""The oldest generation of cards: `li.s-item`."""

from dropship_pipeline_tests.pages_of_ebay.description import (
    Auction,
    Filler,
    FixedPrice,
    HiddenPrice,
    Offer,
    PriceRange,
    Row,
)
from dropship_pipeline_tests.pages_of_ebay.markup import Pen, conditioned

CLASSES = (
    "s-item s-item__pl-on-bottom",
    "s-item s-item__pl-on-bottom s-item--watch-at-corner",
    "s-item s-item__dsa-on-bottom",
)
BID_LINES = ("s-item__bids s-item__bidCount", "s-item__dynamic s-item__purchaseOptions")


def s_item(row: Row, pen: Pen) -> str:
    """One listing."""
    href = pen.href(row)
    return (
        f'<li class="{pen.random.choice(CLASSES)}"{pen.listing_id(row.listing_id)} '
        f'data-view="mi:1686|iid:{pen.random.randrange(99)}">'
        f'<div class="s-item__wrapper clearfix"><div class="s-item__image-section"><div class="s-item__image">'
        f"{pen.link(href, 's-item__link', pen.image(row, 's-item__image-img'))}</div></div>"
        f'<div class="s-item__info clearfix">{pen.link(href, "s-item__link", _title(row, pen))}'
        f"{_subtitles(row, pen)}{_details(row, pen)}</div></div></li>"
    )


def s_item_filler(filler: Filler, pen: Pen) -> str:
    """The card that is no listing."""
    price = f'<div class="s-item__detail">{pen.span(filler.price, "s-item__price")}</div>' if filler.price else ""
    link = pen.link(
        "https://ebay.com/itm/123456?hash=item28caef0a3a", "s-item__link",
        f'<div class="s-item__title"><span role=heading aria-level=3>{pen.text(filler.title)}</span></div>',
    )  # fmt: skip
    return f'<li class="s-item s-item__pl-on-bottom"{pen.listing_id(filler.item)}>{link}{price}</li>'


def _title(row: Row, pen: Pen) -> str:
    if row.lacks == "title":
        return '<div class="s-item__title"></div>'
    badge = pen.span(row.badge, "LIGHT_HIGHLIGHT") if row.badge else ""
    title = f"{row.title} {row.fitment}" if row.fitment else row.title
    return (
        f'<div class="s-item__title"><span role=heading aria-level=3>{badge}{pen.text(title)}</span></div>'
        f"{pen.clipped()}"
    )


def _subtitles(row: Row, pen: Pen) -> str:
    boast = f'<div class="s-item__subtitle">{pen.text(row.boast)}</div>' if row.boast else ""
    line = "".join(conditioned(row))
    site = f'<div class="s-item__subtitle">{pen.span(line, "SECONDARY_INFO")}</div>' if line else ""
    return boast + site


def _details(row: Row, pen: Pen) -> str:
    shipping = [pen.span(row.shipping.line, "s-item__shipping s-item__logisticsCost")] if row.shipping else []
    extras = [pen.span(extra, "s-item__dynamic s-item__additionalItemHotness") for extra in row.extras]
    rows = [*_offer(row.offer, pen), *shipping, *extras]
    box = '<div class="s-item__detail s-item__detail--primary">{}</div>' if pen.boxed else "{}\n"
    details = "".join(box.format(line) for line in rows)
    return f'<div class="s-item__details clearfix">{details}</div>{_seller(row, pen)}{_sponsored(row, pen)}'


def _offer(offer: Offer, pen: Pen) -> list[str]:
    price = "s-item__price"
    if isinstance(offer, PriceRange):
        word = f'<span class="DEFAULT"> {pen.text(offer.word)} </span>'
        return [f'<span class="{price}">{pen.text(offer.low.text)}{word}{pen.text(offer.high.text)}</span>']
    if isinstance(offer, HiddenPrice):
        return [pen.span(offer.words, price)]
    if isinstance(offer, Auction):
        lines = [pen.span(offer.bid.text, price), pen.span(offer.count, pen.random.choice(BID_LINES))]
        if offer.buy_now:
            amount, words = offer.buy_now
            lines += [pen.span(amount.text, price), pen.span(words, "s-item__dynamic s-item__buyItNowOption")]
        return lines
    return _fixed(offer, pen)


def _fixed(offer: FixedPrice, pen: Pen) -> list[str]:
    lines = [pen.span(offer.now.text, "s-item__price")]
    if offer.was:
        struck = pen.span(offer.was.text, "STRIKETHROUGH")
        lines.append(f'<span class="s-item__trending-price"><span class="clipped">Was: </span>{struck}</span>')
    if offer.per_unit:
        lines.append(pen.span(offer.per_unit, "s-item__unit-price"))
    if offer.note:
        lines.append(pen.span(offer.note, "s-item__dynamic s-item__purchaseOptionsWithIcon"))
    return lines


def _seller(row: Row, pen: Pen) -> str:
    if row.seller is None:
        return ""
    line = f"{row.seller.name} ({row.seller.count_text}) {row.seller.percent_text}%"
    info = pen.span(line, "s-item__seller-info-text")
    return (
        f'<span class="s-item__detail s-item__detail--secondary"><span class="s-item__seller-info">{info}</span></span>'
    )


def _sponsored(row: Row, pen: Pen) -> str:
    return (
        f'<div class="s-item__detail"><span class="s-item__sep">{pen.sponsored()}</span></div>' if row.sponsored else ""
    )
