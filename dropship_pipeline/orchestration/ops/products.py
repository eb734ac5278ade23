"""The ops of `collect_and_store`: check and open the run, one branch a marketplace, the summary."""

from collections.abc import Iterator

from dagster import In, Nothing, OpExecutionContext, Out, Output, RetryPolicy, op

from dropship_pipeline.collection.worker import WorkerResult
from dropship_pipeline.jobs.registry import PRODUCTS
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.models import Platform, QueryOutcome, RunState
from dropship_pipeline.orchestration.checks import log_checks
from dropship_pipeline.orchestration.config import CollectAndStoreConfig
from dropship_pipeline.orchestration.io_managers import Frame, frame
from dropship_pipeline.orchestration.ops.opening import open_run, record_of
from dropship_pipeline.orchestration.ops.product_summary import summarize
from dropship_pipeline.orchestration.ops.reporting import COLLECTION_ASSETS, outs, report
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.step.failure import MAX_STEP_RETRIES, RETRY_DELAY_S, failing_in_a_sentence
from dropship_pipeline.orchestration.step.guard import Heartbeat, guarded
from dropship_pipeline.orchestration.table_types import FOUND_SELLERS, QUERY_OUTCOMES, columns_of
from dropship_pipeline.orchestration.tags import QUEUE_TAG, worker_tags
from dropship_pipeline.storage.runs.readings import Readings, reading_columns
from dropship_pipeline.storage.runs.values import RunRecord
from dropship_pipeline.storage.sellers.rows import seller_columns

RETRY = RetryPolicy(max_retries=MAX_STEP_RETRIES, delay=RETRY_DELAY_S)


def _counters(platform: Platform) -> Out:
    return Out(
        QUERY_OUTCOMES,
        io_manager_key="postgres",
        metadata={"table": "query_outcomes", "platform": platform},
        description="One row a query: returned, stored, errors, credits, times.",
    )


@op(
    out=Out(
        ProductsSettings,
        io_manager_key="run_record",
        metadata={"job": PRODUCTS.name},
        description="The checked settings.",
    ),
    required_resource_keys={"storage"},
    retry_policy=RETRY,
    tags={QUEUE_TAG: "amazon"},
)
def collection_config(context: OpExecutionContext, config: CollectAndStoreConfig) -> ProductsSettings:
    """Check the configuration and open the run's record, waiting for another run of the org to end."""
    with failing_in_a_sentence(context):
        _check_environment(context, config)
        open_run(context, config, wait_s=config.wait_seconds)
    if config.repeated_queries:
        context.log.info("Queries that are equal are asked once; left out: %s", config.repeated_queries)
    return config


def _check_environment(context: OpExecutionContext, settings: ProductsSettings) -> None:
    """Find a missing key, or a proxy that cannot be used, before anything is opened, not after the first query."""
    environment = context.resources.storage.settings
    environment.require_storage()
    if settings.queries and settings.top_amz:
        environment.require_provider("rainforest")
    if settings.queries and settings.top_ebay:
        environment.require_provider("scraperapi")


async def _work(
    context: OpExecutionContext, settings: ProductsSettings, run: RunRecord, platform: Platform, heartbeat: Heartbeat
) -> WorkerResult:
    storage: Storage = context.resources.storage
    marketplaces = context.resources.marketplaces
    async with marketplaces.open_worker(storage, settings, run, platform) as worker:

        def report() -> RunState:
            return storage.records.progress.beat(
                run.run_id, platform, done=worker.progress.queries, products=worker.progress.products
            )

        return await heartbeat.during(worker.run(run.job_id), report)


def _collect(context: OpExecutionContext, settings: ProductsSettings, platform: Platform) -> Iterator[Output[Frame]]:
    with failing_in_a_sentence(context):
        run = open_run(context, settings)
    result = guarded(context, run, platform, lambda heartbeat: _work(context, settings, run, platform, heartbeat))
    rows = [
        {
            **{name: getattr(outcome, name) for name in QueryOutcome.__dataclass_fields__},
            **reading_columns(outcome.reading),
            "errors_by_kind": dict(outcome.errors_by_kind),
            "job_id": run.job_id,
            "run_id": run.run_id,
        }
        for outcome in result.outcomes
    ]
    yield Output(frame(rows, columns_of(QUERY_OUTCOMES)), "counters")
    if platform == "ebay":
        sellers = [seller_columns(seen) for seen in result.sellers.sellers()]
        yield Output(frame(sellers, columns_of(FOUND_SELLERS)), "sellers")


@op(
    out={"counters": _counters("amazon")},
    required_resource_keys={"storage", "marketplaces"},
    retry_policy=RETRY,
    tags=worker_tags("amazon"),
)
def amazon_collect_store(context: OpExecutionContext, settings: ProductsSettings) -> Iterator[Output[Frame]]:
    """Collect Amazon products for every query and store them."""
    yield from _collect(context, settings, "amazon")


@op(
    out={
        "counters": _counters("ebay"),
        "sellers": Out(
            FOUND_SELLERS,
            io_manager_key="postgres",
            metadata={"table": "sellers"},
            description="One row a seller behind the listings.",
        ),
    },
    required_resource_keys={"storage", "marketplaces"},
    retry_policy=RETRY,
    tags=worker_tags("ebay"),
)
def ebay_collect_store(context: OpExecutionContext, settings: ProductsSettings) -> Iterator[Output[Frame]]:
    """Collect eBay listings for every query, store them, and note who sells them."""
    yield from _collect(context, settings, "ebay")


@op(
    ins={
        "amazon_counters": In(QUERY_OUTCOMES),
        "ebay_counters": In(QUERY_OUTCOMES),
        "ebay_sellers": In(Nothing),  # the run's record counts them
    },
    out=outs(*COLLECTION_ASSETS),
    required_resource_keys={"storage"},
    retry_policy=RETRY,
    tags={QUEUE_TAG: "amazon"},
)
def collection_summary(
    context: OpExecutionContext, amazon_counters: Frame, ebay_counters: Frame
) -> Iterator[Output[None]]:
    """Settle the run's record, emit the counts of both branches as asset metadata and check what was stored."""
    storage = context.resources.storage
    with failing_in_a_sentence(context):
        run = record_of(context)
        readings = Readings(storage.database, storage.org).of_run(run.run_id)
        figures = storage.records.progress.figures(run.run_id)
        summary = summarize(amazon_counters, ebay_counters, readings, figures, sandbox=storage.settings.sandbox)
        asked: RunState = "degraded" if summary.degraded_because else "completed"
        status = storage.records.settlement.finish(run.run_id, asked, message=summary.degraded_because)
    yield from report(context, summary.assets)
    log_checks(context, COLLECTION_ASSETS)
    context.log.info("Collection %s %s: %s", run.run_id, status, summary.sentence)
