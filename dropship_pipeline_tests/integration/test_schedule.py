"""A schedule from the command line to the record of the run that it starts, on a real database."""

from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance
from sqlalchemy import select

from dropship_pipeline.definitions import build_defs
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_runs
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.schedules import Schedules
from dropship_pipeline_tests.integration.cli_runner import Cli, add_run
from dropship_pipeline_tests.integration.sensor_looks import (
    CONFIG,
    open_scheduled_cli,
    requested,
    tick,
)
from dropship_pipeline_tests.integration.test_job import FakeMarketplaces


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return open_scheduled_cli(database_url, tmp_path, monkeypatch)


@pytest.fixture
def schedules(database: Database) -> Schedules:
    return Schedules(database, "default")


def test_a_scheduled_run_really_starts_and_is_recorded_as_scheduled(
    cli: Cli, instance: DagsterInstance, schedules: Schedules, database: Database
) -> None:
    assert cli("schedule", "set", "-c", "run.yaml").exit_code == 0
    schedule = schedules.find()
    assert schedule is not None
    request = requested(instance)
    job = build_defs({"marketplaces": FakeMarketplaces()}).get_job_def(request.job_name or "")
    result = job.execute_in_process(run_config=request.run_config, tags=dict(request.tags), instance=instance)
    assert result.success
    with database.begin() as connection:
        record = connection.execute(select(collection_runs)).one()
    assert (record.is_scheduled, record.scheduled_by) == (True, f"{schedule.id}:2026-03")
    assert (record.status, record.job_id) == ("completed", f"schedule-{schedule.id}-2026-03")
    assert record.products_checked == 6
    assert "already ran; due again at 2026-04-01 06:00 UTC" in str(tick(instance))


def test_a_run_that_nobody_scheduled_is_not_recorded_as_scheduled(records: RunRecords, database: Database) -> None:
    add_run(records, "by-hand")
    with database.begin() as connection:
        record = connection.execute(select(collection_runs)).one()
    assert (record.is_scheduled, record.scheduled_by) == (False, None)


def test_nothing_starts_before_somebody_turns_the_schedule_on(cli: Cli, instance: DagsterInstance) -> None:
    assert "`dropship schedule on`" in str(tick(instance))
    assert cli("schedule", "on").exit_code == 0
    assert requested(instance).job_name == "collect_sellers"
    assert cli("schedule", "off").exit_code == 0
    assert "`dropship schedule on`" in str(tick(instance))


def test_turning_on_what_is_on_does_not_forget_the_moment_that_was_missed(cli: Cli, schedules: Schedules) -> None:
    cli("schedule", "on")
    before = schedules.find()
    cli("schedule", "on")
    assert schedules.find() == before
    cli("schedule", "off")
    after = schedules.find()
    assert before is not None
    assert after is not None
    assert after.updated_at > before.updated_at


@pytest.mark.parametrize("gone", ["postgresql://me:hunter2@127.0.0.1:1/nowhere", "empty"])
def test_a_database_that_is_away_or_empty_is_a_sentence_of_the_sensor_and_no_traceback(
    cli: Cli, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch, gone: str, stack: Any
) -> None:
    url = stack.create_database("schedule_empty") if gone == "empty" else gone
    monkeypatch.setenv("DROPSHIP_DATABASE_URL", url)
    said = str(tick(instance))
    assert "dropship migrate" in said or "does not answer" in said
    assert "hunter2" not in said


def test_show_says_when_it_starts_next_and_what_came_of_the_last_run(
    cli: Cli, schedules: Schedules, records: RunRecords
) -> None:
    cli("schedule", "set", "--day", "31", "--hour", "5", "--timezone", "Europe/Berlin", "-c", "run.yaml")
    schedule = schedules.find()
    assert schedule is not None
    records.settlement.finish(add_run(records, "scheduled", scheduled_by=f"{schedule.id}:2026-02"), "failed")
    shown = cli("schedule", "show").stdout
    assert shown.count("05:00 Europe/Berlin") == 4
    assert '"queries": ["q1", "q2"]' in shown
    assert ": failed" in shown


def test_what_set_does_not_name_stays_but_the_configuration_of_another_job_goes(cli: Cli, schedules: Schedules) -> None:
    cli("schedule", "set", "--day", "5", "-c", "run.yaml")
    cli("schedule", "set", "--hour", "9")
    kept = schedules.find()
    assert kept is not None
    assert (kept.day_of_month, kept.hour, kept.config["queries"]) == (5, 9, ["q1", "q2"])
    cli("schedule", "set", "--job", "collect_sellers")
    other = schedules.find()
    assert other is not None
    assert (other.day_of_month, other.job_name, other.config) == (5, "collect_sellers", {})


@pytest.mark.parametrize(
    ("arguments", "config", "named"),
    [
        (["--timezone", "Mars/Olympus"], CONFIG, "is not a timezone"),
        (["-c", "run.yaml", "--job", "collect_sellers"], CONFIG, "configures collect_and_store"),
        (["-c", "run.yaml"], "ops: {collection_config: {config: {top_amz: -1}}}", "top_amz is -1"),
        (["-c", "run.yaml"], "ops: {best_sellers: {config: {job_id: march}}}", "leave it out"),
    ],
)
def test_a_schedule_that_could_only_fail_is_refused_and_nothing_is_changed(
    cli: Cli, schedules: Schedules, arguments: list[str], config: str, named: str
) -> None:
    before = schedules.find()
    Path("run.yaml").write_text(config)
    assert named in cli.refused("schedule", "set", *arguments)
    assert schedules.find() == before
