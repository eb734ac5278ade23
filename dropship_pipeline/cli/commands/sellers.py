"""`dropship sellers`: list sellers."""

from typing import Annotated

import typer

from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import AsJson, Columns, plain_errors, say, show_json, show_table
from dropship_pipeline.storage.sellers.filters import SellerFilters, SellerMatch
from dropship_pipeline.storage.sellers.listing import SellerList, SellerRow, SellerSort

MAX_ROWS = 10_000
_COLUMNS: Columns = {
    "seller": "left", "likelihood": "right", "feedback": "right", "ratings": "right", "products": "right",
    "accepted": "right", "in review": "right", "rejected": "right", "jobs": "right",
    "first seen": "left", "last seen": "left",
}  # fmt: skip


def sellers(
    search: Annotated[str, typer.Option(help="Part of the name, in any case and spacing.")] = "",
    match: Annotated[SellerMatch, typer.Option(help="By the best that was judged of a seller's listings.")] = "all",
    sort: Annotated[
        SellerSort, typer.Option(help="By what; names from A, all else largest or latest first.")
    ] = "products",
    limit: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="How many.")] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """List sellers: how likely each sells what Amazon ships, and what was found."""
    with plain_errors(), open_stores() as stores:
        listed = SellerList(stores.database, stores.settings.org)
        found = listed.page(
            SellerFilters(search=search, match=match), sort=sort, descending=sort != "name", page_size=limit
        ).rows
        if as_json:
            show_json(found)
        elif found:
            show_table(_COLUMNS, [_row(seller) for seller in found])
            waiting = sum(seller.in_review for seller in found)
            if waiting and not any(seller.accepted for seller in found):
                say(f"No listing of these sellers is accepted, {waiting} are left to you: see dropship why SELLER")
        else:
            say(_none(stores.settings.org, search, match))


def _none(org: str, search: str, match: SellerMatch) -> str:
    if match != "all":
        return f"No seller of org {org} has listings that are judged so"
    return f"No seller of org {org} is called so" if search else "No seller has been found yet"


def _row(seller: SellerRow) -> tuple[object, ...]:
    percent = None if seller.feedback_percent is None else f"{seller.feedback_percent:g} %"
    return (
        seller.seller_name, seller.likelihood, percent, seller.feedback_count, seller.products, seller.accepted,
        seller.in_review, seller.rejected, seller.collection_count,
        f"{seller.first_seen_at:%Y-%m-%d}", f"{seller.last_seen_at:%Y-%m-%d}",
    )  # fmt: skip
