"""The run record: one active run an org, every exit path in a final state, none open for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import RunState, utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_errors, collection_runs
from dropship_pipeline.storage.runs.over import STALE_AFTER
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunError, RunRecord
from dropship_pipeline_tests.integration.conftest import register


def status(records: RunRecords, run_id: int) -> str:
    run = records.get(run_id)
    assert run is not None
    return run.status


def silence(database: Database, run_id: int) -> None:
    """Make a run look as if it had last been heard of long ago."""
    with database.begin() as connection:
        connection.execute(
            update(collection_runs)
            .where(collection_runs.c.id == run_id)
            .values(heartbeat_at=utc_now() - STALE_AFTER - timedelta(seconds=1))
        )


def test_registering_a_dagster_run_twice_makes_one_record(records: RunRecords) -> None:
    assert register(records, "d1") == register(records, "d1")


def test_a_second_run_of_the_org_cannot_become_active(records: RunRecords) -> None:
    first, second = register(records, "d1"), register(records, "d2")
    assert records.activate(first.run_id) is None
    in_the_way = records.activate(second.run_id)
    assert in_the_way is not None
    assert in_the_way.run_id == first.run_id
    records.settlement.finish(first.run_id, "completed")
    assert records.activate(second.run_id) is None


def test_of_ten_runs_activated_at_the_same_moment_one_wins(records: RunRecords) -> None:
    runs = [register(records, f"d{number}") for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(lambda run: records.activate(run.run_id), runs))
    assert outcomes.count(None) == 1


def test_two_orgs_do_not_wait_for_each_other(records: RunRecords, database: Database) -> None:
    others = RunRecords(database, "other")
    assert records.activate(register(records, "d1").run_id) is None
    assert others.activate(register(others, "d2", "their job").run_id) is None


def test_a_dead_run_is_settled_and_not_in_the_way(records: RunRecords, database: Database) -> None:
    dead, waiting = register(records, "d1"), register(records, "d2")
    records.activate(dead.run_id)
    silence(database, dead.run_id)
    assert records.activate(waiting.run_id) is None
    assert status(records, dead.run_id) == "failed"


def test_a_run_that_died_while_it_waited_is_settled_too(records: RunRecords, database: Database) -> None:
    waiting = register(records, "d1")
    silence(database, waiting.run_id)
    records.settlement.settle_dead()
    assert status(records, waiting.run_id) == "failed"


def test_a_run_that_beats_is_not_taken_for_dead(records: RunRecords, database: Database) -> None:
    run = register(records, "d1")
    records.activate(run.run_id)
    silence(database, run.run_id)
    assert records.progress.beat(run.run_id, "amazon", done=1, products=5) == "running"
    assert records.settlement.settle_dead() == 0


def test_progress_of_both_workers_adds_up_and_repeats_do_not(records: RunRecords, database: Database) -> None:
    run = register(records, "d1")
    records.activate(run.run_id)
    records.progress.beat(run.run_id, "amazon", done=1, products=5)
    records.progress.beat(run.run_id, "ebay", done=2, products=7)
    records.progress.beat(run.run_id, "ebay", done=2, products=7)
    with database.begin() as connection:
        row = connection.execute(select(collection_runs)).one()
    assert (row.phase_progress, row.products_checked) == (3, 12)


@pytest.mark.parametrize("final", ["completed", "degraded", "failed", "stopped"])
def test_every_exit_path_ends_in_its_final_state_and_stays_there(records: RunRecords, final: RunState) -> None:
    run = register(records, "d1")
    records.activate(run.run_id)
    records.settlement.finish(run.run_id, final)
    records.settlement.finish(run.run_id, "failed", message="too late")
    assert status(records, run.run_id) == final


@pytest.mark.parametrize("ended_as", ["failed", "stopped"])
def test_a_run_that_was_asked_to_stop_ends_as_stopped(records: RunRecords, ended_as: RunState) -> None:
    run = register(records, "d1")
    records.activate(run.run_id)
    assert records.request_stop(run.run_id)
    assert records.progress.beat(run.run_id, "amazon", done=0, products=0) == "stopping"
    assert records.settlement.finish(run.run_id, ended_as) == "stopped"
    assert status(records, run.run_id) == "stopped"


@pytest.mark.parametrize("ended_as", ["completed", "degraded"])
def test_a_stop_that_came_when_nothing_was_left_to_stop_does_not_call_the_run_stopped(
    records: RunRecords, ended_as: RunState
) -> None:
    run = register(records, "d1")
    records.activate(run.run_id)
    assert records.request_stop(run.run_id)
    assert records.settlement.finish(run.run_id, ended_as) == ended_as
    assert records.settlement.finish(run.run_id, "failed") == ended_as


def test_a_run_that_is_over_cannot_be_asked_to_stop(records: RunRecords) -> None:
    run = register(records, "d1")
    records.activate(run.run_id)
    records.settlement.finish(run.run_id, "completed")
    assert not records.request_stop(run.run_id)


def test_a_run_cannot_be_finished_into_an_open_state(records: RunRecords) -> None:
    run = register(records, "d1")
    with pytest.raises(ValueError, match="final"):
        records.settlement.finish(run.run_id, "running")


def test_an_error_is_kept_with_what_it_was_about(records: RunRecords, database: Database) -> None:
    run = register(records, "d1")
    error = RunError("ebay", "store", "image_http", "404", query="lamp", product_id="9", response_status=404)
    records.errors.record(run.run_id, run.job_id, error)
    with database.begin() as connection:
        row = connection.execute(select(collection_errors)).one()
    assert (row.platform, row.kind, row.reason, row.product_id, row.response_status) == (
        "ebay", "store", "image_http", "9", 404,
    )  # fmt: skip


def test_a_job_is_never_shared_by_two_orgs_two_kinds_of_job_or_sandbox_and_live(
    database: Database, records: RunRecords
) -> None:
    def begin(owner: RunRecords, number: str, **changes: Any) -> None:
        values = {"job_id": "march", "job_name": "collect_sellers", "config": {}, "total": 0, "sandbox": True}
        owner.register(number, **{**values, **changes})

    begin(records, "d1")
    begin(records, "d2")  # a resumed one
    with pytest.raises(RequestInvalid, match="choose another"):
        begin(RunRecords(database, "other"), "d3")
    with pytest.raises(RequestInvalid, match="choose another"):
        begin(records, "d4", job_name="collect_and_store")
    with pytest.raises(RequestInvalid, match="choose another"):
        begin(records, "d5", sandbox=False)


def test_a_run_whose_turn_comes_while_it_looks_is_not_taken_for_one_that_waits(
    records: RunRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = register(records, "d1"), register(records, "d2")
    records.activate(first.run_id)
    look = records.active

    def ended_by_now() -> RunRecord | None:
        records.settlement.finish(first.run_id, "completed")
        return look()

    monkeypatch.setattr(records, "active", ended_by_now)
    assert records.activate(second.run_id) is None
    assert status(records, second.run_id) == "running"


def test_a_doubt_about_a_job_outlives_the_run_that_had_it_and_a_failure_of_that(records: RunRecords) -> None:
    first, resumed = register(records, "d1"), register(records, "d2")
    records.activate(first.run_id)
    records.progress.doubt(first.run_id, "its zeros are false")
    records.settlement.finish(first.run_id, "failed", details={"phase": "ebay_search"})
    records.activate(resumed.run_id)
    assert records.progress.figures(resumed.run_id).doubt == "its zeros are false"


def test_a_doubt_about_a_run_alone_is_gone_once_its_job_was_resumed_well(records: RunRecords) -> None:
    first, resumed = register(records, "d1"), register(records, "d2")
    records.activate(first.run_id)
    records.progress.doubt(first.run_id, "lists were missing", of_job=False)
    assert records.progress.figures(first.run_id).doubt == "lists were missing"
    records.settlement.finish(first.run_id, "degraded")
    records.activate(resumed.run_id)
    assert records.progress.figures(resumed.run_id).doubt is None
