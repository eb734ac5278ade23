"""Metrics for Prometheus, read from the tables on request: no process keeps a counter that it could lose.

No label holds an id or a text from outside, so that the number of series stays small. Metrics of runs count all runs;
those of calls and errors, which are many, only the jobs that ran in the last weeks (`metric_queries.WINDOW`).
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, text

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.upkeep.metric_queries import read_metrics

# A scrape gives up before Prometheus does, whose own time-out is ten seconds.
STATEMENT_TIMEOUT = "SET LOCAL statement_timeout = '5s'"
# node_exporter reads the file as another user.
FILE_MODE = 0o644


def render(database: Database, org: str | None = None) -> bytes:
    """The metrics of an org, or of all, in Prometheus' text format. Raises StorageUnavailable."""
    with database.begin() as connection:
        connection.execute(text(STATEMENT_TIMEOUT))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Tables(connection, org))
        return generate_latest(registry)


def write_file(database: Database, org: str | None, path: Path) -> None:
    """Write the metrics to a file, whole or not at all: for the textfile collector of node_exporter.

    Raises:
        StorageUnavailable: Postgres does not answer.
        SettingsError: the file cannot be written.
    """
    metrics = render(database, org)
    try:
        # Its name does not end in .prom: a half-written one is not read.
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            try:
                file.write(metrics)
                file.flush()
                Path(file.name).chmod(FILE_MODE)
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written ({error.strerror}); make its folder, or name another file"
        ) from None


class _Tables(Collector):
    """Reads all metrics in one transaction."""

    def __init__(self, connection: Connection, org: str | None) -> None:
        self._connection = connection
        self._org = org

    def collect(self) -> Iterator[Metric]:
        yield from read_metrics(self._connection, self._org)

    def describe(self) -> list[Metric]:
        return []
