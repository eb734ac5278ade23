"""One Dagster instance works for every org: whose schedules are looked at, and under which org a run works."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus, build_init_resource_context
from sqlalchemy import select, update

from dropship_pipeline.definitions import build_defs
from dropship_pipeline.models import PLATFORMS
from dropship_pipeline.orchestration.resources import StorageResource
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import platform_lock
from dropship_pipeline.storage.database.tables import collection_runs, collection_schedules, query_outcomes, sellers
from dropship_pipeline.storage.runs.alerts import AlertOutbox
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.cli_runner import Cli, add_run
from dropship_pipeline_tests.integration.sensor_looks import (
    NOW,
    evaluated,
    job_id,
    launched,
    open_scheduled_cli,
    requested,
    tick,
)
from dropship_pipeline_tests.integration.test_job import FakeMarketplaces


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return open_scheduled_cli(database_url, tmp_path, monkeypatch)


def test_the_schedules_of_every_org_start_each_under_its_own(
    cli: Cli, instance: DagsterInstance, database: Database
) -> None:
    cli("schedule", "on")
    assert cli("schedule", "set", "--hour", "3", DROPSHIP_ORG="other").exit_code == 0
    requests = evaluated(instance).run_requests or []
    assert [request.tags["dropship/org"] for request in requests] == ["default", "other"]
    assert len({request.run_key for request in requests}) == len({job_id(request) for request in requests}) == 2
    for request in requests:
        launched(instance, request, DagsterRunStatus.STARTING)
    assert str(tick(instance)).count("has not ended yet") == 2


def test_a_scheduled_run_works_under_the_org_of_its_schedule_and_another_org_is_not_in_its_way(
    cli: Cli, instance: DagsterInstance, database: Database, records: RunRecords
) -> None:
    cli("schedule", "set", "-c", "run.yaml", DROPSHIP_ORG="other")
    request = requested(instance)
    job = build_defs({"marketplaces": FakeMarketplaces()}).get_job_def(request.job_name or "")
    add_run(records, "of the settings' own org", status="running")
    with ExitStack() as locks:
        for platform in PLATFORMS:
            locks.enter_context(platform_lock(database, "default", platform, wait_s=0))
        assert job.execute_in_process(run_config=request.run_config, tags=dict(request.tags), instance=instance).success
    with database.begin() as connection:
        runs = connection.execute(select(collection_runs.c.org_id, collection_runs.c.status)).all()
        assert sorted(map(tuple, runs)) == [("default", "running"), ("other", "completed")]
        for table in (query_outcomes, sellers):
            assert set(connection.execute(select(table.c.org_id)).scalars()) == {"other"}
    assert "already ran" in str(tick(instance))


def test_a_run_that_nobody_tagged_works_under_the_org_of_the_settings(
    cli: Cli, instance: DagsterInstance, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DROPSHIP_ORG", "mine")
    with StorageResource().yield_for_execution(build_init_resource_context(instance=instance)) as storage:
        assert (storage.org, storage.settings.org) == ("mine", "mine")


def test_the_jobs_carry_the_org_of_the_settings_so_that_the_queue_tells_the_orgs_apart(cli: Cli) -> None:
    read = "from dropship_pipeline.definitions import defs; print(defs.get_job_def('collect_sellers').tags)"
    environment = {**cli.process_environment, "DROPSHIP_ORG": "mine"}
    said = subprocess.run([sys.executable, "-c", read], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout == "{'dropship/org': 'mine'}\n"


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"timezone": "Mars/Olympus"}, "'Mars/Olympus' is not a timezone"),
        ({"config": {"top_amz": -1}}, "top_amz is -1"),
        ({"config": {"no_such_field": 1}}, "does not fit collect_and_store"),
        ({"config": {"queries": 5}}, "does not fit collect_and_store"),
    ],
)
def test_a_schedule_that_cannot_start_does_not_keep_another_from_starting(
    cli: Cli, instance: DagsterInstance, database: Database, broken: dict[str, Any], said: str
) -> None:
    cli("schedule", "set", "-c", "run.yaml", DROPSHIP_ORG="broken")
    with database.begin() as connection:
        connection.execute(update(collection_schedules).where(collection_schedules.c.org_id == "broken").values(broken))
    first = str(tick(instance))
    assert said in first
    assert "of org broken" in first
    assert "`dropship schedule set`" in first
    shown = cli("schedule", "show", DROPSHIP_ORG="broken").stdout
    assert "The schedule cannot start: " in shown
    assert said in shown
    tick(instance)
    with database.begin() as connection:  # once, in the history and for the alert
        (run,) = connection.execute(select(collection_runs).where(collection_runs.c.org_id == "broken")).all()
    assert (run.status, run.is_scheduled, run.started_at) == ("failed", True, None)
    assert said in run.error_message
    outbox = AlertOutbox(database)
    outbox.enqueue()
    alert = outbox.claim()
    assert alert is not None
    assert (alert.org_id, alert.event, said in alert.payload["reason"]) == ("broken", "failed", True)
    cli("schedule", "on")
    assert requested(instance).tags["dropship/org"] == "default"


def test_a_schedule_that_was_mended_starts_at_the_next_look(
    cli: Cli, instance: DagsterInstance, database: Database
) -> None:
    cli("schedule", "set", "-c", "run.yaml")
    with database.begin() as connection:
        connection.execute(update(collection_schedules).values(config={"no_such_field": 1}))
    assert "no_such_field" in str(tick(instance))
    with database.begin() as connection:  # at the time of the look, which is not the database's
        connection.execute(update(collection_runs).values(completed_at=NOW, updated_at=NOW))
    cli("schedule", "set", "-c", "run.yaml")
    assert requested(instance).job_name == "collect_and_store"
