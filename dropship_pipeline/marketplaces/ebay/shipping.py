"""eBay's line about shipping -> its cost. The same on its page and in JSON rows.

An estimate (`+ ca. EUR 12,96 Versand`, `+$4.50 shipping estimate`) is read as the cost, in every language: it is what
the site shows the buyer. Days of delivery are no amounts: only a number with a currency mark is one.
"""

import re
from functools import lru_cache

from dropship_pipeline.marketplaces.ebay.sites import EbaySite
from dropship_pipeline.marketplaces.money import amounts_in, money, normalised
from dropship_pipeline.models import Money

LONGEST_LINE = 200

# In the order en, de, fr, it, es, nl, pl, pt, ja, ko, zh.
# Lower case and each alternative with a letter first, outside any group: so the search skips what cannot be one.
_SHIPPING_WORD = re.compile(
    r"delivery\b|shipping\b|postage\b|p&p\b|versand|liefer(?:ung|kosten)|livraison\b|expédition\b|frais de port\b"
    r"|port (?:gratuit|offert|inclus|payé)\b"
    r"|spedizion[ei]\b|consegna\b|env[ií]os?\b|entrega\b|verzend|verzonden\b|bezorg|levering\b|leverkosten\b"
    r"|dostaw|przesyłk|wysyłk"
    r"|frete\b|envio\b|送料|配送|発送|配達|배송|택배|운송료|运费|運費|邮费|郵費|邮寄|郵寄|包邮|包郵|免邮|免郵|运送|運送|送货|送貨|寄送|派送"
)
_FREE = re.compile(
    r"free\b|gratis|kostenlos|kostenfrei|portofrei\b|gratuit|grátis\b|offert[es]*\b|darmow\w|za darmo\b|bezpłatn\w"
    r"|無料|무료|免费|免費|免运费|免運費|免邮|免郵|包邮|包郵"
)
# Free of something else, or free only for some buyers.
_NOT_FREE_SHIPPING = re.compile(
    r"\b(?:returns?|pick-?up|collection|orders?|over|with|when|on [0-9]+|[0-9]+\+|if|members?"
    r"|rückgabe\w*|rückversand|abholung|selbstabholung|ab [0-9]+|bei|ab einem|retours?|retrait|dès|à partir|pour [0-9]+"
    r"|restituzion\w+|reso|ritiro|oltre|a partire"
    r"|devoluci\w+|recogida|a partir|más de|retourneren|afhalen|ophalen|vanaf"
    r"|zwrot\w*|odbiór\w*|powyżej|od [0-9]+|devoluç\w+|retirada|acima)\b"
    r"|返品|返送|以上|受け取り|반품|이상|픽업|退货|退貨|自取|满|滿"
)
_PARTS = re.compile(r"\s*[|·•]\s*")


# The sites' lines are few and stand on every card.
@lru_cache(maxsize=1024)
def mentions_shipping(text: str) -> bool:
    """True for a line about the cost of shipping, as against returns or location."""
    return _SHIPPING_WORD.search(text.lower()) is not None


def shipping_cost(value: object, site: EbaySite, currency: str | None) -> Money | None:
    """Read what shipping costs.

    Args:
        value: a number, or text such as `Free delivery`, `+$4.50 delivery`, `+EUR 4,99 · 2-4 Tage Lieferung`.
        site: whose notation the text follows.
        currency: ISO code of the listing's price, for a number that stands alone and for what is free.

    Returns:
        `Money(0, …)` where it says that shipping is free, None where it says nothing or nothing clear.
    """
    if not isinstance(value, str):
        return money(value, currency or (site.currency if value == 0 else None))
    return _cost_in(value[:LONGEST_LINE], site, currency)


@lru_cache(maxsize=1024)
def _cost_in(line: str, site: EbaySite, currency: str | None) -> Money | None:
    text = normalised(line)
    parts = _PARTS.split(text)
    about = [part for part in parts if mentions_shipping(part)] or parts
    if any(_FREE.search(part.lower()) for part in about):
        # Free from a certain sum on, for some buyers, or of something else: nothing clear.
        is_free = any(_says_free(part) and not amounts_in(part, site) for part in about)
        return Money(0, currency or site.currency) if is_free else None
    found = _amounts(about, site) or _amounts(parts, site)
    if found:
        return found.pop() if len(found) == 1 else None
    return money(text, currency or (site.currency if text == "0" else None))


def _amounts(parts: list[str], site: EbaySite) -> set[Money | None]:
    return {amount for part in parts for amount in amounts_in(part, site)}


def _says_free(part: str) -> bool:
    words = part.lower()
    return _FREE.search(words) is not None and _NOT_FREE_SHIPPING.search(words) is None
