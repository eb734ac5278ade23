"""What today's code may judge otherwise: the collections that other versions judged, and their replays."""

import asyncio

from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.admin.services import Services
from dropship_pipeline.jobs.settings import ReplaySettings
from dropship_pipeline.marketplaces.version import PARSER_VERSION
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.storage.replay.outdated import Outdated, outdated

# Each waits in Dagster's queue until the one before it has ended, and what a person starts meanwhile waits behind them.
AT_ONCE = 10


class JudgingAgain:
    """The outdated collections of one org."""

    def __init__(self, services: Services, org: str) -> None:
        self._services = services
        self._org = org

    async def outdated(self) -> Outdated:
        """Those that other versions than today's read or judged. Raises StorageUnavailable."""
        versions = {"parser_version": PARSER_VERSION, "matcher_version": shipped_model().version}
        return await asyncio.to_thread(outdated, self._services.database, self._org, **versions)

    async def start(self) -> int:
        """Start the replays of the newest `AT_ONCE`, one after another; return how many.

        Raises:
            DagsterUnavailable: Dagster does not answer; what was launched before that goes on.
            StorageUnavailable: Postgres does not answer.
        """
        collections = Collections(self._services, self._org)
        job_ids = (await self.outdated()).job_ids[:AT_ONCE]
        for job_id in job_ids:
            await collections.start(ReplaySettings(replayed_job_id=job_id), queue=True)
        return len(job_ids)
