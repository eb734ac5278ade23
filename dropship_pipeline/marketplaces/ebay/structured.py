"""ScraperAPI's structured eBay search -> `Listing`s. Knows the JSON shapes, makes no calls.

Wire format: v1 is an array of rows, v2 an object `{"results": [...], "next_pages": ...}`.
"""

import re

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.ebay.conditions import site_condition
from dropship_pipeline.marketplaces.ebay.offers import says_bids
from dropship_pipeline.marketplaces.ebay.sellers import seller
from dropship_pipeline.marketplaces.ebay.shipping import shipping_cost
from dropship_pipeline.marketplaces.ebay.sites import PLACEHOLDER_ID, EbaySite, item_id, item_url
from dropship_pipeline.marketplaces.ebay.titles import clean_title, is_filler_title, names_several
from dropship_pipeline.marketplaces.fields import clean_text, image_url, json_of, raw_text
from dropship_pipeline.marketplaces.money import iso_currency, money_from_object, money_from_text
from dropship_pipeline.marketplaces.paging import ResultPage, SkipReason, result_page
from dropship_pipeline.models import ApiAnswer, Listing, Money

_ROWS_NAMES = ("results", "items", "organic_results")
# The amounts of several listings that a scraper ran together.
_LONGEST_AMOUNT = re.compile(r"[0-9]{13,}")


def parse_structured(answer: ApiAnswer, site: EbaySite) -> ResultPage[Listing]:
    """Parse one page of structured results.

    Raises:
        BadAnswer: not JSON, no list of rows under a known name, or rows of which none is a listing.
    """
    document = json_of(answer)
    rows = _rows(document)
    if rows is None:
        said = raw_text(document.get("error") or document.get("message")) if isinstance(document, dict) else None
        raise BadAnswer(f"the answer has no list of results: {said or 'no reason'}", status=answer.status)
    listings = [_listing(row, site) for row in rows if not _is_filler_row(row)]
    return result_page(listings, last=not rows or _ends_here(document), status=answer.status)


def _rows(document: object) -> list[object] | None:
    if isinstance(document, dict):
        document = next((document[name] for name in _ROWS_NAMES if name in document), None)
    return document if isinstance(document, list) else None


def _ends_here(document: object) -> bool:
    """True if the answer names its next pages and there are none; null or no such field says nothing."""
    following = document.get("next_pages") if isinstance(document, dict) else None
    return following is not None and not following


def _is_filler_row(row: object) -> bool:
    """True for the card that advertises eBay itself. A row has no id but the one in its link."""
    if not isinstance(row, dict):
        return False
    title = clean_title(row.get("product_title"))
    return item_id(row.get("product_url")) == PLACEHOLDER_ID or (
        title is not None and is_filler_title(title, whole=False)
    )


def _listing(row: object, site: EbaySite) -> Listing | SkipReason:
    if not isinstance(row, dict):
        return "not_a_row"
    item, title = item_id(row.get("product_url")), clean_title(row.get("product_title"))
    if item is None:
        return "no_id"
    if title is None:
        return "no_title"
    price_field, shipping_field = row.get("item_price"), row.get("shipping_cost")
    price_raw = raw_text(price_field)
    if names_several(row.get("product_title")) or _LONGEST_AMOUNT.search(price_raw or ""):
        return "several_in_one"
    price = _price(price_field, site)
    is_bid = says_bids(clean_text(row.get("extra_info")))
    return Listing(
        platform="ebay",
        product_id=item,
        title=title,
        url=item_url(item, site),
        price=None if is_bid else price,
        price_raw=price_raw,
        bid=price if is_bid else None,
        image_url=image_url(row.get("image")),
        condition=site_condition(clean_text(row.get("condition"))),
        shipping=shipping_cost(shipping_field, site, _currency(price_field)),
        shipping_raw=raw_text(shipping_field),
        seller=seller(row.get("seller_name"), row.get("seller_rating"), row.get("seller_rating_count")),
    )


def _currency(price: object) -> str | None:
    """Return the currency of a price or of a range of prices."""
    if not isinstance(price, dict):
        return None
    lowest = price.get("from")
    return iso_currency((lowest if isinstance(lowest, dict) else price).get("currency"))


def _price(value: object, site: EbaySite) -> Money | None:
    return money_from_text(value, site) if isinstance(value, str) else money_from_object(value)
