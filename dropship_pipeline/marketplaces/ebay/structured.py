"""ScraperAPI's structured eBay search -> `Listing`s. Knows the JSON shapes, makes no calls.

Wire format: v1 is an array of rows, v2 an object `{"results": [...], "next_pages": ...}`.
"""

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.ebay.sites import EbaySite
from dropship_pipeline.marketplaces.ebay.text import (
    clean_title,
    is_filler,
    item_id,
    item_url,
    seller,
    shipping_cost,
)
from dropship_pipeline.marketplaces.fields import clean_text, image_url, json_of, raw_text
from dropship_pipeline.marketplaces.money import iso_currency, money_from_object, money_from_text
from dropship_pipeline.marketplaces.paging import ResultPage, result_page
from dropship_pipeline.models import ApiAnswer, Listing, Money

_ROWS_NAMES = ("results", "items", "organic_results")


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
    return isinstance(row, dict) and is_filler(item_id(row.get("product_url")), clean_title(row.get("product_title")))


def _listing(row: object, site: EbaySite) -> Listing | None:
    if not isinstance(row, dict):
        return None
    item, title = item_id(row.get("product_url")), clean_title(row.get("product_title"))
    if item is None or title is None:
        return None
    price_field, shipping_field = row.get("item_price"), row.get("shipping_cost")
    return Listing(
        platform="ebay",
        product_id=item,
        title=title,
        url=item_url(item, site),
        price=_price(price_field, site),
        price_raw=raw_text(price_field),
        image_url=image_url(row.get("image")),
        condition=clean_text(row.get("condition")) or None,
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
