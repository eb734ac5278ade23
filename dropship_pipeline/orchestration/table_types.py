"""Dagster's view of our tables: their columns as it shows them, and a type for each frame that travels between ops.

Columns are read from the tables' own declarations; none is named twice.
"""

from collections.abc import Sequence
from typing import Any

from dagster import DagsterType, TableColumn, TableColumnConstraints, TableSchema, TypeCheck, TypeCheckContext
from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql

from dropship_pipeline.storage.database.tables import job_products, query_outcomes, seller_jobs, sellers

# The names under which Dagster's user interface shows these things by itself.
COLUMN_SCHEMA = "dagster/column_schema"
ROW_COUNT = "dagster/row_count"
TABLE_NAME = "dagster/table_name"

_POSTGRES = postgresql.dialect()  # type: ignore[no-untyped-call]


def schema_of(columns: Sequence[Column[Any]]) -> TableSchema:
    """Columns of our tables as Dagster shows them: name, Postgres' type, whether a value is required."""
    return TableSchema(
        columns=[
            TableColumn(
                column.name,
                column.type.compile(_POSTGRES).lower(),
                constraints=TableColumnConstraints(nullable=bool(column.nullable)),
            )
            for column in columns
        ]
    )


def _named(table: Table, names: str) -> list[Column[Any]]:
    return [table.c[name] for name in names.split()]


def frame_type(name: str, columns: Sequence[Column[Any]], description: str) -> DagsterType:
    """The type of a frame with these columns, or of None where a step has kept the rows in their table itself.

    Args:
        name: of the type.
        columns: all that the frame has, in their order.
        description: what a row is.
    """
    expected = [column.name for column in columns]

    def check(_context: TypeCheckContext, value: object) -> TypeCheck:
        found = None if value is None else [str(column) for column in getattr(value, "columns", ())]
        if found is None or found == expected:
            return TypeCheck(success=True)
        return TypeCheck(success=False, description=f"{name} has the columns {expected}; these are {found}")

    return DagsterType(
        type_check_fn=check, name=name, description=description, metadata={COLUMN_SCHEMA: schema_of(columns)}
    )


QUERY_OUTCOMES = frame_type(
    "QueryOutcomes",
    _named(
        query_outcomes,
        "job_id run_id platform query state returned stored without_image skipped_rows reading collect_errors "
        "store_errors errors_by_kind credits started_at ended_at",
    ),
    "One row a query: what it returned, what was stored, errors, credits, times.",
)
FOUND_SELLERS = frame_type(
    "FoundSellers",
    [
        *_named(
            sellers,
            "seller_name seller_name_normalized feedback_percent feedback_count first_seen_at last_seen_at "
            "source_products",
        ),
        seller_jobs.c.listings,
    ],
    "One row a seller behind the listings that were found.",
)
BEST_SELLING_PRODUCTS = frame_type(
    "BestSellingProducts", list(job_products.c), "One row a product of the job, with every list that names it."
)


def columns_of(kind: DagsterType) -> list[str]:
    """The names of the columns of a frame of this type."""
    return [column.name for column in kind.metadata[COLUMN_SCHEMA].schema.columns]  # type: ignore[attr-defined]
