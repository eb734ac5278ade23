"""Asset checks: run at any time in the Dagster UI, and by the summary of each run over what it has just stored."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dagster import (
    AssetCheckEvaluation,
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetKey,
    OpExecutionContext,
    asset_check,
)

from dropship_pipeline.errors import RunFatal
from dropship_pipeline.jobs.registry import PRODUCTS, SELLERS
from dropship_pipeline.models import Platform, utc_now
from dropship_pipeline.orchestration.ops.reporting import is_materialization
from dropship_pipeline.orchestration.ops.seller_summary import add_up
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.storage.sellers.search_results import SellerSearchResults
from dropship_pipeline.storage.upkeep.integrity import Integrity, IntegrityResult


@dataclass(frozen=True, slots=True)
class Check:
    """One check of an asset.

    Args:
        description: what holds if it passes.
    """

    asset: str
    name: str
    description: str
    examine: Callable[[Storage], IntegrityResult]
    severity: AssetCheckSeverity = AssetCheckSeverity.ERROR


def _integrity(storage: Storage) -> Integrity:
    return Integrity(storage.database, storage.org)


def _outcomes(storage: Storage) -> IntegrityResult:
    run = storage.records.latest(SELLERS.name)
    if run is None:
        return IntegrityResult(passed=True, description="No seller search has run yet")
    outcomes = SellerSearchResults(storage.database, storage.org, run.job_id).outcome_counts()
    return IntegrityResult(add_up(outcomes), f"Run {run.run_id}", outcomes)


def _of_platform(platform: Platform) -> Iterator[Check]:
    asset = f"{platform}_products"
    yield Check(
        asset,
        "prices_sane",
        "No price is zero or beyond any article's.",
        lambda storage: _integrity(storage).prices_sane(platform),
    )
    yield Check(
        asset,
        "images_exist",
        "Sampled rows name images that are there.",
        lambda storage: _integrity(storage).images_exist(platform, lambda key: storage.objects.head(key) is not None),
    )


def _freshness(asset: str, job_name: str) -> Check:
    return Check(
        asset,
        "fresh",
        "Completed within the last month, if it is scheduled.",
        lambda storage: _integrity(storage).fresh(job_name, utc_now()),
        AssetCheckSeverity.WARN,
    )


ALL = (
    *_of_platform("amazon"),
    *_of_platform("ebay"),
    Check(
        "collection_summary",
        "reconciled",
        "Of the latest collection, every product, query and credit is accounted for.",
        lambda storage: _integrity(storage).reconciled(),
    ),
    _freshness("collection_summary", PRODUCTS.name),
    Check(
        "product_sellers",
        "sellers_have_items",
        "Every seller of a search has a listing as evidence.",
        lambda storage: _integrity(storage).sellers_have_items(),
    ),
    Check(
        "product_sellers",
        "prices_in_band",
        "Of the latest seller search, every checked listing is inside the price band.",
        lambda storage: _integrity(storage).prices_in_band(),
    ),
    Check(
        "seller_summary",
        "outcomes_add_up",
        "Of the latest seller search, each product ended as found, none, failed, skipped or not started.",
        _outcomes,
    ),
    _freshness("seller_summary", SELLERS.name),
)


def log_checks(context: OpExecutionContext, assets: Sequence[str]) -> None:
    """Answer every question about these assets and leave the answers in Dagster's event log.

    Nothing is asked where Dagster runs the checks itself, as steps of the same run.
    """
    if is_materialization(context):
        return
    storage: Storage = context.resources.storage
    for check in ALL:
        if check.asset not in assets:
            continue
        try:
            result = check.examine(storage)
        except RunFatal as error:  # the run is over and well; what could not be looked at is no reason to fail it
            context.log.warning("%s of %s could not be checked: %s", check.name, check.asset, error)
            continue
        evaluation = AssetCheckEvaluation(
            asset_key=AssetKey(check.asset),
            check_name=check.name,
            passed=result.passed,
            severity=check.severity,
            description=result.description,
            metadata=dict(result.numbers),
        )
        context.log_event(evaluation)  # type: ignore[arg-type]  # it takes one; only its annotation does not say so


def _defined(check: Check) -> AssetChecksDefinition:
    @asset_check(asset=check.asset, name=check.name, description=check.description, required_resource_keys={"storage"})
    def examine(context: AssetCheckExecutionContext) -> AssetCheckResult:
        result = check.examine(context.resources.storage)
        return AssetCheckResult(
            passed=result.passed,
            severity=check.severity,
            description=result.description,
            metadata=dict(result.numbers),
        )

    return examine


checks = [_defined(check) for check in ALL]
