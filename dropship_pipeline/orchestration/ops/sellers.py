"""The ops of `collect_sellers`: Amazon's best sellers, the eBay search for each, the summary."""

from collections.abc import Awaitable, Callable, Iterator

from dagster import In, Nothing, OpExecutionContext, Out, Output, op

from dropship_pipeline.collection.failures import FailureLog
from dropship_pipeline.collection.run_control import SearchProgress, StopSwitch
from dropship_pipeline.collection.sellers.best_seller_list import BestSellerList
from dropship_pipeline.collection.sellers.control_search import ControlSearch
from dropship_pipeline.collection.sellers.filter_checks import search_filters
from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.collection.sellers.seams import ListingSource
from dropship_pipeline.collection.sellers.search import SellerSearch
from dropship_pipeline.errors import RunFatal
from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.version import PARSER_VERSION
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.models import Listing, Platform, RunState
from dropship_pipeline.orchestration.checks import log_checks
from dropship_pipeline.orchestration.config import CollectSellersConfig
from dropship_pipeline.orchestration.ops.opening import open_run, record_of
from dropship_pipeline.orchestration.ops.products import RETRY
from dropship_pipeline.orchestration.ops.reading_summary import DEGRADED_SHARE
from dropship_pipeline.orchestration.ops.reporting import SELLER_ASSETS, outs, report
from dropship_pipeline.orchestration.ops.seller_summary import SellerSummary, summarize_sellers
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.step.failure import failing_in_a_sentence
from dropship_pipeline.orchestration.step.guard import Heartbeat, guarded
from dropship_pipeline.orchestration.table_types import BEST_SELLING_PRODUCTS, FOUND_SELLERS
from dropship_pipeline.orchestration.tags import QUEUE_TAG, worker_tags
from dropship_pipeline.storage.runs.readings import Readings
from dropship_pipeline.storage.runs.values import RunRecord
from dropship_pipeline.storage.sellers.matches import JobMatches
from dropship_pipeline.storage.sellers.photos import photo_figures
from dropship_pipeline.storage.sellers.search_results import SellerSearchResults


class SellerStep:
    """What both collecting ops of one run share: record, progress, stop switch, failures, results."""

    def __init__(self, context: OpExecutionContext, settings: SellersSettings, run: RunRecord) -> None:
        self.storage: Storage = context.resources.storage
        self.settings = settings
        self.run = run
        self.results = SellerSearchResults(self.storage.database, self.storage.org, run.job_id)
        self.progress = SearchProgress(run.run_id)
        self.stop = StopSwitch()
        self.meter = CallMeter()
        records = self.storage.records
        self.failures = FailureLog(lambda error: records.errors.record(run.run_id, run.job_id, error))
        self._context = context

    def under_guard(self, platform: Platform, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` under the platform's lock, with the heartbeat that reports its progress."""

        async def beating(heartbeat: Heartbeat) -> None:
            await heartbeat.during(work(), self._report)

        guarded(
            self._context, self.run, platform, beating, ask_to_stop=self.stop.ask, error_details=self._error_details
        )

    def _report(self) -> RunState:
        progress = self.progress
        return self.storage.records.progress.report(
            self.run.run_id,
            phase=progress.phase,
            done=progress.done,
            total=progress.total,
        )

    def _error_details(self, error: RunFatal) -> dict[str, object]:
        """Where the run was when it failed, and what the provider had said."""
        return {
            "phase": self.progress.phase,
            "progress": self.progress.done,
            "api_response": {"status_code": error.status, "message": str(error)},
        }


@op(
    out={
        "settings": Out(
            SellersSettings,
            io_manager_key="run_record",
            metadata={"job": SELLERS.name},
            description="The checked settings.",
        ),
        "products": Out(
            BEST_SELLING_PRODUCTS,
            io_manager_key="postgres",
            metadata={"table": "job_products", "kept_by_step": True},
            description="One row a best-selling product, with every list that names it.",
        ),
    },
    required_resource_keys={"storage", "marketplaces"},
    retry_policy=RETRY,
    tags=worker_tags("amazon"),
)
def best_sellers(context: OpExecutionContext, config: CollectSellersConfig) -> Iterator[Output[SellersSettings | None]]:
    """Check the configuration, open the run's record, and fetch the best-seller lists, each product once."""
    with failing_in_a_sentence(context):
        context.resources.storage.settings.require_storage()
        for provider in ("rainforest", "scraperapi"):
            context.resources.storage.settings.require_provider(provider)
        step = SellerStep(context, config, open_run(context, config, wait_s=config.wait_seconds))
    context.log.info("Collection %s started", step.run.run_id)

    async def fetch() -> None:
        marketplaces = context.resources.marketplaces
        async with marketplaces.open_best_sellers(step.storage, config, step.run, step.meter, step.stop) as source:
            lists = BestSellerList(
                config.asked_once(),
                source,
                step.results,
                progress=step.progress,
                stop=step.stop,
                failures=step.failures,
            )
            await lists.run()
            if lists.failed > DEGRADED_SHARE * (lists.failed + lists.read):
                doubt = f"{lists.failed} of {lists.failed + lists.read} best-seller lists could not be read"
                step.storage.records.progress.doubt(
                    step.run.run_id, f"{doubt}, so their products are missing", of_job=False
                )

    step.under_guard("amazon", fetch)
    yield Output(config, "settings")
    yield Output(None, "products")


@op(
    ins={"products": In(Nothing)},  # read from its table, where the step before kept it
    out=Out(
        FOUND_SELLERS,
        io_manager_key="postgres",
        metadata={"table": "sellers", "kept_by_step": True},
        description="One row a seller that the job found.",
    ),
    required_resource_keys={"storage", "marketplaces"},
    retry_policy=RETRY,
    tags=worker_tags("ebay"),
)
def seller_search(context: OpExecutionContext, settings: SellersSettings) -> None:
    """Search eBay for each product and keep the listings that pass, with the sellers behind them."""
    with failing_in_a_sentence(context):
        step = SellerStep(context, settings, open_run(context, settings))
        work, searched = step.results.worklist(), step.results.searched()
        step.storage.records.progress.judged_by(step.run.run_id, PARSER_VERSION, shipped_model().version)
    max_in_flight = step.storage.settings.quota("scraperapi").max_in_flight

    async def search() -> None:
        marketplaces = context.resources.marketplaces
        async with marketplaces.open_ebay(step.storage, settings, step.run, step.meter, step.stop) as source:
            control_search = ControlSearch(lambda query: _ask_control_search(source, query))
            try:
                await SellerSearch(
                    settings,
                    step.run.run_id,
                    source,
                    step.results,
                    control_search,
                    max_in_flight=max_in_flight,
                    progress=step.progress,
                    stop=step.stop,
                    failures=step.failures,
                ).run(work, searched)
            finally:
                if control_search.doubt:
                    step.storage.records.progress.doubt(step.run.run_id, control_search.doubt)

    step.under_guard("ebay", search)
    if step.stop.reason:  # nothing was left to stop, and no summary follows where Dagster ends the run
        settle(step.storage, step.run)


async def _ask_control_search(source: ListingSource, query: str) -> list[Listing] | None:
    """Search the way the products are searched for; None where the ledger only repeated results that it had."""
    with source.meter.measured() as part:
        found = await source.search(query, 1, search_filters(None), most_pages=1)
    return None if found and part.replayed else found


@op(
    ins={"judged": In(Nothing)},  # as above
    out=outs(*SELLER_ASSETS),
    required_resource_keys={"storage"},
    retry_policy=RETRY,
    tags={QUEUE_TAG: "ebay"},
)
def seller_summary(context: OpExecutionContext) -> Iterator[Output[None]]:
    """Settle the run's record, then emit the counts as asset metadata and check what was stored."""
    storage: Storage = context.resources.storage
    with failing_in_a_sentence(context):
        run = record_of(context)
        summary, status = settle(storage, run)
    yield from report(context, summary.assets)
    log_checks(context, SELLER_ASSETS)
    context.log.info("Collection %s %s: %s sellers, %s new", run.run_id, status, summary.sellers, summary.new_sellers)


def settle(storage: Storage, run: RunRecord) -> tuple[SellerSummary, RunState]:
    """Sum up a run that has searched for everything, and settle its record; return the state that it ends in."""
    results = SellerSearchResults(storage.database, storage.org, run.job_id)
    summary = summarize_sellers(
        results.outcome_counts(),
        JobMatches(storage.database, storage.org, run.job_id),
        photo_figures(storage.database, storage.org, run.job_id, run.run_id),
        storage.records.progress.figures(run.run_id),
        Readings(storage.database, storage.org).of_job(run.job_id),
        sandbox=storage.settings.sandbox,
    )
    score_sellers(storage.database, storage.org, run.job_id, storage.settings)
    status: RunState = "degraded" if summary.degraded_because else "completed"
    return summary, storage.records.settlement.finish(run.run_id, status, message=summary.degraded_because)
