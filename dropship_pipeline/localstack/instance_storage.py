"""Dagster's storage in the stack's PostgreSQL, whatever the shell of a Dagster process says of other servers.

`dagster.yaml` names it, because `dagster job execute` connects before it loads anything else of ours.
"""

from dagster._core.storage.config import PostgresStorageConfig
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage

from dropship_pipeline.storage.database.libpq import take_shell_variables


class StackStorage(DagsterPostgresStorage):
    """Runs, events and ticks, configured as Dagster's own Postgres storage is."""

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: PostgresStorageConfig
    ) -> DagsterPostgresStorage:
        """Open it, with the PG* variables of the shell out of the way."""
        take_shell_variables()
        return DagsterPostgresStorage.from_config_value(inst_data, config_value)
