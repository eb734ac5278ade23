"""The metadata of all tables, and the columns that many of them have."""

from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData, Text, func

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def time_column(name: str, *, default: bool = False) -> "Column[Any]":
    """A timestamp with timezone; with `default`, that of the insertion."""
    return Column(name, DateTime(timezone=True), nullable=not default, server_default=func.now() if default else None)


def org_column(*, primary_key: bool = False) -> "Column[Any]":
    """The org that the row belongs to."""
    return Column("org_id", Text, ForeignKey("orgs.id"), primary_key=primary_key, nullable=False)


def count_column(name: str) -> "Column[Any]":
    """A number that begins at 0 and is never null."""
    return Column(name, Integer, nullable=False, server_default="0")
