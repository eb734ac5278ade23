"""One Amazon product as a row of a Rainforest answer, and the faults that spoil rows. Wire format only."""

import re
import zlib
from collections.abc import Iterable
from typing import Any

from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue, Category
from dropship_pipeline.sandbox.catalogue.money import AMAZON_CURRENCIES, number
from dropship_pipeline.sandbox.catalogue.products import AmazonProduct
from dropship_pipeline.sandbox.server.faults import MetFaults

Json = dict[str, Any]

_NOT_IN_SLUGS = re.compile(r"[^A-Za-z0-9]+")
_FAULT_KEYS = {
    "no_price": ("price", "prices"),
    "no_rating": ("rating", "ratings_total"),
    "no_image": ("image",),
}


def search_row(catalogue: Catalogue, product: AmazonProduct, domain: str, origin: str, *, sponsored: bool) -> Json:
    """A row of `search_results`, without its position."""
    category = catalogue.category_of(product)
    link = f"https://www.{domain}/{_slug(product)}/dp/{product.asin}/ref=sr_1_1?keywords={category.id}&qid=1900000000"
    row: Json = {
        "position": 0,
        "title": product.title,
        "asin": product.asin,
        "link": f"https://www.{domain}/sspa/click?ie=UTF8&url=%2Fdp%2F{product.asin}%2F" if sponsored else link,
        "categories": [{"name": category.name, "id": category.id}],
        "is_prime": product.index % 3 != 0,
        "is_amazon_fresh": False,
        "is_whole_foods_market": False,
        "sponsored": sponsored,
    } | _what_it_has(product, origin)
    if product.index % 4 == 0:
        row["brand"] = product.brand
    if product.price_cents is not None:
        price = _price(product.price_cents, domain)
        row["prices"] = [{**price, "name": "Primary", "is_primary": True, "asin": product.asin, "link": link}]
        row["price"] = {**price, "name": "Primary", "is_primary": True}
    return row


def best_seller_row(
    catalogue: Catalogue,
    product: AmazonProduct,
    category_id: str,
    domain: str,
    origin: str,
    *,
    rank: int,
    position: int,
) -> Json:
    """A row of `bestsellers`."""
    category = catalogue.categories[category_id]
    parent = catalogue.categories.get(category.parent_id or "")
    session = f"{zlib.crc32(product.asin.encode()) % 1000:03d}-{2_000_000 + rank}"
    row: Json = {
        "rank": rank,
        "position": position,
        "title": product.title,
        "asin": product.asin,
        "link": f"https://www.{domain}/{_slug(product)}/dp/{product.asin}/ref=zg_bs_g_{category_id}_{rank}/{session}?psc=1",
        "current_category": _node(category, domain),
        "parent_category": {"name": "Any Department", "link": f"https://www.{domain}/gp/bestsellers", "id": "any"}
        if parent is None
        else _node(parent, domain),
    } | _what_it_has(product, origin)
    if product.price_cents is not None:
        row["price"] = _price(product.price_cents, domain)
    return row


def categories_rows(catalogue: Catalogue, nodes: Iterable[Category], prefix: str, domain: str) -> list[Json]:
    """Rows of the categories API; ids carry `prefix`."""
    rows = []
    for node in nodes:
        parent = catalogue.categories.get(node.parent_id or "")
        row: Json = {
            "id": f"{prefix}{node.id}",
            "name": node.name,
            "has_children": parent is None,
            "is_root": parent is None,
            "path": node.name if parent is None else f"{parent.name} > {node.name}",
            "type": "bestsellers" if prefix else "standard",
            "domain": domain,
        }
        rows.append(row if parent is None else {**row, "parent_id": f"{prefix}{parent.id}"})
    return rows


def spoil(rows: list[Json], met: MetFaults) -> None:
    """Take from rows what the faults say that they lack; repeat the first row if a fault says so."""
    for fault, keys in _FAULT_KEYS.items():
        stride = met.stride(fault)
        for row in rows[stride - 1 :: stride] if stride else ():
            for key in keys:
                row.pop(key, None)
    if "duplicate_rows" in met and rows:
        rows.append(dict(rows[0]))


def _what_it_has(product: AmazonProduct, origin: str) -> Json:
    found: Json = {}
    if product.image != "absent":
        found["image"] = f"{origin}/images/{product.image_name}"
    if product.rating is not None:
        found |= {"rating": product.rating, "ratings_total": product.ratings_total}
    return found


def _price(cents: int, domain: str) -> Json:
    currency = AMAZON_CURRENCIES[domain]
    return {
        "symbol": currency.symbol,
        "value": number(cents),
        "currency": currency.code,
        "raw": currency.text(cents),
    }


def _node(category: Category, domain: str) -> Json:
    return {"name": category.name, "link": f"https://www.{domain}/gp/bestsellers/{category.id}", "id": category.id}


def _slug(product: AmazonProduct) -> str:
    return _NOT_IN_SLUGS.sub("-", product.title).strip("-")[:60]
