"""Starts, stops and resumes runs of one org through Dagster, and forecasts their cost."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary

from dropship_pipeline.admin.problems import Conflict, KeyReused, NotFound
from dropship_pipeline.admin.services import Services
from dropship_pipeline.collection.forecast import History, Share, forecast, together_s
from dropship_pipeline.collection.known_categories import require_categories
from dropship_pipeline.collection.resuming import not_resumable, resumed_settings
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.launching import LAUNCH_TAG, ORG_TAG, record_columns, run_config
from dropship_pipeline.jobs.registry import job_of
from dropship_pipeline.jobs.settings import JobSettings, ReplaySettings
from dropship_pipeline.models import PROVIDERS, Provider
from dropship_pipeline.storage.answered import Answered, answered
from dropship_pipeline.storage.replay.job import replayed_job
from dropship_pipeline.storage.runs.launches import Launches
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.reports import Reports, RunReport

MAX_KEY_CHARS = 255
MAX_RUN_ID = 2**63 - 1
Expected = tuple[dict[Provider, Share], int]
DAGSTER_FINAL = ("SUCCESS", "FAILURE", "CANCELED")
# Launches of one org take turns; those of one process do so without each holding a connection.
_turns: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was asked for: the number of its record, and Dagster's id."""

    run_id: int
    dagster_run_id: str


class Collections:
    """The runs of one org.

    Args:
        org: whose runs; nothing of another org is ever seen.
    """

    def __init__(self, services: Services, org: str) -> None:
        self._services = services
        self._org = org
        self._records = RunRecords(services.database, org)
        self._reports = Reports(services.database, org)
        self._launches = Launches(services.database, org)

    async def start(
        self,
        settings: JobSettings,
        *,
        queue: bool = False,
        idempotency_key: str | None = None,
    ) -> Started:
        """Start a run; the same key with the same request starts it only once.

        Args:
            settings: what is asked for, and by that of which job.
            queue: wait in Dagster's queue where another run is in the way.
            idempotency_key: what the request is known by.

        Raises:
            RequestInvalid: the job id stands for another job, or there is nothing to judge again; nothing was launched.
            Conflict: another run is in the way.
            KeyReused: the key stands for another request.
            DagsterUnavailable: Dagster does not answer.
            StorageUnavailable: Postgres does not answer.
        """
        job = job_of(settings).name
        await self.require_categories(settings)
        await asyncio.to_thread(self._sandbox, settings)
        if settings.job_id:
            sandbox = self._services.settings.sandbox
            await asyncio.to_thread(self._records.require_own_job, settings.job_id, job, sandbox=sandbox)
        if idempotency_key is None:
            async with self._turn():
                await self._require_free(queue=queue)
                return await self._launch(settings, {})
        request = {"job": job, "config": settings.model_dump(mode="json"), "queue": queue}
        async with self._turn():
            return await self._start_once(settings, _checked_key(idempotency_key), _hash(request), queue=queue)

    async def resume(self, run_id: int, max_credits: int | None = None) -> Started:
        """Go on with a run that stopped, failed or was degraded; what was paid for is not paid for again.

        Args:
            run_id: the run.
            max_credits: a new budget of its job; None keeps the one that it had.

        Raises:
            NotFound: the org has no such run.
            RequestInvalid: there is nothing to go on with, or not with a budget.
            Conflict: it has not ended, or another run is in the way.
            DagsterUnavailable: Dagster does not answer.
            StorageUnavailable: Postgres does not answer.
        """
        async with self._turn():
            settings = resumed_settings(await self._resumable(run_id), max_credits)
            await self._require_free(queue=False)
            return await self._launch(settings, {})

    async def stop(self, run_id: int) -> None:
        """Ask a run to stop; it keeps what it has. One that waits in Dagster's queue ends at once.

        Raises:
            NotFound: the org has no such run.
            Conflict: it has ended already.
            DagsterUnavailable: it waits in the queue and Dagster does not answer.
            StorageUnavailable: Postgres does not answer.
        """
        run = await self.run(run_id)
        if run.ended:
            raise Conflict(
                f"Run {run_id} has ended already, it is {run.status}: there is nothing to stop", run_id=run_id
            )
        # Its workers see that within a second. Dagster is not told: it would end also a run that has found everything
        # and has only to be summed up.
        if await asyncio.to_thread(self._records.request_stop, run_id):
            return
        run = await self.run(run_id)  # it may have begun, or ended, since it was looked at
        if run.status == "pending":
            await self._take_out_of_queue(run)

    async def run(self, run_id: int) -> RunReport:
        """A run as it is recorded.

        Raises:
            NotFound: the org has no such run.
            StorageUnavailable: Postgres does not answer.
        """
        run = await asyncio.to_thread(self._settled_run, run_id)
        if run is None:
            raise NotFound(f"There is no run {run_id}: GET /api/collection/runs lists the runs")
        return run

    async def require_categories(self, settings: JobSettings) -> None:
        """Refuse categories that the marketplace is known not to have; no marketplace is asked.

        Raises:
            RequestInvalid: names one, and the nearest that there is.
            StorageUnavailable: Postgres does not answer.
        """
        services = self._services
        domain = services.settings.amazon_domain
        await asyncio.to_thread(require_categories, services.database, services.objects, self._org, domain, settings)

    async def forecast(self, settings: JobSettings) -> Expected:
        """The forecast of a run by provider, and its duration in seconds; no marketplace is asked.

        Raises:
            RequestInvalid: the marketplace has no such category.
            StorageUnavailable: Postgres does not answer.
        """
        await self.require_categories(settings)
        return await self._forecast(settings)

    async def resume_forecast(self, run_id: int) -> Expected:
        """The forecast of going on with a run, of what it has not been answered yet; raises what `resume` raises."""
        run = await self._resumable(run_id)
        known = await asyncio.to_thread(answered, self._services.database, self._org, run.job_id)
        return await self._forecast(resumed_settings(run), known)

    async def _forecast(
        self, settings: JobSettings, known: Answered | None = None
    ) -> tuple[dict[Provider, Share], int]:
        history = History(await asyncio.to_thread(self._reports.credits_per_call))
        shares = forecast(settings, history, {name: self._services.settings.quota(name) for name in PROVIDERS}, known)
        return shares, together_s(settings, shares)

    async def _resumable(self, run_id: int) -> RunReport:
        run = await self.run(run_id)
        reason = not_resumable(run, sandbox=self._services.settings.sandbox)
        if reason is not None:
            raise RequestInvalid(reason) if run.ended else Conflict(reason, run_id=run.run_id)
        return run

    async def _start_once(self, settings: JobSettings, key: str, request_hash: str, *, queue: bool) -> Started:
        known = await asyncio.to_thread(self._launches.claim, key, request_hash)
        if known.request_hash != request_hash:
            raise KeyReused("This Idempotency-Key was used for another request: send a new key with a new request")
        if known.dagster_run_id is not None and known.run_id is not None:
            return Started(known.run_id, known.dagster_run_id)
        tag = _hash([self._org, key])
        # Whoever used the key before was cut off, perhaps after the run had been launched.
        found = None if known.new else await self._services.dagster.find(LAUNCH_TAG, tag)
        try:
            if found is None:
                await self._require_free(queue=queue)
                started = await self._launch(settings, {LAUNCH_TAG: tag})
            else:
                started = await self._record(settings, found)
        except (Conflict, RequestInvalid):
            await asyncio.to_thread(self._launches.forget, key)  # nothing was launched
            raise
        await asyncio.to_thread(self._launches.complete, key, started.dagster_run_id, started.run_id)
        return started

    async def _launch(self, settings: JobSettings, tags: Mapping[str, str]) -> Started:
        # Shielded: a caller who hangs up must not leave a run behind that has no record.
        return await asyncio.shield(self._launch_and_record(settings, {ORG_TAG: self._org, **tags}))

    async def _launch_and_record(self, settings: JobSettings, tags: Mapping[str, str]) -> Started:
        dagster_run_id = await self._services.dagster.launch(job_of(settings).name, run_config(settings), tags)
        return await self._record(settings, dagster_run_id)

    async def _record(self, settings: JobSettings, dagster_run_id: str) -> Started:
        """Make the record that the run's first step would make, so that the run has its number at once."""

        def register() -> int:
            return self._records.register(
                dagster_run_id,
                **record_columns(settings, dagster_run_id),
                sandbox=self._sandbox(settings),
                queued=True,
            ).run_id

        return Started(await asyncio.to_thread(register), dagster_run_id)

    def _sandbox(self, settings: JobSettings) -> bool:
        """Whether a run is one of sandbox data: a replay is what the job was that it judges again."""
        if isinstance(settings, ReplaySettings):
            return replayed_job(self._services.database, self._org, settings.replayed_job_id).sandbox
        return self._services.settings.sandbox

    async def _require_free(self, *, queue: bool) -> None:
        await asyncio.to_thread(self._records.settlement.settle_dead)
        for run in await asyncio.to_thread(self._reports.open_runs):
            if await self._is_lost(run):
                message = "Dagster ended the run before it began; launch it again"
                await asyncio.to_thread(self._records.settlement.finish, run.run_id, "failed", message=message)
            elif not queue:
                raise Conflict(
                    f"Run {run.run_id} (job {run.job_id}) is {run.status}, and one run of an org collects at a time: "
                    f"wait for its end, stop it by POST /api/collection/stop/{run.run_id}, or send queue: true to wait "
                    "in line",
                    run_id=run.run_id,
                )

    async def _is_lost(self, run: RunReport) -> bool:
        """Whether a run waits in Dagster's queue according to its record, and not according to Dagster."""
        if run.status != "pending" or run.heartbeat_at is not None or run.dagster_run_id is None:
            return False
        return await self._services.dagster.status(run.dagster_run_id) in (None, *DAGSTER_FINAL)

    async def _take_out_of_queue(self, run: RunReport) -> None:
        if run.dagster_run_id is not None:
            # One that leaves the queue at this moment cannot be terminated: it ends when it sees its record.
            with suppress(RequestInvalid):
                await self._services.dagster.terminate(run.dagster_run_id)
        message = "The run was stopped while it waited for its turn"
        await asyncio.to_thread(self._records.settlement.finish, run.run_id, "stopped", message=message)

    def _settled_run(self, run_id: int) -> RunReport | None:
        if not 0 < run_id <= MAX_RUN_ID:
            return None
        self._records.settlement.settle_dead()
        return self._reports.run(run_id)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Allow one launch of the org at a time: first in this process, so that only one waits on a connection."""
        lock = _turns.setdefault((id(asyncio.get_running_loop()), self._org), asyncio.Lock())
        async with lock:
            turn = self._launches.turn()
            await asyncio.to_thread(turn.__enter__)
            try:
                yield
            finally:
                await asyncio.shield(asyncio.to_thread(turn.__exit__, None, None, None))


def _checked_key(key: str) -> str:
    if not 0 < len(key) <= MAX_KEY_CHARS or not (key.isascii() and key.isprintable()):
        raise RequestInvalid(f"Idempotency-Key has 1 to {MAX_KEY_CHARS} printable ASCII characters, such as a UUID")
    return key


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
