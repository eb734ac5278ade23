"""`dropship diff`: what changed between two seller searches."""

from typing import Annotated

import typer

from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import BANDS, Columns, plain_errors, price, say, show_table
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.review.changes import MAX_SHOWN, ChangedListing, ChangedSeller, SellerChanges, Some

_SELLERS: Columns = {"seller": "left", "products": "right"}
_LISTINGS: Columns = {
    "product": "left", "listing": "left", "seller": "left", "before": "right", "after": "right", "title": "left",
}  # fmt: skip


def diff(
    run: Annotated[int, typer.Argument(help="Number of the later run, from `dropship runs`.")],
    against: Annotated[
        int | None, typer.Argument(help="Number of the earlier run; by default the newest one of the same settings.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=MAX_SHOWN, help="At most so many rows of each kind.")] = 10,
) -> None:
    """Show what changed between two runs of collect_sellers: sellers, listings and prices."""
    with plain_errors(), open_stores() as stores:
        changes = SellerChanges(stores.database, stores.settings.org)
        earlier = changes.run_before(run) if against is None else against
        if earlier is None:
            raise RequestInvalid(f"No finished run before run {run} has the same settings; name one after it")
        found = changes.between(earlier, run, most=limit)
        say(f"From run {found.against} to run {found.run_id}")
        _sellers("New sellers", found.new_sellers)
        _sellers("Sellers that are back", found.back_sellers)
        _sellers("Sellers that are gone", found.gone_sellers)
        _listings("New listings", found.new_listings)
        _listings("Listings that are gone", found.gone_listings)
        _listings("Prices that moved", found.moved_prices)
        _listings("Listings that are judged otherwise", found.moved_bands)


def _sellers(title: str, some: Some[ChangedSeller]) -> None:
    say(f"{title}: {some.total}")
    if some.rows:
        show_table(_SELLERS, [(row.seller_name, row.products) for row in some.rows])


def _listings(title: str, some: Some[ChangedListing]) -> None:
    say(f"{title}: {some.total}")
    if some.rows:
        show_table(_LISTINGS, [_row(row) for row in some.rows])


def _row(row: ChangedListing) -> tuple[object, ...]:
    if row.band_before and row.band_after:
        moved = (BANDS[row.band_before], BANDS[row.band_after])
    else:
        moved = (price(row.cents_before, row.currency), price(row.cents_after, row.currency))
    return row.asin, row.item_id, row.seller_name, *moved, row.title
