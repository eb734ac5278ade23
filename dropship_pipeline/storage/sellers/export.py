"""Sellers as CSV or JSON, streamed: rows come from a server-side cursor, so memory does not grow with their number."""

import csv
import io
import json
import math
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from sqlalchemy import RowMapping, select

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import sellers
from dropship_pipeline.storage.sellers.counts import refresh_products
from dropship_pipeline.storage.sellers.listing import EVERY_SELLER, SellerFilters

Format = Literal["csv", "json"]
BATCH_ROWS = 1_000
# Spreadsheets skip white space, quotes and invisible characters before they decide whether a cell is a formula.
_SKIPPED = re.compile(r"""[\s"'`\u2018\u2019\u201c\u201d\u00ad\u200b-\u200f\u2060\ufeff\x00-\x1f]*""")
_BEGINS_FORMULA = frozenset("=+-@")
_BEGINS_CELL = frozenset("\t\r\n")

_query = select(
    sellers.c.seller_name,
    sellers.c.seller_name_normalized,
    sellers.c.feedback_percent,
    sellers.c.feedback_count,
    sellers.c.products,
    sellers.c.collection_count,
    sellers.c.first_seen_at,
    sellers.c.last_seen_at,
    sellers.c.source_products,
).order_by(sellers.c.seller_name_normalized)
COLUMNS = tuple(_query.selected_columns.keys())


def export_sellers(
    database: Database, org_id: str, form: Format, filters: SellerFilters = EVERY_SELLER
) -> Iterator[bytes]:
    """The org's sellers that pass the filters, by normalized name, as pieces of one UTF-8 document.

    CSV is RFC 4180 with a header; text that a spreadsheet would run as a formula begins with an apostrophe. JSON is
    one array of objects, names as they are. Times are ISO 8601 in UTC.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    write = {"csv": _csv, "json": _json}[form]
    refresh_products(database, org_id)
    yield from (piece.encode() for piece in write(_batches(database, org_id, filters)))


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` when the block ends well; until then `path` stays as it was.

    Raises:
        OSError: it cannot be written.
    """
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise


def _batches(database: Database, org_id: str, filters: SellerFilters) -> Iterator[Sequence[RowMapping]]:
    query = _query.where(sellers.c.org_id == org_id, *filters.conditions(org_id))
    with (
        database.begin() as connection,
        closing(connection.execute(query.execution_options(yield_per=BATCH_ROWS))) as result,
    ):
        yield from result.mappings().partitions()


def _csv(batches: Iterator[Sequence[RowMapping]]) -> Iterator[str]:
    yield _lines([COLUMNS])
    for batch in batches:
        yield _lines([[_cell(value) for value in row.values()] for row in batch])


def _lines(rows: Sequence[Sequence[object]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue()


def _cell(value: object) -> object:
    value = _plain(value)
    if isinstance(value, list):
        value = " ".join(value)
    return defused(value) if isinstance(value, str) else value


def defused(text: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would take it for a formula or a new cell."""
    skipped = _SKIPPED.match(text)
    before = skipped.group() if skipped else ""
    first = unicodedata.normalize("NFKC", text[len(before) : len(before) + 1])
    runs = not _BEGINS_FORMULA.isdisjoint(first) or not _BEGINS_CELL.isdisjoint(before)
    return f"'{text}" if runs else text


def _json(batches: Iterator[Sequence[RowMapping]]) -> Iterator[str]:
    yield "["
    separator = "\n"
    for batch in batches:
        rows = (json.dumps({name: _plain(value) for name, value in row.items()}, ensure_ascii=False) for row in batch)
        yield separator + ",\n".join(rows)
        separator = ",\n"
    yield "\n]\n"


def _plain(value: object) -> object:
    """A value as both formats can hold it; a number that is none (NaN) is missing."""
    if isinstance(value, datetime):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value
