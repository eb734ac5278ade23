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


def documents() -> list[dict[str, Any]]:
    found = yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8"))
    return [document for document in found if document]


def pods() -> dict[str, dict[str, Any]]:
    """The specification of every pod that a manifest or a value of the chart describes, in the manifests' words."""
    found = {
        doc["metadata"]["name"]: doc["spec"]["template"]["spec"] for doc in documents() if "template" in doc["spec"]
    }
    values = content("helm-values.yaml")
    run = values["runLauncher"]["config"]["k8sRunLauncher"]["runK8sConfig"]
    found["runs"] = {**run["podSpecConfig"], "containers": [run["containerConfig"]]}
    for name, part in (
        ("daemon", values["dagsterDaemon"]), ("code", values["dagster-user-deployments"]["deployments"][0])
    ):  # fmt: skip
        found[name] = {"securityContext": part["podSecurityContext"], "volumes": part["volumes"], "containers": [part]}
    return found


@pytest.mark.parametrize("name", pods())
def test_a_pod_has_no_more_rights_than_it_needs(name: str) -> None:
    pod = pods()[name]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["securityContext"]["runAsNonRoot"] is True
    for container in pod["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}
        }  # fmt: skip
        assert container["resources"]["limits"].keys() == container["resources"]["requests"].keys() == {"cpu", "memory"}
        mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounted["tmp"] == "/tmp"
        assert set(mounted) <= {volume["name"] for volume in pod["volumes"]}


def test_every_service_of_the_manifests_is_behind_a_network_policy() -> None:
    guarded = [doc["spec"]["podSelector"]["matchLabels"] for doc in documents() if doc["kind"] == "NetworkPolicy"]
    services = [doc["spec"]["selector"] for doc in documents() if doc["kind"] == "Service"]
    assert services
    assert all(selector in guarded for selector in services)
    for doc in documents():
        if doc["kind"] == "NetworkPolicy":
            assert all(rule["from"] and rule["ports"] for rule in doc["spec"]["ingress"])


def test_every_part_of_compose_runs_without_capabilities_on_a_disk_that_cannot_be_written() -> None:
    services = content("compose.yaml")["services"]
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True, name
        assert service["mem_limit"], name
        assert any(place.split(":")[0] == "/tmp" for place in service["tmpfs"]), name


def test_no_secret_stands_on_a_command_line_and_none_is_used_for_two_things() -> None:
    services = content("compose.yaml")["services"]
    for name, service in services.items():
        words = [*service.get("command", ()), *service.get("healthcheck", {}).get("test", ())]
        assert not [word for word in words if "${" in str(word)], name
    secret = re.compile(r"\$\{(AWS_SECRET_ACCESS_KEY|DROPSHIP_SESSION_SECRET)")
    for service in services.values():
        uses = [found for value in service.get("environment", {}).values() for found in secret.findall(str(value))]
        assert len(uses) == len(set(uses))
    for doc in documents():
        for container in doc["spec"].get("template", {}).get("spec", {}).get("containers", ()):
            assert not re.search(r"PASSWORD|SECRET|KEY", " ".join(container["command"]))
