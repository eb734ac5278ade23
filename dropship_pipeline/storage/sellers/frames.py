"""Writes the frames that travel between ops to their tables, and reads them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from dropship_pipeline.storage.database.bulk import WriteCount, upsert_counted
from dropship_pipeline.storage.database.connection import OfOrg
from dropship_pipeline.storage.database.tables import query_outcomes
from dropship_pipeline.storage.sellers.rows import save_sellers

OUTCOME_KEY = ("job_id", "platform", "query")


class FrameStore(OfOrg):
    """Writes and reads the frames that travel between ops, for one org. All methods raise StorageUnavailable."""

    def save_outcomes(self, rows: Sequence[Mapping[str, Any]]) -> WriteCount:
        """Upsert query_outcomes by (job_id, platform, query); the last of equal keys wins."""
        own = [{**row, "org_id": self._org_id} for row in rows]
        with self._database.begin() as connection:
            return upsert_counted(connection, query_outcomes, own, OUTCOME_KEY)

    def load_outcomes(self, run_id: int, platform: str) -> list[dict[str, Any]]:
        """The outcomes that a run wrote for one platform, in the order in which they were collected."""
        query = (
            query_outcomes.select()
            .where(query_outcomes.c.run_id == run_id, query_outcomes.c.platform == platform)
            .order_by(query_outcomes.c.started_at, query_outcomes.c.query)
        )
        with self._database.begin() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def save_sellers(self, job_id: str, rows: Sequence[Mapping[str, Any]], *, run_id: int | None = None) -> WriteCount:
        """Like `rows.save_sellers`, in a transaction of its own."""
        with self._database.begin() as connection:
            return save_sellers(connection, self._org_id, job_id, rows, run_id=run_id)
