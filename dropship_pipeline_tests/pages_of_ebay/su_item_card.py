"""The generation of mid-2026: `.su-item-card` inside `li.su-grid__item`."""

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
    "su-item-card s-item-card s-item-card--search-evo",
    "su-item-card s-item-card",
    "s-item-card s-item-card--search-evo",
)
PRICE = "su-styled-text primary bold medium su-item-card__price"
PLAIN = "su-styled-text primary default"


def su_item_card(row: Row, pen: Pen) -> str:
    """One listing."""
    way = "horizontal" if pen.page.view == "list" else "vertical"
    offer = _offer(row.offer, pen)
    return (
        f'<li class="su-grid__item"><div class="{pen.random.choice(CLASSES)}"{pen.listing_id(row.listing_id)} '
        'data-view="mi:4197">'
        f'<div class="su-card-container su-card-container--{way}"><div class="su-card-container__media">'
        f'<div class="su-image">{pen.image(row, "su-image__img")}</div></div><div class="su-card-container__content">'
        f'<div class="su-card-container__header"><div class="su-item-card__header">{_title(row, pen)}</div>'
        f'{_subtitles(row, pen)}<div class="su-item-card__price-container">{offer[0]}</div></div>'
        f'<div class="su-card-container__attributes"><div class="su-card-container__attributes__primary">'
        f"{''.join(offer[1:])}{_lines(row, pen)}</div>{_seller(row, pen)}</div></div></div></div></li>"
    )


def su_item_card_filler(filler: Filler, pen: Pen) -> str:
    """The card that is no listing."""
    link = pen.link("https://www.ebay.com/itm/123456", "su-link su-item-card__title", pen.text(filler.title))
    price = pen.span(filler.price, "su-item-card__price") if filler.price else ""
    card = f'<div class="su-item-card s-item-card"{pen.listing_id(filler.item)}>{link}{price}</div>'
    return f'<li class="su-grid__item">{card}</li>'


def _title(row: Row, pen: Pen) -> str:
    badge = pen.span(row.badge, "signal signal--recent su-item-card__new-listing") if row.badge else ""
    title = f"{row.title} {row.fitment}" if row.fitment else row.title
    written = "" if row.lacks == "title" else badge + pen.text(title)
    return pen.link(pen.href(row), "su-link su-item-card__title", written)


def _subtitles(row: Row, pen: Pen) -> str:
    lines = ([row.boast] if row.boast else []) + (["".join(conditioned(row))] if row.condition else [])
    return "".join(
        f'<div class="su-item-card__subtitle">{pen.span(line, "su-styled-text secondary small clamped")}</div>'
        for line in lines
    )


def _lines(row: Row, pen: Pen) -> str:
    shipping = pen.span(row.shipping.line, PLAIN) if row.shipping else ""
    return shipping + "".join(pen.span(extra, PLAIN) for extra in row.extras)


def _offer(offer: Offer, pen: Pen) -> list[str]:
    if isinstance(offer, PriceRange):
        return [pen.span(f"{offer.low.text} {offer.word} {offer.high.text}", PRICE)]
    if isinstance(offer, HiddenPrice):
        return [pen.span(offer.words, PRICE)]
    if isinstance(offer, Auction):
        lines = [pen.span(offer.bid.text, PRICE), pen.span(offer.count, PLAIN)]
        if offer.buy_now:
            amount, words = offer.buy_now
            lines += [pen.span(amount.text, PRICE), pen.span(words, PLAIN)]
        return lines
    return _fixed(offer, pen)


def _fixed(offer: FixedPrice, pen: Pen) -> list[str]:
    price = pen.span(offer.now.text, PRICE)
    if offer.was:
        price += pen.span(offer.was.text, "su-styled-text secondary strikethrough default")
    if offer.per_unit:
        price += pen.span(offer.per_unit, "su-styled-text secondary default")
    return [price, pen.span(offer.note, PLAIN)] if offer.note else [price]


def _seller(row: Row, pen: Pen) -> str:
    if row.seller is None:
        return ""
    line = f"{row.seller.name} {row.seller.percent_text}% {row.seller.praise} ({row.seller.count_text})"
    return f'<div class="su-card-container__attributes__secondary">{pen.span(line, "su-styled-text default")}</div>'
