"""Dagster's storage in the stack's PostgreSQL, whatever the shell of a Dagster process says of other servers.

`dagster.yaml` names it, because `dagster job execute` connects before it loads anything else of ours.
"""

from collections.abc import Mapping
from typing import Any

from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import pg_url_from_config

from dropship_pipeline.storage.database.libpq import take_shell_variables


class StackStorage(DagsterPostgresStorage):
    """Runs, events and ticks, configured as Dagster's own Postgres storage is."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> "StackStorage":  # noqa: ANN401
        """Open it, with the PG* variables of the shell out of the way."""
        take_shell_variables()
        return cls(pg_url_from_config(config_value), inst_data=inst_data)
