"""Reports that a run is alive while its steps cannot: they wait in a queue, or for a worker that comes back."""

import logging
import threading
from types import TracebackType
from typing import Self

from sqlalchemy import func, update

from dropship_pipeline.errors import StorageUnavailable
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_runs
from dropship_pipeline.storage.runs.over import OPEN_STATES

HEARTBEAT_S = 5.0  # far below `over.STALE_AFTER`
logger = logging.getLogger("dropship-product-finder")


class RunHeartbeat:
    """While the block runs, a thread reports that the run is alive.

    Args:
        database: the project's; closed at the end.
        dagster_run_id: whose record; there may be none yet.
    """

    def __init__(self, database: Database, dagster_run_id: str) -> None:
        self._database = database
        self._beat = (
            update(collection_runs)
            .where(collection_runs.c.dagster_run_id == dagster_run_id, collection_runs.c.status.in_(OPEN_STATES))
            .values(heartbeat_at=func.now())
        )
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_beating, daemon=True, name="run-heartbeat")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(HEARTBEAT_S)
        self._database.close()

    def _keep_beating(self) -> None:
        while not self._ended.wait(HEARTBEAT_S):
            try:
                with self._database.begin() as connection:
                    connection.execute(self._beat)
            except StorageUnavailable as error:
                logger.warning("The run could not be reported as alive: %s", error)
