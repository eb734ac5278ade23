"""The Dagster instances that this project ships: Dagster accepts both, and both do the same."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from dagster import DagsterInstance
from dagster._core.instance.config import dagster_instance_config
from dagster._core.test_utils import environ

from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.localstack.dagster import write_instance
from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline_tests.conftest import LocalServers

DEPLOYED = Path(__file__).parents[2] / "deploy" / "dagster.yaml"


def content(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def local(stack: LocalServers, tmp_path: Path) -> Path:
    """The folder of an instance as `dropship up` writes it."""
    home = StackHome(tmp_path / "home")
    home.path.mkdir()
    home.state.ports["postgres"] = stack.home.state.ports["postgres"]
    home.state.secrets["postgres_password"] = stack.home.secret("postgres_password")
    home.save()
    write_instance(home)
    return home.dagster_home


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """The folder of an instance as a deployment has it."""
    folder = tmp_path / "deployed"
    folder.mkdir()
    (folder / "dagster.yaml").write_bytes(DEPLOYED.read_bytes())
    return folder


@contextmanager
def environment(database_url: str) -> Iterator[None]:
    url = urlsplit(database_url)
    values = {"HOST": url.hostname, "PORT": url.port, "USER": url.username, "PASSWORD": url.password,
              "DB": url.path[1:]}  # fmt: skip
    with environ({f"DAGSTER_PG_{name}": str(value) for name, value in values.items()}):
        yield


def what_matters(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != "storage"}


def test_a_deployment_does_not_drift_from_what_the_local_stack_was_tested_with(local: Path, deployed: Path) -> None:
    here, there = content(local / "dagster.yaml"), content(deployed / "dagster.yaml")
    assert what_matters(here) == what_matters(there)


def test_a_deployed_instance_has_no_password_in_it() -> None:
    storage = content(DEPLOYED)["storage"]["postgres"]["postgres_db"]
    written_down = {name for name, value in storage.items() if not isinstance(value, dict)}
    assert written_down == {"scheme"}


def test_dagster_takes_the_local_configuration_without_complaint(local: Path) -> None:
    found, _ = dagster_instance_config(str(local))
    assert found["storage"]["custom"]["config"].keys() == {"home"}


def test_a_deployed_instance_works_and_retries_lost_runs_only_and_lets_one_run_an_org_work(
    deployed: Path, stack: LocalServers
) -> None:
    with environment(stack.create_database("deployed_dagster")), DagsterInstance.from_config(str(deployed)) as instance:
        assert instance.get_runs() == []
        assert instance.run_monitoring_enabled
        assert (instance.run_retries_enabled, instance.run_retries_max_retries) == (True, 2)
        assert instance.run_retries_retry_on_asset_or_op_failure is False
        queue = instance.get_concurrency_config().run_queue_config
        assert queue is not None
        assert queue.tag_concurrency_limits == [
            {"key": ORG_TAG, "value": {"applyLimitPerUniqueValue": True}, "limit": 1}
        ]
        assert instance.run_monitoring_settings["free_slots_after_run_end_seconds"] > 0
    stack.drop_database("deployed_dagster")
