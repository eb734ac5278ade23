"""Dagster's storage in the stack's PostgreSQL, whatever the shell of a Dagster process says of other servers.

`dagster.yaml` names it, because `dagster job execute` connects before it loads anything else of ours. Its
configuration is the stack's folder and nothing more: Dagster hands the whole of it to its code servers as an argument,
which every user of the machine can read. The address and the password are taken from `stack.json` there.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dagster_postgres import DagsterPostgresStorage
from sqlalchemy.engine import make_url

from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.postgres import DAGSTER_DATABASE, Postgres
from dropship_pipeline.storage.database.libpq import take_shell_variables

# SQLAlchemy's default driver for plain `postgresql` changes with its version; Dagster works with this.
DRIVER = "postgresql+psycopg2"


class StackStorage(DagsterPostgresStorage):
    """Runs, events and ticks in the PostgreSQL of the stack whose folder the configuration names."""

    @classmethod
    def config_type(cls) -> Any:  # noqa: ANN401  (Dagster's own type)
        """The stack's folder."""
        return {"home": str}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> "StackStorage":  # noqa: ANN401
        """Open it, with the PG* variables of the shell out of the way.

        Raises:
            StackError: no stack was ever started in the folder.
        """
        take_shell_variables()
        home = StackHome(Path(config_value["home"]))
        home.load()
        url = make_url(Postgres(home).url(DAGSTER_DATABASE)).set(drivername=DRIVER, query={})
        return cls(url.render_as_string(hide_password=False), inst_data=inst_data)
