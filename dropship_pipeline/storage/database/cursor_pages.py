"""Pages by position: a page begins behind the last row of the one before, so all are equally fast.

The first pages can be had by number, too, which has the rows before them read and thrown away.

A cursor is that position as an opaque text. It grants nothing: a query reads only rows of its own org, whatever the
cursor says. So it is checked, not signed.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Float,
    Integer,
    RowMapping,
    Select,
    Text,
    func,
    literal,
    select,
    tuple_,
)

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.connection import Database

T = TypeVar("T")
# However a cursor is written in an address, the address stays below the 64 KiB that the web server reads.
MAX_CURSOR_CHARS = 5_000
_BIGINT, _INTEGER = 2**63, 2**31
# So many rows may be passed over to reach a page by its number: some tens of milliseconds.
MOST_SKIPPED = 100_000
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of rows, and the pages in it.

    Args:
        name: of the order; a cursor of another one is refused.
        columns: never null; together unique.
        descending: the direction of all columns.
    """

    name: str
    columns: tuple[ColumnElement[Any], ...]
    descending: bool = False

    def page(self, query: Select[Any], page_size: int, cursor: str | None, number: int = 1) -> Select[Any]:
        """The query of a page and one row more, which shows whether there is a next page.

        Raises:
            RequestInvalid: `cursor` was not made by this order, or there is a number beside it, or the page of this
                number is too far away.
        """
        skipped = (number - 1) * page_size
        if cursor is not None and skipped:
            raise RequestInvalid("cursor and page name two places: send one of them")
        if skipped > MOST_SKIPPED:
            raise RequestInvalid(
                f"page {number} begins behind {skipped:,} rows; behind {MOST_SKIPPED:,} follow next_cursor instead"
            )
        named = (column.label(f"place_{number}") for number, column in enumerate(self.columns))
        query = query.add_columns(*named).order_by(
            *(column.desc() if self.descending else column.asc() for column in self.columns)
        )
        if cursor is not None:
            place = tuple_(*(literal(v, c.type) for v, c in zip(self._read(cursor), self.columns, strict=True)))
            here = tuple_(*self.columns)
            query = query.where(here < place if self.descending else here > place)
        return query.limit(page_size + 1).offset(skipped or None)

    def split(self, rows: Sequence[RowMapping], page_size: int) -> tuple[list[dict[str, Any]], str | None]:
        """The page's rows without their places, and the cursor of the next page, None on the last."""
        places = [f"place_{number}" for number in range(len(self.columns))]
        page = [{name: row[name] for name in row if name not in places} for row in rows[:page_size]]
        more = len(rows) > page_size
        return page, self._write([rows[page_size - 1][place] for place in places]) if more else None

    @property
    def _tag(self) -> str:
        return f"{self.name}:{'desc' if self.descending else 'asc'}"

    def _write(self, place: Sequence[Any]) -> str:
        values = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in place]
        document = json.dumps([self._tag, *values], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")

    def _read(self, cursor: str) -> list[Any]:
        refused = RequestInvalid(
            "cursor does not belong to this list in this order; leave it out for the first page, "
            "then send next_cursor as it was answered, with the same sort"
        )
        if len(cursor) > MAX_CURSOR_CHARS or not cursor.isascii():
            raise refused
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            tag, *values = json.loads(text)
            if tag != self._tag or len(values) != len(self.columns):
                raise refused
            return [_checked(value, column) for value, column in zip(values, self.columns, strict=True)]
        except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError):
            raise refused from None


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[T]):
    """Some rows, and the cursor of those that follow; None on the last page."""

    rows: list[T]
    next_cursor: str | None


def read_page(
    database: Database, order: Order, query: Select[Any], page_size: int, cursor: str | None, number: int = 1
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows of a page of `query` and the cursor of the next one.

    Args:
        database: where it is read.
        order: of the rows.
        query: the rows.
        page_size: at most so many.
        cursor: of the page; None where it is named by its number.
        number: of the page, from 1.

    Raises:
        RequestInvalid: as `Order.page` says.
        StorageUnavailable: Postgres does not answer.
    """
    statement = order.page(query, page_size, cursor, number)
    with planning(database) as connection:
        rows = connection.execute(statement).mappings().all()
    return order.split(rows, page_size)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are; where that is not `exact`, there are more."""

    number: int
    exact: bool


def count_rows(database: Database, query: Select[Any], at_most: int) -> Count:
    """How many rows a query has; counting ends at `at_most`."""
    with planning(database) as connection:
        # A count comes behind the rows that a person waits for, and leaves the other cores to them.
        connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
        counted = select(func.count()).select_from(query.limit(at_most + 1).subquery())
        number: int = connection.execute(counted).scalar_one()
    return Count(min(number, at_most), number <= at_most)


@contextmanager
def planning(database: Database) -> Iterator[Connection]:
    """A transaction whose every statement is planned for its own values.

    psycopg prepares what is asked often, and Postgres then may settle for one plan: but a search for what half of the
    names hold and one for what none holds need two.
    """
    with database.begin() as connection:
        connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")
        yield connection


def _checked(value: object, column: ColumnElement[Any]) -> object:
    """A value that the column could hold.

    Raises:
        ValueError: it could not.
    """
    kind = column.type
    if isinstance(kind, DateTime) and isinstance(value, str):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(kind, Text) and isinstance(value, str) and "\0" not in value:
        value.encode()
        return value
    if isinstance(kind, Integer) and type(value) is int:
        most = _BIGINT if isinstance(kind, BigInteger) else _INTEGER
        if -most <= value < most:
            return value
    if isinstance(kind, Float) and type(value) in {int, float}:
        number = float(str(value))
        if math.isfinite(number):
            return number
    raise ValueError(f"no place for {type(value).__name__}")
