"""`dropship export sellers`, `products` and `labels`: what was found and said, as a file for other programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import plain_errors, writing_stdout
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.exports.documents import Format
from dropship_pipeline.storage.exports.files import replacing
from dropship_pipeline.storage.products.export import export_products
from dropship_pipeline.storage.review.labels import MatchLabels
from dropship_pipeline.storage.sellers.export import export_sellers

Form = Annotated[
    Format,
    typer.Option("--format", help="CSV and JSON for programs, xlsx for spreadsheets, csv-excel for a double click."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="A file, replaced when all is written. Default: stdout.")
]
NOTHING_WRITTEN = "interrupted, nothing is written"


def sellers(form: Form, output: Output = None) -> None:
    """Write all sellers, however many there are."""
    with plain_errors(NOTHING_WRITTEN), open_stores() as stores, _target(output) as file:
        for piece in export_sellers(stores.database, stores.settings.org, form):
            file.write(piece)


def products(form: Form, output: Output = None) -> None:
    """Write all products, however many there are."""
    with plain_errors(NOTHING_WRITTEN), open_stores() as stores, _target(output) as file:
        for piece in export_products(stores.database, stores.settings.org, form):
            file.write(piece)


def labels(output: Output = None) -> None:
    """Write what people said of matches, as labelled pairs (CSV) to learn from."""
    with plain_errors(NOTHING_WRITTEN), open_stores() as stores, _target(output) as file:
        for piece in MatchLabels(stores.database, stores.settings.org).export():
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
