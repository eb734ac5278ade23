"""eBay's search page in both markups: cards as they go over the wire, beside what must be stored of them."""

from collections.abc import Mapping, Sequence

from dropship_pipeline_tests.blackbox.goods import OLIVE, TEAL, Kept, ebay_kept
from dropship_pipeline_tests.blackbox.market import Answer
from dropship_pipeline_tests.blackbox.wire import search_page


def older(item: int, title: str, price: str, *, rest: str = "", image: str = "", condition: str = "Brand New") -> str:
    """An `li.s-item`."""
    return (
        '<li class="s-item s-item__pl-on-bottom"><div class="s-item__wrapper clearfix">'
        f'<div class="s-item__image-section">{image}</div><div class="s-item__info clearfix">'
        f'<a class="s-item__link" href="https://www.ebay.com/itm/{item}?_skw=x&amp;itmmeta=01&amp;hash=item{item}:g:S">'
        f'<div class="s-item__title"><span role="heading" aria-level="3">{title}</span></div></a>'
        f'<div class="s-item__subtitle"><span class="SECONDARY_INFO">{condition}</span></div>'
        f'<div class="s-item__details clearfix"><span class="s-item__price">{price}</span>{rest}</div></div></div></li>'
    )


def newer(item: int, title: str, price: str, *, lines: Sequence[str], seller: str = "", image: str = "",
          subtitle: str = "Brand New · Sim · Brass") -> str:  # fmt: skip
    """An `li.s-card`, attributes unquoted as the site writes them."""
    link = f"<a class=s-card__link href=https://www.ebay.com/itm/{item}?_skw=sim&itmprp=enc>"
    row = '<div class="s-card__attribute-row"><span class="su-styled-text">{}</span></div>'
    rows = "".join(map(row.format, lines))
    return (
        f'<li class="s-card s-card--horizontal" data-listingid={item}><div class="su-card-container">'
        f'<div class="su-card-container__media">{link}{image}</a></div><div class="su-card-container__content">'
        f'<div class="su-card-container__header">{link}<div role=heading class=s-card__title>'
        f'<span class="su-styled-text primary default">{title}</span>'
        '<span class="clipped">Opens in a new window or tab</span></div></a><div class="s-card__subtitle-row">'
        f'<div class="s-card__subtitle"><span class="su-styled-text secondary default">{subtitle}</span>'
        '</div></div></div><div class="su-card-container__attributes">'
        '<div class="su-card-container__attributes__primary">'
        '<div class="s-card__attribute-row"><span class="su-styled-text primary bold large-1 s-card__price">'
        f"{price}</span></div>{rows}</div>"
        f'<div class="su-card-container__attributes__secondary">{seller}</div></div></div></div></li>'
    )


def seller_line(name: str, feedback: str) -> str:
    """Who sells it, in a card of the newer markup."""
    return (
        f'<div class="s-card__attribute-row"><span class="su-styled-text primary large">{name} </span>'
        f'<span class="su-styled-text primary large">{feedback}</span></div>'
    )


def pages(at: str) -> Sequence[Answer]:
    """Two pages, the first in the older markup; `at` is the address of the image host."""
    olive = f'<img class="s-item__image-img" src="{at}/images/g/SIMAAOSw0001/s-l500.webp" alt="">'
    lazy = (
        '<img class="s-card__image" src="https://ir.ebaystatic.com/cr/v/c1/s_1x2.gif" '
        f'data-defer-load="{at}/images/g/SIMAAOSw0002/s-l500.jpg" alt="">'
    )
    gone = f'<img class="s-card__image" src="{at}/images/g/GONE/s-l500.webp" alt="">'
    return [
        search_page([
            older(123456, "Shop on eBay", "$20.00"),
            older(900000000101, '<span class="LIGHT_HIGHLIGHT">New Listing</span>Older Lamp &amp; Shade', "$1,234.50",
                  image=olive, rest='<span class="s-item__shipping s-item__logisticsCost">+$4.50 shipping</span>'
                  '<span class="s-item__seller-info-text">sim_lamps_co (1,234) 99.5%</span>'),
            older(900000000102, "Older Lamp, choose", '$10.00<span class="DEFAULT"> to </span>$15.00',
                  condition="Pre-Owned", rest='<span class="s-item__freeXDays">Free shipping</span>'),
        ], next_page=True),
        search_page([
            newer(900000000101, "Older Lamp &amp; Shade", "$1,234.50", lines=["+$4.50 delivery"], image=lazy),
            newer(900000000103, "Newer Lamp", "$39.50", lines=["Free delivery", "Located in United States"], image=lazy,
                  seller=seller_line("sim.second-seller", "99.1% positive (154.8K)")),
            newer(900000000104, "Newer Lamp by the unit", "£21.97 to £22.97(£21.97/Unit)", lines=["or Best Offer"]),
            newer(900000000105, "Newer Lamp whose picture is gone", "$5.00", lines=[], image=gone),
            newer(900000000106, "Authenticated Lamp", "$7.05", lines=["+$0.99 delivery"],
                  seller='<div class="s-card__attribute-row"><span>Authenticity Guarantee</span></div>'),
            '<li class="srp-river-answer srp-river-answer--REWRITE_START">Results matching fewer words</li>',
            newer(900000000107, "Not what was asked for", "$1.00", lines=[]),
        ], next_page=False),
    ]  # fmt: skip


# One fewer than the pages hold: the picture of 900000000105 answers 404.
KEPT: Mapping[str, Kept] = {
    "900000000101": ebay_kept(900000000101, "Older Lamp & Shade", 123450, OLIVE, seller="sim_lamps_co",
                              shipping_cents=450),
    "900000000102": ebay_kept(900000000102, "Older Lamp, choose", None, None, shipping_cents=0, condition="Pre-Owned"),
    "900000000103": ebay_kept(900000000103, "Newer Lamp", 3950, TEAL, seller="sim.second-seller", shipping_cents=0),
    "900000000104": ebay_kept(900000000104, "Newer Lamp by the unit", None, None),
    "900000000106": ebay_kept(900000000106, "Authenticated Lamp", 705, None, shipping_cents=99),
}  # fmt: skip
