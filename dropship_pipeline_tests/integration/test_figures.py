"""The figures of runs add up, whatever happened to them: to the ledger, the sellers and the marketplace's own count.

`soak/test_figures.py` does the same with processes that are killed, stopped and re-executed.
"""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from dropship_pipeline.collection.resuming import not_resumable
from dropship_pipeline.definitions import build_defs
from dropship_pipeline.jobs.registry import JOBS
from dropship_pipeline.orchestration.step.guard import HEARTBEAT_S
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.reports import Reports
from dropship_pipeline.storage.sellers.evidence import SellerEvidence
from dropship_pipeline.storage.sellers.listing import SellerList
from dropship_pipeline_tests.blackbox.both_jobs import QUERIES, REFUSED, BothJobs
from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.market import Answer, open_market
from dropship_pipeline_tests.blackbox.runs import RAINFOREST_KEY, SCRAPERAPI_KEY
from dropship_pipeline_tests.blackbox.sums import differences
from dropship_pipeline_tests.conftest import LocalServers

SEED = 20_261
CONFIGS: dict[str, tuple[str, dict[str, Any]]] = {
    "sellers-1": ("collect_sellers", {"categories": ["sim-a", "sim-b"]}),
    "sellers-2": ("collect_sellers", {"categories": ["sim-b", "sim-c"]}),
    "products-1": ("collect_and_store", {"queries": [*QUERIES], "top_amz": 4, "top_ebay": 4}),
}


class Stage:
    """One marketplace, one database, and the jobs that run in this process."""

    def __init__(self, market: BothJobs, database_url: str) -> None:
        self.market = market
        self.url = database_url
        self.database = Database(database_url)
        self.records = RunRecords(self.database, "default")
        self.reports = Reports(self.database, "default")

    def run(self, job_id: str, *, stop_at: int = 0, refuse_at: int = 0) -> ExecuteInProcessResult:
        """Run a job, stop it at a call, or have the provider refuse the key at one."""

        def act(number: int) -> Answer | None:
            if number == stop_at:
                active = self.records.active()
                assert active is not None
                self.records.request_stop(active.run_id)
            if 0 < stop_at <= number:
                time.sleep(HEARTBEAT_S + 0.2)  # else all is searched before the run hears of it
            return REFUSED if number == refuse_at else None

        self.market.do_at_call(act)
        name, config = CONFIGS[job_id]
        run_config = {"ops": {JOBS[name].op: {"config": {**config, "job_id": job_id, "wait_seconds": 0}}}}
        with DagsterInstance.ephemeral() as instance:
            return (
                build_defs().get_job_def(name).execute_in_process(run_config, instance=instance, raise_on_error=False)
            )

    def states(self) -> list[str]:
        return [row["status"] for row in rows(self.url, "SELECT status FROM collection_runs ORDER BY id")]


@pytest.fixture
def stage(
    stack: LocalServers, database_url: str, bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Stage]:
    monkeypatch.chdir(tmp_path)
    with open_market(BothJobs()) as market:
        assert isinstance(market, BothJobs)
        for name, value in {
            "DROPSHIP_DATABASE_URL": database_url,
            "DROPSHIP_S3_BUCKET": bucket,
            "DROPSHIP_S3_ENDPOINT_URL": stack.s3_endpoint_url,
            "AWS_ACCESS_KEY_ID": stack.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": stack.s3_secret_key,
            "RAINFOREST_BASE_URL": market.url,
            "SCRAPERAPI_BASE_URL": market.url,
            "RAINFOREST_API_KEY": RAINFOREST_KEY,
            "SCRAPERAPI_KEY": SCRAPERAPI_KEY,
            "RAINFOREST_REQUESTS_PER_MINUTE": "6000",
            "SCRAPERAPI_REQUESTS_PER_MINUTE": "6000",
        }.items():
            monkeypatch.setenv(name, value)
        opened = Stage(market, database_url)
        yield opened
        opened.database.close()


def test_after_eight_runs_that_end_in_every_way_each_figure_adds_up(stage: Stage) -> None:
    chance = random.Random(SEED)
    ends = ["stop_at", "stop_at", "stop_at", "refuse_at", "refuse_at", "refuse_at", "", ""]
    chance.shuffle(ends)
    for end in ends:
        stage.run(chance.choice([*CONFIGS]), **({end: chance.randint(1, 6)} if end else {}))
        assert differences(stage.url, stage.market.credits) == []
    for job_id in CONFIGS:  # to its end, and once more from kept answers alone
        stage.run(job_id)
        paid = stage.market.credits
        stage.run(job_id)
        assert stage.market.credits == paid
    assert differences(stage.url, stage.market.credits) == []
    assert {"completed", "stopped", "failed"} <= set(stage.states())


def test_the_summary_of_a_run_of_kept_answers_tells_that_it_cost_nothing(stage: Stage) -> None:
    stage.run("products-1", refuse_at=7)
    (first,) = rows(stage.url, "SELECT credits_used FROM collection_runs")
    told = metadata(stage.run("products-1"), "collection_summary")
    replayed = metadata(stage.run("products-1"), "collection_summary")
    assert told["credits"] + first["credits_used"] == told["job_credits"] == stage.market.credits
    assert (replayed["credits"], replayed["amazon_credits"], replayed["ebay_credits"]) == (0, 0, 0)
    assert (replayed["job_credits"], replayed["job_runs"]) == (stage.market.credits, 3)


def metadata(result: ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """What a summary emitted."""
    (found,) = (
        event.step_materialization_data.materialization.metadata
        for event in result.all_events
        if event.is_step_materialization and event.asset_key is not None and event.asset_key.path == [asset]
    )
    return {name: value.value for name, value in found.items()}


def test_the_runs_of_a_seller_are_those_that_saw_it_and_not_all_of_their_job(stage: Stage) -> None:
    stage.run("sellers-1", stop_at=6)
    stage.run("sellers-1")
    stage.run("sellers-1")  # nothing is left to search
    evidence, listed = SellerEvidence(stage.database, "default"), SellerList(stage.database, "default")
    told = {
        (seller.id, run.run_id): run.listings
        for seller in listed.page(page_size=500).rows
        for run in (evidence.seller(seller.id) or pytest.fail("gone")).runs
    }
    found = rows(
        stage.url, "SELECT seller_id, run_id, count(*) AS n FROM collection_items WHERE seller_id > 0 GROUP BY 1, 2"
    )
    assert told == {(row["seller_id"], row["run_id"]): row["n"] for row in found}
    assert {run_id for _, run_id in told} == {1, 2}


def test_only_the_newest_run_of_a_job_can_be_resumed_and_the_others_name_it(stage: Stage) -> None:
    stage.run("sellers-1", stop_at=6)
    stage.run("sellers-1", stop_at=9)
    stage.run("sellers-2")
    first, second = stage.reports.run(1), stage.reports.run(2)
    assert first is not None
    assert second is not None
    assert (first.continued_by, second.continued_by) == (2, None)
    assert "continued by Run 2" in str(not_resumable(first, sandbox=False))
    assert not_resumable(second, sandbox=False) is None


def test_a_stop_that_comes_with_the_last_search_leaves_the_run_completed(stage: Stage) -> None:
    stage.run("sellers-1", stop_at=calls_of_a_whole_run(stage))
    assert stage.states()[-1] == "completed"


def calls_of_a_whole_run(stage: Stage) -> int:
    """How many calls the same job makes, by another run of the same lists."""
    CONFIGS["whole"] = CONFIGS["sellers-1"]
    before = len(stage.market.calls())
    stage.run("whole")
    return len(stage.market.calls()) - before


def test_a_stopped_run_does_not_say_in_its_log_that_it_completed(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    stage.run("sellers-1", stop_at=6)
    assert stage.states() == ["stopped"]
    assert "completed" not in capfd.readouterr().err


def test_every_block_page_costs_what_the_provider_says(stage: Stage) -> None:
    stage.market.page_credits = 25  # not the estimate
    stage.market.spoil = lambda _seen, number: stage.market.blocked() if number is not None else None
    stage.run("sellers-1")
    assert stage.states() == ["degraded"]
    assert differences(stage.url, stage.market.credits) == []
    failed = rows(stage.url, "SELECT DISTINCT credits FROM api_calls WHERE state = 'failed'")
    assert failed == [{"credits": 25}]
