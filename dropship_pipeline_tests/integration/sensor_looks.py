"""The monthly sensor's looks on a real database and a Dagster instance in memory, and the runs that come of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunRequest, build_sensor_context
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.test_utils import create_run_for_test
from sqlalchemy import update

from dropship_pipeline.definitions import build_defs
from dropship_pipeline.orchestration.resources import StorageResource
from dropship_pipeline.orchestration.sensors import monthly as monthly_sensor
from dropship_pipeline.storage.database.tables import collection_runs
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.cli_runner import Cli, open_cli

NOW = datetime(2026, 3, 17, 10, tzinfo=UTC)
CONFIG = "ops: {collection_config: {config: {queries: [q1, q2], wait_seconds: 0}}}"


def open_scheduled_cli(database_url: str, tmp_path: Path, patch: pytest.MonkeyPatch) -> Cli:
    """The command line in a folder with `run.yaml`, and with keys, at the time NOW."""
    opened = open_cli(database_url, tmp_path, patch)
    for name, value in {**opened.environment, "RAINFOREST_API_KEY": "k1", "SCRAPERAPI_KEY": "k2"}.items():
        patch.setenv(name, value)
    patch.setattr(monthly_sensor, "utc_now", lambda: NOW)
    (tmp_path / "run.yaml").write_text(CONFIG)
    return opened


def evaluated(instance: DagsterInstance, cursor: str | None = None) -> SensorExecutionData:
    """One look of the sensor."""
    repository = build_defs().get_repository_def()
    storage = {"storage": StorageResource()}
    with build_sensor_context(
        instance=instance, repository_def=repository, resources=storage, cursor=cursor
    ) as context:
        return repository.get_sensor_def("monthly_collection_sensor").evaluate_tick(context)


def tick(instance: DagsterInstance) -> RunRequest | str:
    """What one look of the sensor comes to: the one run that it asks for, or its sentence."""
    data = evaluated(instance)
    if data.run_requests:
        (request,) = data.run_requests
        return request
    assert data.skip_message is not None
    return data.skip_message


def launched(instance: DagsterInstance, request: RunRequest, status: DagsterRunStatus) -> DagsterRun:
    """A run as the daemon makes it of a request."""
    tags: Mapping[str, str] = {**request.tags, "dagster/run_key": request.run_key or ""}
    run: DagsterRun = create_run_for_test(instance, job_name=request.job_name or "", tags=tags, status=status)
    return run


def settle(records: RunRecords, number: int, ended: datetime) -> None:
    """Settle a run as failed, at this time."""
    with records._database.begin() as connection:
        values = {"status": "failed", "completed_at": ended}
        connection.execute(update(collection_runs).where(collection_runs.c.id == number).values(values))


def requested(instance: DagsterInstance) -> RunRequest:
    request = tick(instance)
    assert isinstance(request, RunRequest)
    return request


def job_id(request: RunRequest) -> str:
    found: str = request.run_config["ops"]["best_sellers"]["config"]["job_id"]
    return found
