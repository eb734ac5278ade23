"""The generation of 2025, reskinned in July 2026: `li.s-card`."""

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

PRICE = "su-styled-text primary bold large-1 s-card__price"
PLAIN = "su-styled-text secondary large"


def s_card(row: Row, pen: Pen) -> str:
    """One listing."""
    href = pen.href(row)
    way = "horizontal" if pen.page.view == "list" else "vertical"
    image = f'<div class="su-image">{pen.image(row, "s-card__image")}</div>'
    return (
        f'<li class="s-card s-card--{way}"{pen.listing_id(row.listing_id)}>'
        f'<div class="su-card-container su-card-container--{way}">'
        f'<div class="su-card-container__media">{pen.link(href, "s-card__link image-treatment", image)}</div>'
        f'<div class="su-card-container__content"><div class="su-card-container__header">'
        f"{pen.link(href, 's-card__link', _title(row, pen))}{_subtitles(row, pen)}</div>"
        f'<div class="su-card-container__attributes"><div class="su-card-container__attributes__primary">'
        f"{_attributes(row, pen)}</div>{_seller(row, pen)}</div>{_footer(row, pen)}</div></div></li>"
    )


def s_card_filler(filler: Filler, pen: Pen) -> str:
    """The card that is no listing."""
    price = f'<div class="s-card__attribute-row">{pen.span(filler.price, PRICE)}</div>' if filler.price else ""
    title = f'<div role=heading class="s-card__title">{pen.span(filler.title, "su-styled-text primary default")}</div>'
    link = pen.link("https://ebay.com/itm/123456?itmmeta=01INVENTED", "s-card__link", title)
    return f'<li class="s-card s-card--horizontal"{pen.listing_id(filler.item)}>{link}{price}</li>'


def _title(row: Row, pen: Pen) -> str:
    if row.lacks == "title":
        return '<div role="heading" aria-level="3" class="s-card__title"></div>'
    plain = "su-styled-text primary default"
    title = f"{row.title} {row.fitment}" if row.fitment else row.title
    written = pen.span(title, plain)
    if row.badge and pen.random.random() < 0.5:
        written = pen.span(row.badge, "s-card__new-listing") + written
    elif row.badge:
        written = f'<span class="{plain}">{pen.span(row.badge, plain)}{pen.text(title)}</span>'
    return f'<div role="heading" aria-level="3" class="s-card__title">{written}{pen.clipped()}</div>'


def _subtitles(row: Row, pen: Pen) -> str:
    lines = [[row.boast]] if row.boast else []
    site = conditioned(row)
    lines += [site] if site else []
    return "".join(
        f'<div class="s-card__subtitle-row"><div class="s-card__subtitle">'
        f"{''.join(pen.span(part, 'su-styled-text secondary default') for part in line)}</div></div>"
        for line in lines
    )


def _row(*spans: str) -> str:
    return f'<div class="s-card__attribute-row">{"".join(spans)}</div>'


def _attributes(row: Row, pen: Pen) -> str:
    shipping = [_row(pen.span(row.shipping.line, PLAIN))] if row.shipping else []
    extras = [_row(pen.span(extra, PLAIN)) for extra in row.extras]
    first, *rest = _offer(row.offer, pen)
    # Of an auction with Buy It Now, shipping has been seen between the bid and the other price.
    between = pen.random.random() < 0.3
    return "".join([first, *(rest[:1] + shipping + rest[1:] if between else rest + shipping), *extras])


def _offer(offer: Offer, pen: Pen) -> list[str]:
    if isinstance(offer, PriceRange):
        if pen.random.random() < 0.5:
            return [_row(*(pen.span(part, PRICE) for part in (offer.low.text, f" {offer.word} ", offer.high.text)))]
        return [_row(pen.span(f"{offer.low.text} {offer.word} {offer.high.text}", PRICE))]
    if isinstance(offer, HiddenPrice):
        return [_row(pen.span(offer.words, PRICE))]
    if isinstance(offer, Auction):
        lines = [_row(pen.span(offer.bid.text, PRICE)), _row(pen.span(offer.count, PLAIN))]
        if offer.buy_now:
            amount, words = offer.buy_now
            lines += [_row(pen.span(amount.text, PRICE)), _row(pen.span(words, PLAIN))]
        return lines
    return _fixed(offer, pen)


def _fixed(offer: FixedPrice, pen: Pen) -> list[str]:
    beside = ""
    if offer.was:
        beside += pen.span(offer.was.text, "su-styled-text secondary strikethrough large")
    if offer.per_unit:
        beside += pen.span(offer.per_unit, PLAIN)
    price = _row(pen.span(offer.now.text, PRICE), beside)
    return [price, _row(pen.span(offer.note, PLAIN))] if offer.note else [price]


def _seller(row: Row, pen: Pen) -> str:
    if row.seller is None:
        return ""
    feedback = f"{row.seller.percent_text}% {row.seller.praise} ({row.seller.count_text})"
    number = _row(pen.span(f"Item: {row.item}", PLAIN)) if row.id_attribute and pen.random.random() < 0.3 else ""
    if pen.random.random() < 0.2:
        badge = "s-card__program-badge-container s-card__program-badge-container--sellerOrStoreInfo"
        line = f'<div class="{badge}">{pen.span(f"{row.seller.name} {feedback}", "su-styled-text default")}</div>'
    else:
        line = _row(*(pen.span(part, "su-styled-text primary large") for part in (f"{row.seller.name} ", feedback)))
    customs = "Customs services and international tracking provided"
    before = _row(pen.span(customs, PLAIN)) if pen.random.random() < 0.1 else ""
    where = "tertiary" if pen.random.random() < 0.05 else "secondary"
    return f'<div class="su-card-container__attributes__{where}">{before}{line}{number}</div>'


def _footer(row: Row, pen: Pen) -> str:
    mark = f'<span class="s-card__sep">{pen.sponsored()}</span>' if row.sponsored else ""
    return f'<div class="s-card__footer">{mark}</div>'
