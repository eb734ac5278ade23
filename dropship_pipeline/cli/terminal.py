"""Prints tables, and errors as one sentence. Text from outside reaches a terminal only after it is filtered."""

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from msgspec import Struct, structs

from dropship_pipeline.errors import CollectionError, RequestInvalid, StartInterrupted
from dropship_pipeline.models import Band, Money

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = 130
# Rich would fold a table to 80 columns where nobody looks at it and a program reads it.
UNFOLDED_COLUMNS = 10_000

BANDS: Mapping[Band, str] = {"accept": "accepted", "review": "in review", "reject": "rejected"}

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
Columns = Mapping[str, Literal["left", "right"]]


@contextmanager
def plain_errors(interrupted: str = "interrupted") -> Iterator[None]:
    """One sentence on stderr and exit code 1 for what we know can go wrong; 130 for Ctrl-C.

    Args:
        interrupted: what Ctrl-C has come to.
    """
    try:
        yield
    except CollectionError as error:
        typer.echo(f"dropship: {printable(error)}", err=True)
        raise typer.Exit(1) from None
    except (StartInterrupted, KeyboardInterrupt):
        typer.echo(f"dropship: {interrupted}", err=True)
        raise typer.Exit(INTERRUPTED) from None


@contextmanager
def writing_stdout() -> Iterator[None]:
    """Output that does not fit on its disk as one sentence; Typer itself quietly ends what writes to `| head`.

    Raises:
        RequestInvalid: stdout cannot be written.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        with Path(os.devnull).open("wb") as nowhere:  # else the interpreter would try the same again when it exits
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise RequestInvalid(f"Standard output cannot be written: {error.strerror}") from None


def printable(value: object) -> str:
    """A value as text on one line, without characters that a terminal obeys instead of showing."""
    return "".join(
        character if character.isprintable() else " " if character.isspace() else "" for character in str(value)
    )


def say(line: str) -> None:
    """Print one line, filtered, whatever the encoding of stdout can show of it."""
    with writing_stdout():
        _show_all()
        typer.echo(printable(line))


def _show_all() -> None:
    """Let stdout show a question mark for what its encoding cannot."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def console() -> "Console":
    """Stdout as rich sees it, unfolded where it is not a terminal."""
    from rich.console import Console  # noqa: PLC0415  (most commands show no table)

    _show_all()
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNFOLDED_COLUMNS)


def price(cents: int | None, currency: str | None) -> str:
    """An amount in its currency; nothing where it is not known."""
    return "" if cents is None else str(Money(cents, currency or "")).rstrip()


def show_json(value: object) -> None:
    """Print a value as one JSON document: dataclasses and structs as objects, times in ISO 8601, all in ASCII."""
    with writing_stdout():
        typer.echo(json.dumps(value, indent=2, default=_as_json))


def _as_json(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Struct):
        return structs.asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else str(value)


def show_table(columns: Columns, rows: Sequence[Sequence[object]]) -> None:
    """Print rows in aligned columns under their names; None is an empty cell."""
    from rich.table import Table  # noqa: PLC0415  (as in `console`)
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False)
    for name, justify in columns.items():
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else printable(cell)) for cell in row))
    with writing_stdout():
        console().print(table)
