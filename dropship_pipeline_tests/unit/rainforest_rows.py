"""Rainforest's answer to a keyword search with invented rows, and how one row is read."""

from dropship_pipeline.marketplaces.amazon.rainforest import parse_page
from dropship_pipeline.models import Product
from dropship_pipeline_tests.unit.marketplace_fakes import json_answer

INFO = {"success": True, "credits_used": 41, "credits_used_this_request": 1, "credits_remaining": 959}
IMAGE = "https://m.media-amazon.com/images/I/71INVENTED1._AC_UY218_.jpg"


def search_row(asin: object = "B0INVENT01", **changes: object) -> dict[str, object]:
    """A row; a change to `...` leaves the key out."""
    row = {
        "position": 1,
        "title": "Invented Copper Watering Can, 2 L",
        "asin": asin,
        "link": f"https://www.amazon.com/Invented-Can/dp/{asin}/ref=sr_1_1?keywords=can",
        "categories": [{"name": "All Departments", "id": "aps"}],
        "image": IMAGE,
        "is_prime": True,
        "rating": 4.6,
        "ratings_total": 812,
        "prices": [{"symbol": "$", "value": 30, "currency": "USD", "raw": "$30.00", "is_rrp": True}],
        "price": {"symbol": "$", "value": 24.5, "currency": "USD", "raw": "$24.50", "is_primary": True},
    }
    return {name: value for name, value in {**row, **changes}.items() if value is not ...}


def search_answer(rows: object, **siblings: object) -> dict[str, object]:
    """An answer with these rows."""
    return {"request_info": INFO, "request_parameters": {"type": "search"}, "search_results": rows, **siblings}


def only(row: dict[str, object]) -> Product:
    """What is read of an answer with one row."""
    (product,) = parse_page(json_answer(search_answer([row])), 1, "amazon.com").products
    return product
