"""Imported once by the fork server, so that a step starts in a tenth of a second.

The private Dagster modules are those that every forked child would otherwise import again: `bin/dagster` itself and
the storages that it builds from dagster.yaml. The rest is what the steps use and the definitions do not import. Modules
of this project do not belong here: `executors.PRELOADED` names them.
"""

# ruff: noqa: F401, ICN001  (imported for the sake of being imported)

import alembic.config
import alembic.runtime.migration
import alembic.script
import dagster._cli
import dagster._core.execution.run_metrics_thread
import dagster._core.storage.local_compute_log_manager
import dagster._core.storage.sqlite_storage
import dagster_postgres
import fsspec.implementations.local
import pandas
import psycopg2
import sqlalchemy.dialects.postgresql.psycopg
import sqlalchemy.dialects.postgresql.psycopg2
import sqlalchemy.dialects.sqlite.pysqlite
import structlog
import upath.implementations.local
