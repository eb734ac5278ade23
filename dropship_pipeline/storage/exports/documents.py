"""Rows as a document: CSV, CSV for Excel, a workbook, or JSON; in pieces, so that memory does not grow with them.

What the rows are is in the room of their subject.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import Any, Literal

import xlsxwriter
from sqlalchemy import RowMapping, Select

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.exports.cells import defused, kept_as_text

Format = Literal["csv", "csv-excel", "xlsx", "json"]
BATCH_ROWS = 1_000
PIECE_BYTES = 64 * 1024
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# What a worksheet and a cell of it hold.
SHEET_ROWS = 1_048_575
CELL_CHARACTERS = 32_767
COLUMN_WIDTH = 18

Batches = Iterator[Sequence[RowMapping]]


@dataclass(frozen=True, slots=True)
class FileType:
    """How a document is called where it is downloaded."""

    media_type: str
    extension: str


FILE_TYPES: Mapping[Format, FileType] = {
    "csv": FileType("text/csv; charset=utf-8", "csv"),
    "csv-excel": FileType("text/csv; charset=utf-8", "csv"),
    "xlsx": FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    "json": FileType("application/json", "json"),
}


def document(database: Database, query: Select[Any], form: Format, *, name: str) -> Iterator[bytes]:
    """The rows of a query as pieces of one document, its columns named as the query's.

    CSV is RFC 4180 in UTF-8 with a header: every text quoted, and one that a spreadsheet would run as a formula begins
    with an apostrophe. CSV for Excel also begins with a byte order mark, and what Excel would rewrite begins with an
    apostrophe. A workbook holds text as text, numbers as numbers, times as dates in UTC. A list is JSON in one cell.
    JSON is one array of objects, texts as they are. Times are ISO 8601 in UTC in CSV and JSON.

    Args:
        database: is asked with a cursor on the server.
        query: selects the rows in the order of the document.
        form: of the document.
        name: of the worksheet.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    columns = tuple(query.selected_columns.keys())
    batches = _batches(database, query)
    if form == "xlsx":
        return _workbook(batches, columns, name)
    write = {"csv": _csv, "csv-excel": _csv_for_excel, "json": _json}[form]
    return (piece.encode() for piece in write(batches, columns))


def _batches(database: Database, query: Select[Any]) -> Batches:
    with (
        database.begin() as connection,
        closing(connection.execute(query.execution_options(yield_per=BATCH_ROWS))) as result,
    ):
        yield from result.mappings().partitions()


def _csv(batches: Batches, columns: Sequence[str], keep: Callable[[str], str] = defused) -> Iterator[str]:
    yield _lines([columns])
    for batch in batches:
        yield _lines([[_cell(value, keep) for value in row.values()] for row in batch])


def _csv_for_excel(batches: Batches, columns: Sequence[str]) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    yield from _csv(batches, columns, lambda text: kept_as_text(defused(text)))


def _lines(rows: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC).writerows(rows)
    return buffer.getvalue()


def _cell(value: object, keep: Callable[[str], str]) -> object:
    value = _flat(_plain(value))
    return keep(value) if isinstance(value, str) else value


def _json(batches: Batches, columns: Sequence[str]) -> Iterator[str]:
    yield "["
    separator = "\n"
    for batch in batches:
        rows = (json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False) for row in batch)
        yield separator + ",\n".join(rows)
        separator = ",\n"
    yield "\n]\n"


def _workbook(batches: Batches, columns: Sequence[str], name: str) -> Iterator[bytes]:
    """The rows in as many worksheets as they need; the whole is made in a temporary file, then read."""
    with TemporaryFile() as file:
        options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss", "remove_timezone": True}
        with xlsxwriter.Workbook(file, options) as book:
            sheet, written = None, 0
            for batch in batches:
                for row in batch:
                    if sheet is None or written == SHEET_ROWS:
                        sheet, written = _sheet(book, columns, name), 0
                    written += 1
                    _write_row(sheet, written, row)
            if sheet is None:
                _sheet(book, columns, name)
        file.seek(0)
        while piece := file.read(PIECE_BYTES):
            yield piece


def _sheet(book: xlsxwriter.Workbook, columns: Sequence[str], name: str) -> xlsxwriter.workbook.Worksheet:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
    sheet.set_column(0, len(columns) - 1, COLUMN_WIDTH)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column)
    return sheet


def _write_row(sheet: xlsxwriter.workbook.Worksheet, number: int, row: RowMapping) -> None:
    for place, value in enumerate(row.values()):
        if isinstance(value, datetime):
            sheet.write_datetime(number, place, value.astimezone(UTC))
            continue
        shown = _flat(_plain(value))
        if isinstance(shown, str):
            # As a string whatever it looks like: no formula, no link, no number, no date.
            sheet.write_string(number, place, shown[:CELL_CHARACTERS])
        elif shown is not None:
            sheet.write_number(number, place, shown)


def _flat(value: object) -> Any:  # noqa: ANN401  (what a cell holds)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _plain(value: object) -> object:
    """A value as every format can hold it; a number that is none (NaN) is missing."""
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
