"""Lists the runs of an org, those that have not ended, and figures of runs over time. Only reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, case, cast, func, select

from dropship_pipeline.models import FINAL_STATES, RunState
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_runs, query_outcomes
from dropship_pipeline.storage.runs.reports import RunReport

MAX_PAGE_SIZE = 100
MAX_POINTS = 500
# Pages are counted in a number of the database's; nobody turns further.
MAX_PAGE = 1_000_000

_COLUMNS = tuple(collection_runs.c[name] for name in RunReport.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class RunPage:
    """A page of runs, newest first, and how many there are in all."""

    runs: Sequence[RunReport]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPoint:
    """One ended run, as a point of a chart over time.

    Args:
        credits: of the run itself, without what earlier runs of its job had cost.
        error_rate: failed queries or products of its job, as a part (0 to 1) of all; None where none was asked.
    """

    run_id: int
    job_name: str
    status: RunState
    started_at: datetime
    sellers_found: int
    new_sellers: int
    credits: int
    error_rate: float | None


class RunList:
    """Reads of one org. Every method is one transaction and raises StorageUnavailable."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def page(self, page: int, page_size: int, state: RunState | None = None) -> RunPage:
        """A page of runs, newest first.

        Args:
            page: from 1 to `MAX_PAGE`.
            page_size: 1 to `MAX_PAGE_SIZE`.
            state: only those in this state.
        """
        wanted = self._ours() if state is None else self._ours() & (collection_runs.c.status == state)
        rows = (
            select(*_COLUMNS)
            .where(wanted)
            .order_by(collection_runs.c.id.desc())
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        with self._database.begin() as connection:
            total = connection.execute(select(func.count()).select_from(collection_runs).where(wanted)).scalar_one()
            return RunPage([RunReport(**row) for row in connection.execute(rows).mappings()], total)

    def open_runs(self) -> list[RunReport]:
        """Runs that have not ended, the one that collects before those that wait for it."""
        open_ones = self._ours() & collection_runs.c.status.not_in(FINAL_STATES)
        waits = case((collection_runs.c.status == "pending", 1), else_=0)
        query = select(*_COLUMNS).where(open_ones).order_by(waits, collection_runs.c.id).limit(MAX_PAGE_SIZE)
        with self._database.begin() as connection:
            return [RunReport(**row) for row in connection.execute(query).mappings()]

    def last_ended(self) -> RunReport | None:
        """The run that ended last, None if none has."""
        ended = self._ours() & collection_runs.c.status.in_(FINAL_STATES)
        order = (collection_runs.c.completed_at.desc().nulls_last(), collection_runs.c.id.desc())
        with self._database.begin() as connection:
            row = connection.execute(select(*_COLUMNS).where(ended).order_by(*order).limit(1)).mappings().first()
        return None if row is None else RunReport(**row)

    def points(self, limit: int = 100) -> list[RunPoint]:
        """The newest runs that have ended, oldest first, at most `MAX_POINTS`."""
        runs = collection_runs.c
        ended = self._ours() & runs.status.in_(FINAL_STATES) & runs.started_at.is_not(None)
        query = (
            select(
                runs.id.label("run_id"), runs.job_name, runs.status, runs.started_at, runs.sellers_found,
                runs.new_sellers, _own_credits().label("credits"), _error_rate().label("error_rate"),
            )
            .where(ended)
            .order_by(runs.id.desc())
            .limit(min(limit, MAX_POINTS))
        )  # fmt: skip
        with self._database.begin() as connection:
            found = [RunPoint(**row) for row in connection.execute(query).mappings()]
        return found[::-1]

    def _ours(self) -> ColumnElement[bool]:
        return collection_runs.c.org_id == self._org_id


def _own_credits() -> ColumnElement[int]:
    """What the run itself cost: its record holds what its job had cost by the end of it."""
    runs = collection_runs.c
    before = func.lag(runs.credits_used, 1, 0).over(partition_by=runs.job_id, order_by=runs.id)
    return runs.credits_used - before


def _error_rate() -> Any:  # noqa: ANN401  (a subquery)
    outcomes = query_outcomes.c
    failed = func.avg(case((outcomes.state == "failed", 1), else_=0))
    mine = (outcomes.org_id == collection_runs.c.org_id, outcomes.job_id == collection_runs.c.job_id)
    return select(cast(func.round(failed, 4), Float)).where(*mine).scalar_subquery()
