"""The deployment files, each against the schema of whoever reads it; and that they say the same as each other."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import process_config
from dagster_k8s import K8sRunLauncher

from dropship_pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
# `dropship` is the project's; what a container passes on to Postgres, Redis, S3 and the compose file itself is not.
OF_OTHERS = re.compile(r"POSTGRES_|REDIS|WEED_|DAGSTER_PG_|DROPSHIP_CODE_HOST")


def content(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    return found


def snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def in_snake(values: Any) -> Any:
    """The chart writes `pollIntervalSeconds` where the instance has `poll_interval_seconds`."""
    if isinstance(values, dict):
        return {name if name == "applyLimitPerUniqueValue" else snake(name): in_snake(v) for name, v in values.items()}
    return [in_snake(value) for value in values] if isinstance(values, list) else values


@pytest.mark.parametrize(
    "command",
    [
        ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", "deploy/compose.yaml"],
        ["check_jsonschema", "--builtin-schema", "vendor.github-workflows", ".github/workflows/ci.yml"],
        ["check_jsonschema", "--builtin-schema", "vendor.github-workflows", "examples/ci/collect-monthly.yml"],
        ["kubernetes_validate", "--strict", "deploy/kubernetes.yaml"],
        ["dagster", "definitions", "validate", "--workspace", "workspace.yaml"],
    ],
    ids=["compose", "workflow", "example workflow", "kubernetes", "workspace"],
)
def test_a_deployment_file_is_what_its_reader_takes(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_chart_starts_no_webserver_without_a_guard() -> None:
    assert content("helm-values.yaml")["dagsterWebserver"]["replicaCount"] == 0


def test_the_run_launcher_takes_what_the_chart_hands_on() -> None:
    values = content("helm-values.yaml")["runLauncher"]["config"]["k8sRunLauncher"]
    secrets = [secret["name"] for secret in values["envSecrets"]]
    kubernetes = {snake(name): value for name, value in values["runK8sConfig"].items()}
    launcher = {
        "service_account_name": "dagster", "instance_config_map": "dagster-instance", "dagster_home": "/instance",
        "image_pull_policy": values["imagePullPolicy"], "load_incluster_config": values["loadInclusterConfig"],
        "env_secrets": secrets, "run_k8s_config": kubernetes,
    }  # fmt: skip
    result = process_config(K8sRunLauncher.config_type(), launcher)  # type: ignore[no-untyped-call]
    assert result.success, result.errors


def test_an_instance_under_kubernetes_does_not_drift_from_that_of_other_deployments() -> None:
    values, instance = content("helm-values.yaml"), content("dagster.yaml")
    daemon = values["dagsterDaemon"]
    queue = in_snake(daemon["runCoordinator"]["config"]["queuedRunCoordinator"])
    assert queue == instance["run_queue"] | instance["concurrency"]["runs"]
    assert in_snake(daemon["runMonitoring"]) == instance["run_monitoring"] | {"max_resume_run_attempts": 0}
    assert in_snake(daemon["runRetries"]) == instance["run_retries"]
    assert in_snake(values["pythonLogs"]) == instance["python_logs"]
    assert values["telemetry"] == instance["telemetry"]
    assert {kind: in_snake(values["retention"][kind]) for kind in ("schedule", "sensor")} == instance["retention"]
    assert values["postgresql"]["postgresqlScheme"] == instance["storage"]["postgres"]["postgres_db"]["scheme"]


def test_no_part_is_given_a_setting_that_nothing_reads() -> None:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    settings = set(content("compose.yaml")["x-dropship"]["environment"])
    example = set(re.findall(r"^(?:# )?([A-Z_]+)=", (DEPLOY / ".env.example").read_text(encoding="utf-8"), re.M))
    assert {name for name in settings | example if not OF_OTHERS.match(name)} - known == set()


def test_every_variable_that_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    example = set(re.findall(r"^(?:# )?([A-Z_]+)=", (DEPLOY / ".env.example").read_text(encoding="utf-8"), re.M))
    assert asked == example


def test_nothing_is_published_beyond_this_machine() -> None:
    published = [port for service in content("compose.yaml")["services"].values() for port in service.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_image_and_demo_hold_the_same_versions_as_the_tests_ran_with() -> None:
    pinned = {
        name: set(re.findall(r"^([a-z0-9.-]+(?:\[[a-z,]+\])?==\S+)", (ROOT / name).read_text(encoding="utf-8"), re.M))
        for name in ("requirements.lock", "deploy/requirements.lock", "requirements.run.lock")
    }
    assert len(pinned["deploy/requirements.lock"]) > 50
    assert pinned["deploy/requirements.lock"] <= pinned["requirements.lock"]
    # uv alone is there to install the others.
    assert {pin for pin in pinned["requirements.run.lock"] - pinned["requirements.lock"] if pin[:4] != "uv=="} == set()
