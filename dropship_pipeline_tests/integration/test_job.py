"""The five cases of the specification and the exit paths, through the Dagster graph in one process."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult
from sqlalchemy import select

from dropship_pipeline.collection.worker import PlatformWorker
from dropship_pipeline.definitions import build_defs
from dropship_pipeline.errors import BadAnswer, KeyRefused, OutOfCredits, StorageUnavailable
from dropship_pipeline.jobs.settings import ProductsSettings
from dropship_pipeline.models import Platform
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_errors, collection_runs, sellers
from dropship_pipeline.storage.runs.values import RunRecord
from dropship_pipeline_tests.fakes import Diary, FakeCollector, FakeStore
from dropship_pipeline_tests.integration.validations import validations

ANSWERS: Mapping[Platform, Mapping[str, Sequence[str] | BaseException]] = {
    "amazon": {"q1": ["a1", "a2"], "q2": ["a3"]},
    "ebay": {"q1": ["e1"], "q2": ["e2", "e3"]},
}


class FakeMarketplaces:
    """Workers on fakes, recording errors as the real ones do."""

    def __init__(
        self,
        store: FakeStore | None = None,
        *,
        amazon: Mapping[str, Sequence[str] | BaseException] = ANSWERS["amazon"],
        ebay: Mapping[str, Sequence[str] | BaseException] = ANSWERS["ebay"],
    ) -> None:
        self.store = store or FakeStore()
        self.answers = {"amazon": amazon, "ebay": ebay}
        self.diary = Diary()

    @asynccontextmanager
    async def open_worker(
        self, storage: Storage, settings: ProductsSettings, run: RunRecord, platform: Platform
    ) -> AsyncIterator[PlatformWorker]:
        yield PlatformWorker(
            platform,
            FakeCollector(platform, self.answers[platform], self.diary),
            self.store,
            settings,
            record_error=lambda error: storage.records.errors.record(run.run_id, run.job_id, error),
        )


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """Executes the job on fakes and returns its result."""
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DROPSHIP_DATABASE_URL": database_url, "RAINFOREST_API_KEY": "k1", "SCRAPERAPI_KEY": "k2",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    # A retry would only wait: the fakes fail again.
    monkeypatch.setattr("time.sleep", lambda _: None)

    def execute(marketplaces: FakeMarketplaces, **config: Any) -> ExecuteInProcessResult:
        job = build_defs({"marketplaces": marketplaces}).get_job_def("collect_and_store")
        settings = {"queries": ["q1", "q2"], "top_amz": 5, "top_ebay": 5, "wait_seconds": 0, **config}
        with DagsterInstance.ephemeral() as instance:
            return job.execute_in_process(
                run_config={"ops": {"collection_config": {"config": settings}}},
                instance=instance,
                raise_on_error=False,
            )

    return execute


def metadata(result: ExecuteInProcessResult) -> dict[str, Any]:
    """The summary asset's metadata as plain values."""
    [event] = [
        event.step_materialization_data.materialization
        for event in result.all_events
        if event.is_step_materialization
        and event.asset_key is not None
        and event.asset_key.path[-1] == "collection_summary"
    ]
    return {name: value.value for name, value in event.metadata.items()}


def record(database: Database) -> Any:
    with database.begin() as connection:
        return connection.execute(select(collection_runs).order_by(collection_runs.c.id.desc()).limit(1)).one()


def failure(result: ExecuteInProcessResult) -> str:
    """What the first failed step says."""
    return next(
        event.step_failure_data.user_failure_data.description or ""
        for event in result.all_events
        if event.is_step_failure and event.step_failure_data.user_failure_data
    )


def test_happy_path_stores_both_platforms_and_says_so_in_numbers(run: Any, database: Database) -> None:
    result = run(FakeMarketplaces())
    assert result.success
    found = metadata(result)
    assert (found["amazon_stored"], found["ebay_stored"], found["stored"], found["sellers"]) == (3, 3, 6, 3)
    assert all(isinstance(value, int) for value in found.values())
    after = record(database)
    assert (after.status, after.phase_progress, after.phase_total, after.products_checked) == ("completed", 4, 4, 6)
    assert after.completed_at is not None


def test_a_step_validates_its_settings_once_and_the_steps_after_it_read_its_record_once_each(run: Any) -> None:
    with validations() as seen:
        result = run(FakeMarketplaces(), queries=[])
    assert result.success
    assert seen == ["CollectAndStoreConfig", "ProductsSettings", "ProductsSettings"]  # the step, then each worker


def test_a_failing_query_costs_only_itself_and_leaves_its_reason_behind(run: Any, database: Database) -> None:
    result = run(FakeMarketplaces(amazon={**ANSWERS["amazon"], "q1": BadAnswer("block page", status=200)}))
    assert result.success
    assert metadata(result)["amazon_stored"] == 1
    assert metadata(result)["amazon_errors_bad_answer"] == 1
    with database.begin() as connection:
        row = connection.execute(select(collection_errors)).one()
    assert (row.platform, row.kind, row.query, row.message) == ("amazon", "collect", "q1", "block page")


def test_a_failing_product_costs_only_itself(run: Any) -> None:
    result = run(FakeMarketplaces(FakeStore(failing=["e2"])))
    assert result.success
    assert (metadata(result)["ebay_stored"], metadata(result)["ebay_store_errors"]) == (2, 1)


@pytest.mark.parametrize(
    ("config", "counts"),
    [({"queries": []}, (0, 0)), ({"top_amz": 0, "top_ebay": 0}, (0, 0)), ({"top_amz": 0}, (0, 3))],
)
def test_edge_cases_end_well_and_ask_for_nothing_they_do_not_need(
    run: Any, config: dict[str, Any], counts: tuple[int, int]
) -> None:
    marketplaces = FakeMarketplaces()
    result = run(marketplaces, **config)
    assert result.success
    assert (metadata(result)["amazon_stored"], metadata(result)["ebay_stored"]) == counts
    assert len(marketplaces.diary.events) == (2 if counts[1] else 0)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"top_amz": -1}, "top_amz is -1"),
        ({"top_ebay": 10**9}, "top_ebay is 1000000000"),
        ({"queries": ["ok", ""]}, "entry 2 is empty"),
        ({"queries": ["x" * 10_000]}, "10000 characters"),
        ({"job_id": "a/b"}, "job_id"),
        ({"storage_window": 0}, "storage_window"),
    ],
)
def test_a_senseless_configuration_is_refused_in_one_sentence_and_nothing_is_asked(
    run: Any, config: dict[str, Any], named: str
) -> None:
    marketplaces = FakeMarketplaces()
    result = run(marketplaces, **config)
    assert not result.success
    assert named in failure(result)
    assert marketplaces.diary.events == []


@pytest.mark.parametrize("error", [KeyRefused("the key is refused"), OutOfCredits("pay first")])
def test_a_refused_key_fails_the_run_at_once_with_its_sentence(run: Any, database: Database, error: Exception) -> None:
    result = run(FakeMarketplaces(amazon={"q1": error, "q2": ["a"]}))
    assert not result.success
    assert failure(result) == str(error)
    assert (record(database).status, record(database).error_message) == ("failed", str(error))


def test_storage_that_stays_away_fails_the_run_after_its_retries(run: Any, database: Database) -> None:
    store = FakeStore(fatal={"a1": StorageUnavailable("S3 does not answer")})
    result = run(FakeMarketplaces(store))
    assert not result.success
    assert store.diary.events.count("store a1") == 3
    assert record(database).status == "failed"


def test_an_error_that_nobody_foresaw_fails_the_run_and_does_not_leave_it_running(run: Any, database: Database) -> None:
    class Broken(FakeMarketplaces):
        @asynccontextmanager
        async def open_worker(self, *arguments: Any) -> AsyncIterator[PlatformWorker]:
            raise ZeroDivisionError
            yield

    result = run(Broken())
    assert not result.success
    assert record(database).status == "failed"
    assert "ZeroDivisionError" in record(database).error_message


def test_a_missing_key_is_said_before_anything_is_asked(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCRAPERAPI_KEY")
    marketplaces = FakeMarketplaces()
    result = run(marketplaces)
    assert "SCRAPERAPI_KEY is not set" in failure(result)
    assert marketplaces.diary.events == []


def test_most_queries_failing_is_called_degraded_because_nothing_found_then_says_nothing(
    run: Any, database: Database
) -> None:
    broken = {"q1": BadAnswer("block page"), "q2": BadAnswer("block page")}
    result = run(FakeMarketplaces(ebay=broken))
    assert result.success
    assert record(database).status == "degraded"
    assert "2 of 2 ebay queries failed" in record(database).error_message


def test_a_second_run_of_the_org_is_refused_with_the_reason(run: Any, database: Database) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO collection_runs (org_id, job_id, job_name, status, heartbeat_at) "
            "VALUES ('default', 'other', 'collect_and_store', 'running', now())"
        )
    marketplaces = FakeMarketplaces()
    result = run(marketplaces)
    assert "job other" in failure(result)
    assert "one collection run at a time" in failure(result)
    assert marketplaces.diary.events == []
    assert record(database).status == "failed"


def test_a_run_asked_to_stop_ends_as_stopped_and_asks_no_more(run: Any, database: Database) -> None:
    class Stopping(FakeMarketplaces):
        @asynccontextmanager
        async def open_worker(self, *arguments: Any) -> AsyncIterator[PlatformWorker]:
            with database.begin() as connection:
                connection.execute(collection_runs.update().values(status="stopping"))
            async with super().open_worker(*arguments) as worker:
                worker._collector.seconds = 30  # type: ignore[attr-defined]
                yield worker

    marketplaces = Stopping()
    result = run(marketplaces)
    assert not result.success
    assert record(database).status == "stopped"
    assert len(marketplaces.diary.events) == 1


def test_each_log_line_of_a_worker_reaches_dagster_once(run: Any, capfd: pytest.CaptureFixture[str]) -> None:
    run(FakeMarketplaces(), job_id="log-once")
    written = capfd.readouterr()
    assert (written.out + written.err).count("[amazon] Worker START job=log-once") == 1
    assert (written.out + written.err).count("[ebay] Worker END job=log-once, count=3") == 1


def test_sellers_of_the_listings_are_rows_that_no_best_seller_led_to(run: Any, database: Database) -> None:
    run(FakeMarketplaces())
    with database.begin() as connection:
        rows = connection.execute(select(sellers).order_by(sellers.c.seller_name)).all()
    assert [(row.seller_name, row.source_products, row.collection_count) for row in rows] == [
        ("of e1", [], 1), ("of e2", [], 1), ("of e3", [], 1),
    ]  # fmt: skip
