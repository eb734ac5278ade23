"""collection_errors: records, lists and counts what goes wrong in a run without ending it."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import insert

from dropship_pipeline.models import Platform
from dropship_pipeline.storage.database.connection import OfOrg
from dropship_pipeline.storage.database.tables import collection_errors
from dropship_pipeline.storage.runs.values import RunError


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """One error of a run; `reason` is the word under which it is counted."""

    occurred_at: datetime
    platform: Platform
    kind: str
    reason: str
    query: str | None
    product_id: str | None
    message: str
    response_status: int | None


_COLUMNS = tuple(collection_errors.c[name] for name in ErrorReport.__dataclass_fields__)


class ErrorLog(OfOrg):
    """The errors of the runs of one org. Every method is one transaction and raises StorageUnavailable."""

    def record(self, run_id: int, job_id: str, error: RunError) -> None:
        """Keep one error of a run."""
        row = {"org_id": self._org_id, "run_id": run_id, "job_id": job_id, **asdict(error)}
        with self._database.begin() as connection:
            connection.execute(insert(collection_errors).values(row))

    def page(self, run_id: int, limit: int, offset: int = 0) -> list[ErrorReport]:
        """Errors of a run, newest first."""
        query = (
            select(*_COLUMNS)
            .where(self._of(run_id))
            .order_by(collection_errors.c.id.desc())
            .limit(limit)
            .offset(offset)
        )
        with self._database.begin() as connection:
            return [ErrorReport(**row) for row in connection.execute(query).mappings()]

    def count(self, run_id: int) -> int:
        """How many errors a run has."""
        query = select(func.count()).select_from(collection_errors).where(self._of(run_id))
        with self._database.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def _of(self, run_id: int) -> ColumnElement[bool]:
        return (collection_errors.c.org_id == self._org_id) & (collection_errors.c.run_id == run_id)
