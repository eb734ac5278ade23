"""Rows written in bulk: COPY into a temporary table, then one INSERT … ON CONFLICT, inside the caller's transaction.

Rows are de-duplicated and sorted by the conflict key first: one statement must not meet a row twice, and two writers
that lock rows in the same order cannot deadlock.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, cast

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import JSONB


@dataclass(frozen=True, slots=True)
class WriteCount:
    """How many rows a write made and how many it changed."""

    inserted: int
    updated: int


NOTHING = WriteCount(0, 0)


def distinct(rows: Sequence[dict[str, Any]], key: Sequence[str]) -> list[dict[str, Any]]:
    """The rows without those whose key comes again later, sorted by the key."""
    by_key = {tuple(row[name] for name in key): row for row in rows}
    return [by_key[values] for values in sorted(by_key)]


def stage_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    extra: Mapping[str, LiteralString] | None = None,
) -> list[str]:
    """COPY rows into the temporary table `stage`; return the columns of `table` that they hold."""
    columns = list(rows[0])
    json_columns = {c.name for c in table.c if isinstance(c.type, JSONB)}
    values = ([as_json(row[name]) if name in json_columns else row[name] for name in columns] for row in rows)
    return stage_values(connection, table, columns, values, extra)


def stage_values(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    extra: Mapping[str, LiteralString] | None = None,
) -> list[str]:
    """Likewise, of rows that are values in the order of `columns`, JSON written out.

    The caller sees to it that no key comes twice, and that the statement which takes them from `stage` sorts them.
    """
    own = [name for name in columns if name in table.c]
    psycopg_connection = cast("PsycopgConnection[Any]", connection.connection.driver_connection)
    with psycopg_connection.cursor() as cursor:  # COPY is not SQLAlchemy's business
        names = sql.SQL(", ").join(map(sql.Identifier, own))
        cursor.execute("DROP TABLE IF EXISTS stage")
        cursor.execute(
            sql.SQL("CREATE TEMP TABLE stage ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                names, sql.Identifier(table.name)
            )
        )
        for name, kind in (extra or {}).items():
            cursor.execute(sql.SQL("ALTER TABLE stage ADD COLUMN {} {}").format(sql.Identifier(name), sql.SQL(kind)))
        copy = sql.SQL("COPY stage ({}) FROM STDIN").format(sql.SQL(", ").join(map(sql.Identifier, columns)))
        with cursor.copy(copy) as writer:
            for row in rows:
                writer.write_row(row)
    return own


def as_json(value: Any) -> str | None:  # noqa: ANN401  (whatever JSON can hold)
    """A value as a column of JSON takes it by COPY or in an array."""
    if value is None:
        return None
    return "[]" if value == [] else json.dumps(value)  # many lists are empty


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], key: Sequence[str]) -> None:
    """Insert rows; one whose key is there already replaces its columns."""
    statement = _upsert(connection, table, rows, key)
    if statement:
        connection.exec_driver_sql(statement)


def upsert_counted(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]], key: Sequence[str]
) -> WriteCount:
    """Like `upsert`, and count how many rows are new, which costs a tenth of the time."""
    statement = _upsert(connection, table, rows, key)
    return counted(connection, statement) if statement else NOTHING


def _upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], key: Sequence[str]) -> str:
    """Stage the rows; return the statement that upserts them, empty where there are none."""
    staged = distinct(rows, key)
    if not staged:
        return ""
    columns = stage_rows(connection, table, staged)
    quoted = ", ".join(f'"{name}"' for name in columns)
    keys = ", ".join(f'"{name}"' for name in key)
    changes = ", ".join(f'"{name}" = EXCLUDED."{name}"' for name in columns if name not in (*key, "org_id"))
    return (
        f'INSERT INTO "{table.name}" ({quoted}) SELECT {quoted} FROM stage ORDER BY {keys} '  # noqa: S608  (our names)
        f"ON CONFLICT ({keys}) DO UPDATE SET {changes}"
    )


def counted(connection: Connection, statement: str, parameters: Mapping[str, Any] | None = None) -> WriteCount:
    """Run an upsert and count: xmax is 0 only on a row that this statement inserted."""
    row = connection.exec_driver_sql(
        f"WITH written AS ({statement} RETURNING (xmax = 0) AS is_new) "  # noqa: S608
        "SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written",
        dict(parameters) if parameters else None,
    ).one()
    return WriteCount(row[0], row[1])
