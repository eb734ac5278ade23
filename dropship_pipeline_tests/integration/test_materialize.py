"""The assets materialized in one process: the job's own graph, each asset once, and never two collections in a run."""

from collections import Counter
from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance, ExecuteInProcessResult

from dropship_pipeline.definitions import build_defs
from dropship_pipeline.orchestration.ops.reporting import COLLECTION_ASSETS, SELLER_ASSETS
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline_tests.integration.test_job import FakeMarketplaces, failure, record

CONFIG = {"queries": ["q1", "q2"], "top_amz": 5, "top_ebay": 5, "wait_seconds": 0, "job_id": "by-hand"}


@pytest.fixture
def materialize(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, instance: DagsterInstance) -> Any:
    """Materializes assets on fakes."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DROPSHIP_DATABASE_URL": database_url, "RAINFOREST_API_KEY": "k1", "SCRAPERAPI_KEY": "k2",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)

    def execute(*assets: str) -> ExecuteInProcessResult:
        job = build_defs({"marketplaces": FakeMarketplaces()}).resolve_implicit_global_asset_job_def()
        ops: dict[str, Any] = {"collect_and_store_graph": {"ops": {"collection_config": {"config": CONFIG}}}}
        return job.execute_in_process(
            run_config={"ops": ops}, instance=instance, raise_on_error=False,
            asset_selection=[AssetKey(asset) for asset in assets],
        )  # fmt: skip

    return execute


def test_each_asset_of_the_job_is_materialized_once_and_checked_by_dagster(
    materialize: Any, database: Database, instance: DagsterInstance
) -> None:
    result = materialize(*COLLECTION_ASSETS)
    assert result.success
    made = Counter(event.asset_key.path[-1] for event in result.get_asset_materialization_events())
    assert made == dict.fromkeys(COLLECTION_ASSETS, 1)
    checked = Counter(evaluation.check_name for evaluation in result.get_asset_check_evaluations())
    assert (checked["reconciled"], checked["fresh"], checked["prices_sane"]) == (1, 1, 2)
    assert (record(database).job_name, record(database).status) == ("collect_and_store", "completed")


def test_a_materialized_run_is_found_by_org_and_job_id_and_is_no_sandbox(
    materialize: Any, instance: DagsterInstance
) -> None:
    tags = instance.get_run_by_id(materialize(*COLLECTION_ASSETS).run_id).tags  # type: ignore[union-attr]
    assert {name: value for name, value in tags.items() if name.startswith("dropship/")} == {
        "dropship/org": "default", "dropship/job_id": "by-hand", "dropship/sandbox": "false",
    }  # fmt: skip


def test_figures_and_rows_are_on_the_event_of_the_asset(materialize: Any) -> None:
    events = materialize(*COLLECTION_ASSETS).get_asset_materialization_events()
    shown = {event.asset_key.path[-1]: event.step_materialization_data.materialization.metadata for event in events}
    assert shown["ebay_sellers"]["dagster/row_count"].value == shown["ebay_sellers"]["sellers"].value == 3
    assert shown["amazon_products"]["stored"].value == 3
    assert shown["amazon_products"]["dagster/row_count"].value == 0  # the fakes keep nothing in a table


def test_both_jobs_in_one_run_are_refused_before_anything_is_asked_or_recorded(
    materialize: Any, database: Database
) -> None:
    result = materialize(*COLLECTION_ASSETS, *SELLER_ASSETS)
    assert not result.success
    assert failure(result).startswith("These assets are filled by two jobs")
    with database.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM collection_runs").scalar_one() == 0
