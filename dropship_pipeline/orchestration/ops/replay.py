"""The op of `replay_collection`: a job's kept answers, read and judged with today's code, in place of its rows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import asdict

from dagster import MetadataValue, Nothing, OpExecutionContext, Out, op

from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.jobs.launching import recorded_settings
from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.version import PARSER_VERSION
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.models import RunState
from dropship_pipeline.orchestration.config import ReplayCollectionConfig
from dropship_pipeline.orchestration.ops.opening import open_run
from dropship_pipeline.orchestration.ops.products import RETRY
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.step.failure import failing_in_a_sentence
from dropship_pipeline.orchestration.step.guard import Heartbeat, guarded
from dropship_pipeline.orchestration.tags import worker_tags
from dropship_pipeline.storage.replay.job import ReplayedJob, replayed_job
from dropship_pipeline.storage.replay.record import ReplayRecord
from dropship_pipeline.storage.replay.rows import JobReplacement
from dropship_pipeline.storage.runs.values import RunRecord
from dropship_pipeline.storage.sellers.counts import refresh_products
from dropship_pipeline.storage.sellers.search_results import SellerSearchResults

PHASE = "judging_again"


@op(
    out=Out(Nothing, description="The rows are replaced; what changed is in the metadata."),
    required_resource_keys={"storage"},
    retry_policy=RETRY,
    tags=worker_tags("ebay"),
)
def replay(context: OpExecutionContext, config: ReplayCollectionConfig) -> None:
    """Judge a collection again from its kept answers. No marketplace is asked and nothing is paid."""
    storage: Storage = context.resources.storage
    with failing_in_a_sentence(context):
        storage.settings.require_storage()
        job = replayed_job(storage.database, storage.org, config.replayed_job_id)
        run = open_run(context, config, wait_s=config.wait_seconds, sandbox=job.sandbox)
        # What was true while it waited for its turn may be so no more.
        job = replayed_job(storage.database, storage.org, config.replayed_job_id)
    work = _Work(storage, run, job)
    record = guarded(context, run, "ebay", work.beating, ask_to_stop=work.stop.ask)
    with failing_in_a_sentence(context):
        refresh_products(storage.database, storage.org)
        score_sellers(storage.database, storage.org, job.job_id, storage.settings)
        status: RunState = "degraded" if record.doubt else "completed"
        storage.records.settlement.finish(run.run_id, status, message=record.doubt)
    context.add_output_metadata({**record.numbers, "changes": MetadataValue.json(asdict(record.changes))})
    context.log.info("Replay %s of job %s %s: %s", run.run_id, job.job_id, status, record.sentence)


class _Work:
    """One attempt at a replay."""

    def __init__(self, storage: Storage, run: RunRecord, job: ReplayedJob) -> None:
        self.stop = StopSwitch()
        self._storage = storage
        self._run = run
        self._job = job
        self._progress = SearchProgress(run.run_id)

    async def beating(self, heartbeat: Heartbeat) -> ReplayRecord:
        """Replay while the heartbeat reports how far it is."""
        working: Awaitable[ReplayRecord] = self._replay()
        return await heartbeat.during(working, self._report)

    def _report(self) -> RunState:
        progress = self._progress
        return self._storage.records.progress.report(
            self._run.run_id, phase=PHASE, done=progress.done, total=progress.total
        )

    async def _replay(self) -> ReplayRecord:
        from dropship_pipeline.collection.judging_processes import (  # noqa: PLC0415  (as below)
            AT_ONCE,
            KeptJob,
            judging_processes,
        )
        from dropship_pipeline.collection.sellers.replay import Replay  # noqa: PLC0415  (parsers; only a run needs them)
        from dropship_pipeline.storage.replay.kept import JobAnswers  # noqa: PLC0415  (as above)

        storage, job = self._storage, self._job
        settings = recorded_settings(SELLERS.name, job.config)
        if not isinstance(settings, SellersSettings):
            raise TypeError(f"{SELLERS.name} has settings of its own")
        again = Replay(
            settings,
            await asyncio.to_thread(JobAnswers, storage.database, storage.objects, storage.org, job.job_id),
            progress=self._progress,
            stop=self.stop,
            amazon_domain=storage.settings.amazon_domain,
        )
        kept = KeptJob(org=storage.org, job_id=job.job_id, settings=settings, run_id=self._run.run_id)
        known = SellerSearchResults(storage.database, storage.org, job.job_id)
        products = await asyncio.to_thread(known.worklist)
        lists = await again.lists() if products else None
        async with _replacement(storage, job) as rows:
            if lists is not None:
                products = lists.worklist()
                await asyncio.to_thread(rows.save_products, products, lists.outcomes)
            async with judging_processes(kept) as judge:
                await again.searches([item for item in products if item.asin in rows.searched], rows, judge, AT_ONCE)
            changes = await asyncio.to_thread(rows.settle)
            record = ReplayRecord(
                job_id=job.job_id,
                searches=rows.judged,
                not_kept=sorted(rows.not_kept),
                lists_read=lists is not None,
                changes=changes,
            )
            await asyncio.to_thread(rows.save_record, self._run.run_id, record, PARSER_VERSION, shipped_model().version)
        return record


@asynccontextmanager
async def _replacement(storage: Storage, job: ReplayedJob) -> AsyncIterator[JobReplacement]:
    """A transaction whose statements run in threads; it is rolled back where the block raises, also by a stop."""
    begun = storage.database.begin()
    rows = await asyncio.to_thread(lambda: JobReplacement(begun.__enter__(), storage.org, job))
    try:
        await asyncio.to_thread(rows.begin)
        yield rows
    except BaseException as error:
        await asyncio.shield(asyncio.to_thread(rows.end, begun, error))
        raise
    else:
        await asyncio.to_thread(rows.end, begun)
