"""Reads the runs of an org once a second for all its visits, and only while a page is open."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from nicegui import background_tasks

from dropship_pipeline.admin.services import Services
from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.storage.runs.errors import ErrorLog, ErrorReport
from dropship_pipeline.storage.runs.reports import OutcomeCount, Reports, RunReport

POLL_S = 1.0
DAGSTER_POLL_S = 4.0
# A feed that nobody has looked at for so long stops asking.
LEASE_S = 10.0
ERRORS_SEEN = 8
PACE_WINDOW_S = 60.0
MIN_PACE_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run with its latest errors and how its queries ended."""

    run: RunReport
    errors: Sequence[ErrorReport]
    outcomes: Sequence[OutcomeCount]
    remaining: timedelta | None = None

    def ended_as(self, *states: str) -> int:
        """How many queries or products of the job ended in one of these states."""
        return sum(outcome.queries for outcome in self.outcomes if outcome.state in states)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The org at one moment.

    Args:
        current: the run that collects or waits to; None if there is none.
        latest: the run that ended last.
        waiting: runs that wait behind the current one.
        storage: why Postgres cannot be asked; None if it answers.
        dagster_away: whether the Dagster webserver did not answer.
        version: differs between any two snapshots.
    """

    current: RunView | None = None
    latest: RunView | None = None
    waiting: Sequence[RunReport] = ()
    storage: str | None = None
    dagster_away: bool = False
    version: int = 0


@dataclass(slots=True)
class _Pace:
    """Measures how fast a phase of a run goes."""

    of: tuple[int, str | None] | None = None
    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def remaining(self, run: RunReport) -> timedelta | None:
        """How long the phase is going to take; None while that is not known."""
        now = time.monotonic()
        if self.of != (run.run_id, run.phase):
            self.of = (run.run_id, run.phase)
            self.seen.clear()
        self.seen.append((now, run.phase_progress))
        while now - self.seen[0][0] > PACE_WINDOW_S:
            self.seen.popleft()
        seconds, items = now - self.seen[0][0], run.phase_progress - self.seen[0][1]
        if run.status != "running" or seconds < MIN_PACE_S or items <= 0 or not run.phase_total:
            return None
        return timedelta(seconds=max(run.phase_total - run.phase_progress, 0) * seconds / items)


class Feed:
    """Reads an org's runs in the background while pages are open; every visit gets the same snapshot."""

    def __init__(self, services: Services, org: str) -> None:
        self.snapshot = Snapshot()
        self._services = services
        self._reports = Reports(services.database, org)
        self._errors = ErrorLog(services.database, org)
        self._pace = _Pace()
        self._looked_at = 0.0
        self._reading = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def look(self) -> Snapshot:
        """The latest snapshot; keeps the feed going."""
        self._looked_at = time.monotonic()
        for name, follow in (("runs", self._follow_runs), ("dagster", self._follow_dagster)):
            # Each by itself: they do not end at the same time.
            if name not in self._tasks or self._tasks[name].done():
                self._tasks[name] = background_tasks.create(follow(), name=f"follow {name}")
        return self.snapshot

    async def current(self) -> Snapshot:
        """Read a snapshot at once."""
        self.look()
        await self._read()
        return self.snapshot

    @property
    def _wanted(self) -> bool:
        return time.monotonic() - self._looked_at < LEASE_S

    async def _follow_runs(self) -> None:
        while self._wanted:
            await self._read()
            await asyncio.sleep(POLL_S)

    async def _follow_dagster(self) -> None:
        while self._wanted:
            away = not await self._services.dagster.is_available()
            if away != self.snapshot.dagster_away:
                self._show(replace(self.snapshot, dagster_away=away))
            await asyncio.sleep(DAGSTER_POLL_S)

    async def _read(self) -> None:
        async with self._reading:
            try:
                snapshot = await asyncio.to_thread(self._ask)
            except (StorageUnavailable, SettingsError) as error:
                snapshot = replace(self.snapshot, storage=str(error))
            self._show(replace(snapshot, dagster_away=self.snapshot.dagster_away))

    def _show(self, snapshot: Snapshot) -> None:
        self.snapshot = replace(snapshot, version=self.snapshot.version + 1)

    def _ask(self) -> Snapshot:
        open_runs = self._reports.open_runs()
        current = open_runs[0] if open_runs else None
        latest = self._reports.last_ended()
        return Snapshot(
            current=None if current is None else self._view(current, self._pace.remaining(current)),
            latest=None if latest is None else self._view(latest),
            waiting=tuple(open_runs[1:]),
        )

    def _view(self, run: RunReport, remaining: timedelta | None = None) -> RunView:
        return RunView(
            run=run,
            errors=self._errors.page(run.run_id, ERRORS_SEEN),
            outcomes=self._reports.outcomes(run.job_id),
            remaining=remaining,
        )


class Feeds:
    """The feeds of all orgs, one per org."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._by_org: dict[str, Feed] = {}

    def of(self, org: str) -> Feed:
        """The org's feed."""
        if org not in self._by_org:
            self._by_org[org] = Feed(self._services, org)
        return self._by_org[org]
