"""`dropship metrics`: prints or writes the metrics for Prometheus, where no admin page serves them."""

from pathlib import Path
from typing import Annotated

import typer

from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import plain_errors, writing_stdout
from dropship_pipeline.storage.upkeep.metrics import render, write_file


def metrics(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write to this file instead.")] = None,
) -> None:
    """Write the org's metrics in Prometheus' text format."""
    with plain_errors(), open_stores() as stores:
        if output is not None:
            write_file(stores.database, stores.settings.org, output)
            return
        text = render(stores.database, stores.settings.org).decode()
        with writing_stdout():
            typer.echo(text, nl=False)
