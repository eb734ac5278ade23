"""What the sensor does in a month that has run, failed, been stopped, or been left half launched."""

from datetime import timedelta
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.definitions.instigation_logger import InstigationLogger

from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.cli_runner import Cli, add_run
from dropship_pipeline_tests.integration.sensor_looks import (
    NOW,
    evaluated,
    job_id,
    launched,
    open_scheduled_cli,
    requested,
    settle,
    tick,
)


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return open_scheduled_cli(database_url, tmp_path, monkeypatch)


def test_a_month_that_was_given_up_is_warned_of_once_and_named_in_every_tick(
    cli: Cli, instance: DagsterInstance, records: RunRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli("schedule", "on")
    numbers = []
    for attempt in range(3):
        request = requested(instance)
        run = launched(instance, request, DagsterRunStatus.FAILURE)
        ended = NOW - timedelta(days=3 - attempt)
        numbers.append(add_run(records, run.run_id, job_id(request), status="failed", completed_at=ended))
    warned: list[str] = []
    monkeypatch.setattr(InstigationLogger, "warning", lambda _, message: warned.append(message))
    first = evaluated(instance)
    again = evaluated(instance, first.cursor)
    assert f"gave up after 3 failed runs, the last is run {numbers[-1]}" in str(first.skip_message)
    assert first.skip_message == again.skip_message
    assert warned == [first.skip_message]


@pytest.mark.parametrize(("hours", "said"), [(0.9, "1 failed, due at 2026-03-17 10:06"), (1.1, None)])
def test_a_failed_month_is_requested_again_after_an_hour_under_a_key_that_dagster_has_not_seen(
    cli: Cli, instance: DagsterInstance, records: RunRecords, hours: float, said: str | None
) -> None:
    cli("schedule", "on")
    first = requested(instance)
    run = launched(instance, first, DagsterRunStatus.FAILURE)
    add_run(records, run.run_id, job_id(first), status="failed", completed_at=NOW - timedelta(hours=hours))
    if said:
        assert said in str(tick(instance))
    else:
        again = requested(instance)
        assert (again.run_key, again.tags) == (f"{first.run_key}:2", first.tags)
        assert job_id(again) == job_id(first)


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED])
def test_a_run_that_waits_or_works_is_not_started_twice(
    cli: Cli, instance: DagsterInstance, status: DagsterRunStatus
) -> None:
    cli("schedule", "on")
    launched(instance, requested(instance), status)
    assert "has not ended yet" in str(tick(instance))


def test_a_run_that_a_dying_daemon_made_but_did_not_launch_is_asked_for_again_under_its_key(
    cli: Cli, instance: DagsterInstance
) -> None:
    cli("schedule", "on")
    first = requested(instance)
    launched(instance, first, DagsterRunStatus.NOT_STARTED)
    assert requested(instance).run_key == first.run_key


def test_a_killed_run_that_dagster_leaves_as_started_does_not_block_its_month(
    cli: Cli, instance: DagsterInstance, records: RunRecords
) -> None:
    cli("schedule", "on")
    first = requested(instance)
    run = launched(instance, first, DagsterRunStatus.STARTED)
    number = add_run(records, run.run_id, job_id(first), status="running")
    assert "has not ended yet" in str(tick(instance))
    settle(records, number, NOW - timedelta(minutes=50))
    assert "1 failed, due at" in str(tick(instance))
    settle(records, number, NOW - timedelta(hours=1))
    assert requested(instance).run_key == f"{first.run_key}:2"


def test_a_run_that_a_person_cancelled_in_dagster_is_not_started_again_whatever_its_record_says(
    cli: Cli, instance: DagsterInstance, records: RunRecords
) -> None:
    cli("schedule", "on")
    request = requested(instance)
    run = launched(instance, request, DagsterRunStatus.CANCELED)
    settle(records, add_run(records, run.run_id, job_id(request)), NOW - timedelta(days=2))
    assert "was stopped and is not started again" in str(tick(instance))


def test_a_run_that_a_person_stopped_is_not_started_again_though_dagster_calls_it_failed(
    cli: Cli, instance: DagsterInstance, records: RunRecords
) -> None:
    cli("schedule", "on")
    request = requested(instance)
    run = launched(instance, request, DagsterRunStatus.FAILURE)
    records.settlement.finish(add_run(records, run.run_id, job_id(request)), "stopped")
    assert "was stopped and is not started again" in str(tick(instance))


def test_a_failed_month_that_a_person_resumed_to_its_end_is_not_started_again(
    cli: Cli, instance: DagsterInstance, records: RunRecords
) -> None:
    cli("schedule", "on")
    request = requested(instance)
    launched(instance, request, DagsterRunStatus.FAILURE)
    records.settlement.finish(add_run(records, "resumed by hand", job_id(request)), "completed")
    assert "already ran" in str(tick(instance))


def test_a_failed_month_that_a_person_has_resumed_is_not_started_beside_the_run_that_goes_on(
    cli: Cli, instance: DagsterInstance, records: RunRecords
) -> None:
    cli("schedule", "on")
    request = requested(instance)
    launched(instance, request, DagsterRunStatus.FAILURE)
    records.activate(add_run(records, "resumed by hand", job_id(request)))
    assert isinstance(tick(instance), str)
