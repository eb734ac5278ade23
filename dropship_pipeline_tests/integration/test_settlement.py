"""`run_settlement_sensor` on real records and a real Dagster instance: what it settles, and what it leaves alone."""

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from dagster import DagsterInstance, DagsterRunStatus, DefaultSensorStatus, build_sensor_context
from dagster._core.test_utils import create_run_for_test
from sqlalchemy import func, select, update

from dropship_pipeline.definitions import build_defs
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.sensors import settlement
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import platform_lock
from dropship_pipeline.storage.database.tables import collection_runs
from dropship_pipeline.storage.runs.over import DEAD_AFTER_S, STALE_AFTER, RunEnd, Signs, run_end
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.settling import settle_all
from dropship_pipeline_tests.integration.conftest import register

S = DagsterRunStatus
JOB = "collect_and_store"
TAGS = {"dropship/org": "default"}


@pytest.fixture
def tick(instance: DagsterInstance, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """One look of the sensor, some seconds after what was logged last; returns its sentence."""
    monkeypatch.setenv("DROPSHIP_DATABASE_URL", database_url)
    sensor = build_defs().get_repository_def().get_sensor_def("run_settlement_sensor")

    def evaluate(later_s: float = DEAD_AFTER_S + 1) -> str:
        monkeypatch.setattr(settlement, "time", SimpleNamespace(time=lambda: time.time() + later_s))
        storage = Storage()
        try:
            with build_sensor_context(instance=instance, resources={"storage": storage}) as context:
                data = sensor.evaluate_tick(context)
        finally:
            storage.close()
        assert data.skip_message is not None
        return data.skip_message

    return evaluate


def launched(
    instance: DagsterInstance, records: RunRecords | None, status: DagsterRunStatus, *, queued: bool = False
) -> str:
    """A Dagster run of ours that has logged something; with a record if there is somewhere to keep it."""
    run = create_run_for_test(instance, job_name=JOB, tags=TAGS, status=status)
    instance.report_engine_event("started", run)
    if records is not None:
        made = records.register(
            run.run_id, job_id="job", job_name=JOB, config={}, total=1, sandbox=False, queued=queued
        )
        if not queued:
            assert records.activate(made.run_id) is None
    run_id: str = run.run_id
    return run_id


def silence(database: Database, dagster_run_id: str, seconds: float = DEAD_AFTER_S + 1) -> None:
    """Make a run look as if nothing had been heard of it for a while."""
    with database.begin() as connection:
        connection.execute(
            update(collection_runs)
            .where(collection_runs.c.dagster_run_id == dagster_run_id)
            .values(heartbeat_at=func.now() - timedelta(seconds=seconds))
        )


def state(records: RunRecords, dagster_run_id: str) -> tuple[str, str]:
    run = records.of_dagster_run(dagster_run_id)
    return run.status, run.error_message or ""


def in_dagster(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    status: DagsterRunStatus = run.status
    return status


def test_the_sensor_runs_without_anybody_turning_it_on() -> None:
    sensor = build_defs().get_repository_def().get_sensor_def("run_settlement_sensor")
    assert sensor.default_status is DefaultSensorStatus.RUNNING


@pytest.mark.parametrize(
    ("status", "settled", "why"),
    [
        (S.CANCELED, "stopped", "cancelled"),
        (S.FAILURE, "failed", "failed in Dagster"),
        (S.SUCCESS, "failed", "without its summary"),
    ],
)
def test_a_record_does_not_stay_open_after_its_run_has_ended(
    instance: DagsterInstance, records: RunRecords, tick: Callable[..., str],
    status: DagsterRunStatus, settled: str, why: str,
) -> None:  # fmt: skip
    run_id = launched(instance, records, status)
    assert why in tick()
    assert state(records, run_id)[0] == settled
    assert "alive" in tick()


def test_the_record_says_why_dagster_gave_the_run_up(
    instance: DagsterInstance, records: RunRecords, tick: Callable[..., str]
) -> None:
    run_id = launched(instance, records, S.STARTED)
    run = instance.get_run_by_id(run_id)
    assert run is not None
    instance.report_run_failed(run, message="Run worker was evicted.")
    tick()
    assert "Run worker was evicted; resume it to go on" in state(records, run_id)[1]


def test_the_record_of_a_deleted_run_does_not_stay_open_but_a_living_stranger_is_spared(
    instance: DagsterInstance, records: RunRecords, database: Database, tick: Callable[..., str]
) -> None:
    run_id = launched(instance, records, S.STARTED)
    instance.delete_run(run_id)
    tick()
    assert state(records, run_id)[0] == "running"  # it beats: a run of another Dagster instance
    silence(database, run_id)
    tick()
    assert state(records, run_id)[0] == "failed"


@pytest.mark.parametrize("status", [S.NOT_STARTED, S.STARTING])
def test_a_run_that_waits_in_the_queue_is_not_taken_for_dead(
    instance: DagsterInstance, records: RunRecords, tick: Callable[..., str], status: DagsterRunStatus
) -> None:
    run_id = launched(instance, records, status, queued=True)
    tick(9e6)
    assert (state(records, run_id)[0], in_dagster(instance, run_id)) == ("pending", status)


def test_a_run_that_was_cancelled_in_the_queue_is_not_pending_for_ever(
    instance: DagsterInstance, records: RunRecords, tick: Callable[..., str]
) -> None:
    run_id = launched(instance, records, S.CANCELED, queued=True)
    tick()
    assert state(records, run_id)[0] == "stopped"


def test_a_killed_job_execute_is_over_in_its_record_and_in_dagster(
    instance: DagsterInstance, records: RunRecords, database: Database, tick: Callable[..., str]
) -> None:
    run_id = launched(instance, records, S.STARTED)
    silence(database, run_id)
    assert "died without a word" in tick()
    assert state(records, run_id)[0] == "failed"
    assert in_dagster(instance, run_id) is S.FAILURE


def test_a_silent_run_whose_worker_holds_its_lock_is_left_alone(
    instance: DagsterInstance, records: RunRecords, database: Database, tick: Callable[..., str]
) -> None:
    run_id = launched(instance, records, S.STARTED)
    silence(database, run_id)
    with platform_lock(database, "default", "ebay", wait_s=0):
        tick()
        records.settlement.settle_dead()
        assert (state(records, run_id)[0], in_dagster(instance, run_id)) == ("running", S.STARTED)
    tick()
    assert in_dagster(instance, run_id) is S.FAILURE


def test_the_lock_of_another_org_does_not_keep_a_dead_run_alive(
    instance: DagsterInstance, records: RunRecords, database: Database, tick: Callable[..., str]
) -> None:
    run_id = launched(instance, records, S.STARTED)
    silence(database, run_id)
    with platform_lock(database, "other", "ebay", wait_s=0):
        tick()
    assert state(records, run_id)[0] == "failed"


def test_a_run_between_two_steps_is_not_taken_for_dead(
    instance: DagsterInstance, records: RunRecords, database: Database, tick: Callable[..., str]
) -> None:
    run_id = launched(instance, records, S.STARTED)
    silence(database, run_id)
    tick(1)  # Dagster has just logged something of it
    assert (state(records, run_id)[0], in_dagster(instance, run_id)) == ("running", S.STARTED)


def test_dagster_hears_of_a_dead_run_that_the_next_run_has_settled_and_replaced(
    instance: DagsterInstance, records: RunRecords, database: Database, tick: Callable[..., str]
) -> None:
    dead = launched(instance, records, S.STARTED)
    silence(database, dead)
    alive = launched(instance, records, S.STARTED)
    with platform_lock(database, "default", "amazon", wait_s=0):
        tick()
    assert state(records, dead)[0] == "failed"
    assert in_dagster(instance, dead) is S.FAILURE
    assert (state(records, alive)[0], in_dagster(instance, alive)) == ("running", S.STARTED)


def test_a_run_killed_before_it_had_a_record_gives_its_place_in_the_queue_back(
    instance: DagsterInstance, tick: Callable[..., str]
) -> None:
    run_id = launched(instance, None, S.STARTED)
    tick()
    assert in_dagster(instance, run_id) is S.STARTED
    assert "no record" in tick(901)
    assert in_dagster(instance, run_id) is S.FAILURE


def test_the_runs_of_other_jobs_are_not_touched(instance: DagsterInstance, tick: Callable[..., str]) -> None:
    run_id = create_run_for_test(instance, job_name="theirs", status=S.STARTED).run_id
    tick(9e6)
    assert in_dagster(instance, run_id) is S.STARTED


def test_every_org_is_settled_not_only_that_of_the_settings(
    instance: DagsterInstance, database: Database, tick: Callable[..., str]
) -> None:
    others = RunRecords(database, "other")
    run_id = launched(instance, others, S.FAILURE)
    assert "org other" in tick()
    assert state(others, run_id)[0] == "failed"


def test_a_run_that_is_heard_of_while_it_is_judged_is_not_settled(
    instance: DagsterInstance, records: RunRecords, database: Database, tick: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    run_id = launched(instance, records, S.STARTED)
    silence(database, run_id)

    def slowly(signs: Signs) -> RunEnd | None:
        records.progress.beat(records.of_dagster_run(run_id).run_id, "amazon", done=0, products=0)
        return run_end(signs)

    monkeypatch.setattr(settlement, "run_end", slowly)
    tick()
    assert (state(records, run_id)[0], in_dagster(instance, run_id)) == ("running", S.STARTED)


def test_a_sensor_that_cannot_reach_postgres_says_so_and_settles_nothing(
    tick: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPSHIP_DATABASE_URL", "postgresql://nobody:secret-word@127.0.0.1:9/nowhere")
    said = tick()
    assert "does not answer" in said
    assert "secret-word" not in said


def test_a_starting_stack_settles_what_died_with_the_last_one_whatever_its_org(
    records: RunRecords, database: Database, database_url: str
) -> None:
    others = RunRecords(database, "other")
    for number, org in enumerate((records, others)):
        org.activate(register(org, f"d{number}", f"job {number}").run_id)
        silence(database, f"d{number}", STALE_AFTER.total_seconds() + 1)
    waiting = records.register("d9", job_id="job", job_name=JOB, config={}, total=1, sandbox=False, queued=True)
    assert settle_all(database_url) == 2
    with database.begin() as connection:
        rows = connection.execute(select(collection_runs)).all()
    assert {row.dagster_run_id: row.status for row in rows} == {"d0": "failed", "d1": "failed", "d9": "pending"}
    assert waiting.status == "pending"
