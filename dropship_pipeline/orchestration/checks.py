"""Asset checks that can be run at any time; each run's summary also leaves its own result."""

from dagster import AssetCheckExecutionContext, AssetCheckResult, MetadataValue, asset_check

from dropship_pipeline.orchestration.resources import Storage
from dropship_pipeline.orchestration.seller_summary import OUTCOMES_CHECK, add_up
from dropship_pipeline.storage.findings import SellerFindings


@asset_check(
    asset="seller_summary",
    name=OUTCOMES_CHECK,
    description="Of the latest seller search, each product ended as found, none, failed, skipped or not started.",
    required_resource_keys={"storage"},
)
def outcomes_add_up(context: AssetCheckExecutionContext) -> AssetCheckResult:
    """Count the outcomes of the latest seller search anew."""
    storage: Storage = context.resources.storage
    run = storage.records.latest("collect_sellers")
    if run is None:
        return AssetCheckResult(passed=True, description="No seller search has run yet")
    outcomes = SellerFindings(storage.database, storage.org, run.job_id).outcome_counts()
    return AssetCheckResult(
        passed=add_up(outcomes),
        metadata={"run": run.run_id, **{state: MetadataValue.int(number) for state, number in outcomes.items()}},
    )


checks = [outcomes_add_up]
