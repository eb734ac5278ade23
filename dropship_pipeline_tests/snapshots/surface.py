"""What others hold on to: the tables, the REST API's document, the commands and their options."""

from typing import Any

import psycopg
import typer
from psycopg.rows import dict_row
from typer.core import TyperGroup

from dropship_pipeline.admin.app import create_app
from dropship_pipeline.cli.app import app as command_line
from dropship_pipeline_tests.integration.api_client import admin_settings

_COLUMNS = """
    SELECT c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
           a.attnotnull AS required, pg_get_expr(d.adbin, d.adrelid) AS default, a.attidentity AS identity
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v')
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
"""
_CONSTRAINTS = """
    SELECT c.relname AS table, k.conname AS name, pg_get_constraintdef(k.oid) AS definition
    FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    WHERE k.contype <> 'n'
"""
_INDEXES = """
    SELECT tablename AS table, indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = 'public'
"""


def tables(database_url: str) -> dict[str, Any]:
    """Table → its columns, constraints and indexes by name."""
    found: dict[str, Any] = {}
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        for kind, query in (("columns", _COLUMNS), ("constraints", _CONSTRAINTS), ("indexes", _INDEXES)):
            for row in connection.execute(query):
                table = found.setdefault(row.pop("table"), {"columns": {}, "constraints": {}, "indexes": {}})
                table[kind][row.pop("name")] = row
    return found


def api_document(database_url: str) -> dict[str, Any]:
    """The OpenAPI document."""
    app = create_app(admin_settings(database_url), with_pages=False)
    try:
        return app.openapi()
    finally:
        app.state.services.close()


def commands() -> dict[str, Any]:
    """Command, its group's name before it → its arguments and options, and what each wants."""
    found: dict[str, Any] = {}

    def collect(command: Any, path: str) -> None:
        if isinstance(command, TyperGroup):
            context = command.context_class(command)
            for name in command.list_commands(context):
                collect(command.get_command(context, name), f"{path} {name}".strip())
            return
        found[path] = {
            "/".join((*one.opts, *one.secondary_opts)): {"required": one.required, "multiple": one.multiple}
            for one in command.params
        }

    collect(typer.main.get_command(command_line), "")
    return found
