"""How eBay writes titles, shipping, feedback and links -> values, or None. The same on its page and in JSON rows."""

import re
from decimal import Decimal
from html import unescape

from dropship_pipeline.marketplaces.ebay.sites import EbaySite
from dropship_pipeline.marketplaces.fields import clean_text, number_within, whole_number
from dropship_pipeline.marketplaces.money import money, money_from_text
from dropship_pipeline.models import Money, Seller

# The site's own limit: a longer one is several listings run together by a scraper.
LONGEST_TITLE = 80
# The id of the "Shop on eBay" card that fills the first places of a result list.
FILLER_ID = "123456"
LONGEST_SHIPPING = 200
_FILLER_TITLE = "shop on ebay"

_ITEM_ID = re.compile(r"/itm/(?:[^/?#]+/)?([0-9]{1,19})(?![0-9A-Za-z])")
_NEW_LISTING = re.compile(r"^New Listing:?\s*")
_NEW_WINDOW = re.compile(r"\s*Opens in a new window or tab\.?$", re.IGNORECASE)

_SHIPPING = (
    r"delivery|shipping|postage|versand\w*|lieferung|livraison|spedizione|consegna|env[ií]o|verzend\w*|bezorg\w*"
    r"|dostaw\w*|przesyłk\w*"
)
_SHIPPING_WORD = re.compile(rf"\b(?:{_SHIPPING})\b", re.IGNORECASE)
_FROM_SHIPPING_ON = re.compile(
    rf" (?:(?:für|den|de|frais|di|per|voor|pour|for|za|estimated|est\.|standard|economy|expedited|international) )*"
    rf"(?:{_SHIPPING})\b.*",
    re.IGNORECASE,
)
_FREE = re.compile(r"(?:free|gratis|kostenlose\w*|gratuit\w*|darmowa|bezpłatna)\b", re.IGNORECASE)
_FREE_AFTER_NOUN = re.compile(rf"(?:{_SHIPPING}) (?:gratis|gratuit\w*)", re.IGNORECASE)
# Free of something else, or free only for some buyers.
_NOT_FREE_SHIPPING = re.compile(
    r"\b(?:returns?|pick-?up|collection|orders?|over|with|when|on [0-9]|[0-9]\+)", re.IGNORECASE
)

_GROUPED_COUNT = re.compile(r"[0-9]{1,3}(?:[,. ][0-9]{3})+")
_SHORT_COUNT = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,2})?) ?([KM])", re.IGNORECASE)
_COUNT_UNITS = {"K": 1_000, "M": 1_000_000}
_PERCENT = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,2})?) ?%?(?: (?:positive|positiv).*)?", re.IGNORECASE)


def item_id(url: object) -> str | None:
    """Return the item id in a link (`…/itm/900000000001?hash=…`, `…/itm/some-title/900000000001`), else None."""
    match = _ITEM_ID.search(url) if isinstance(url, str) else None
    return match[1] if match else None


def item_url(item: str, site: EbaySite) -> str:
    """Return the canonical page of an item, without tracking."""
    return f"{site.base_url}/itm/{item}"


def clean_title(value: object) -> str | None:
    """Return a listing's own title without what the page adds; None if it is blank or longer than a title can be."""
    title = _NEW_WINDOW.sub("", clean_text(unescape(value) if isinstance(value, str) else value))
    title = _NEW_LISTING.sub("", title)
    return title if 0 < len(title) <= LONGEST_TITLE else None


def is_filler(item: str | None, title: str | None) -> bool:
    """True for the card that advertises eBay itself."""
    return item == FILLER_ID or (title or "").lower() == _FILLER_TITLE


def mentions_shipping(text: str) -> bool:
    """True for a line about the cost of shipping, as against returns or location."""
    return _SHIPPING_WORD.search(text) is not None


def shipping_cost(value: object, site: EbaySite, currency: str | None) -> Money | None:
    """Read what shipping costs.

    Args:
        value: a number, or text such as `Free delivery`, `+$4.50 delivery`, `+EUR 4,50 Versand`.
        site: whose notation the text follows.
        currency: ISO code of the listing's price, for a number that stands alone.

    Returns:
        `Money(0, …)` where it says that shipping is free, None where it says nothing or nothing clear.
    """
    if not isinstance(value, str):
        return money(value, currency or (site.currency if value == 0 else None))
    text = clean_text(value)[:LONGEST_SHIPPING]
    if _says_free(text):
        return Money(0, currency or site.currency)
    amount = _FROM_SHIPPING_ON.sub("", text).removeprefix("+").strip()
    return money_from_text(amount, site) or money(amount, currency or (site.currency if amount == "0" else None))


def _says_free(text: str) -> bool:
    starts_free = _FREE.match(text) or _FREE_AFTER_NOUN.match(text)
    return starts_free is not None and _NOT_FREE_SHIPPING.search(text) is None


def feedback_count(value: object) -> int | None:
    """Read how many ratings: 88, `1,204`, `4.2K`, `154.8K`, `1.2M`; anything else is None."""
    text = clean_text(value)
    if match := _SHORT_COUNT.fullmatch(text):
        return whole_number(Decimal(match[1].replace(",", ".")) * _COUNT_UNITS[match[2].upper()])
    if _GROUPED_COUNT.fullmatch(text):
        text = re.sub(r"[,. ]", "", text)
    return whole_number(text or value)


def feedback_percent(value: object) -> float | None:
    """Read the share of positive ratings, 0-100: 99.1, `97.4`, `99.4%`, `99.4% positive`; anything else is None."""
    if match := _PERCENT.fullmatch(clean_text(value)):
        value = Decimal(match[1].replace(",", "."))
    return number_within(value, 100)


def seller(name: object, percent: object, count: object) -> Seller | None:
    """Build a seller, or None if the row names nobody."""
    known_name = clean_text(name)
    return Seller(known_name, feedback_percent(percent), feedback_count(count)) if known_name else None
