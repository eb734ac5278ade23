"""`dropship sellers` and `dropship export sellers`: list and export sellers."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import Columns, plain_errors, say, show_table, writing_stdout
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.sellers.export import Format, export_sellers, replacing
from dropship_pipeline.storage.sellers.listing import SellerFilters, SellerList, SellerRow

MAX_ROWS = 10_000
_COLUMNS: Columns = {
    "seller": "left", "feedback": "right", "ratings": "right", "products": "right", "jobs": "right",
    "first seen": "left", "last seen": "left",
}  # fmt: skip


def sellers(
    search: Annotated[str, typer.Option(help="Part of the name, in any case and spacing.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="How many.")] = 20,
) -> None:
    """List sellers, those with most distinct products first."""
    with plain_errors(), open_stores() as stores:
        listed = SellerList(stores.database, stores.settings.org)
        found = listed.page(SellerFilters(search=search), page_size=limit).rows
        if found:
            show_table(_COLUMNS, [_row(seller) for seller in found])
        else:
            say(f"No seller of org {stores.settings.org} is called so" if search else "No seller has been found yet")


def _row(seller: SellerRow) -> tuple[object, ...]:
    percent = None if seller.feedback_percent is None else f"{seller.feedback_percent:g} %"
    return (
        seller.seller_name, percent, seller.feedback_count, seller.products, seller.collection_count,
        f"{seller.first_seen_at:%Y-%m-%d}", f"{seller.last_seen_at:%Y-%m-%d}",
    )  # fmt: skip


def export_sellers_command(
    form: Annotated[Format, typer.Option("--format", help="CSV for spreadsheets, JSON for programs.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file, replaced when all is written. Default: stdout.")
    ] = None,
) -> None:
    """Write all sellers, however many there are."""
    with plain_errors("interrupted, nothing is written"), open_stores() as stores, _target(output) as file:
        for piece in export_sellers(stores.database, stores.settings.org, form):
            file.write(piece)


@contextmanager
def _target(output: Path | None) -> Iterator[IO[bytes]]:
    if output is None:
        with writing_stdout():
            yield sys.stdout.buffer
        return
    if output.exists() and not output.is_file():
        raise RequestInvalid(f"{output} is not a file; leave out --output to write to standard output")
    try:
        with replacing(output) as file:
            yield file
    except OSError as error:
        raise RequestInvalid(f"{output} cannot be written: {error.strerror}") from None
