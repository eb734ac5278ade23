"""What the project uses of other libraries beside their public names: in few places, and still there as it is used."""

import ast
import importlib
import importlib.util
import inspect
from pathlib import Path
from typing import Any

from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceLoadTarget
from dagster_graphql import DagsterGraphQLClient
from dagster_webserver.app import create_app_from_workspace_process_context
from nicegui import core

import dropship_pipeline
from dropship_pipeline.collection.judging_processes import IMPORTED
from dropship_pipeline.localstack.dagster import DAEMON_MODULE
from dropship_pipeline.orchestration.celery import dagster_private as celery
from dropship_pipeline.orchestration.executors import PRELOADED
from dropship_pipeline.orchestration.step import dagster_private as step
from dropship_pipeline.webserver import dagster_private as webserver

PACKAGE = Path(dropship_pipeline.__file__).parent
# `graphql_private` uses a method, which no import shows.
PLACES = {
    "admin/pages/ui/nicegui_private.py",
    "orchestration/celery/dagster_private.py",
    "orchestration/preload.py",
    "orchestration/step/dagster_private.py",
    "webserver/dagster_private.py",
}


def imported(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def is_private(name: str) -> bool:
    """Whether a part of a name is private; that of Dagster's shared package is private as a whole."""
    parts = name.split(".")
    return (
        parts[0] == "dagster_shared"
        or name == "nicegui.core"
        or any(part.startswith("_") and not part.startswith("__") for part in parts)
    )


def test_private_names_are_imported_in_the_modules_that_say_so_and_nowhere_else() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if any(is_private(name) for name in imported(path))
    }
    assert found == PLACES


def test_every_module_that_a_fork_server_is_to_preload_can_be_imported() -> None:
    for name in (*PRELOADED, *IMPORTED):  # the fork server itself would pass over one that cannot
        importlib.import_module(name)


def test_dagsters_daemon_can_be_started_as_a_module() -> None:
    assert importlib.util.find_spec(f"{DAEMON_MODULE}.__main__") is not None


def parameters(function: Any) -> list[str]:
    return list(inspect.signature(function).parameters)


def test_dagsters_graphql_client_still_asks_a_query_by_its_private_method() -> None:
    assert parameters(DagsterGraphQLClient._execute) == ["self", "query", "variables"]


def test_nicegui_still_builds_its_one_application_with_the_middleware_that_is_added_to_it() -> None:
    assert hasattr(core.app, "middleware_stack")
    assert isinstance(core.app.user_middleware, list)


def test_dagsters_webserver_is_still_made_of_an_instance_and_a_workspace() -> None:
    assert parameters(WorkspaceProcessContext)[:2] == ["instance", "workspace_load_target"]
    assert "version" in parameters(WorkspaceProcessContext)
    assert "live_data_poll_rate" in parameters(create_app_from_workspace_process_context)
    assert isinstance(webserver.module("a.module"), WorkspaceLoadTarget)
    assert isinstance(webserver.workspace(["workspace.yaml"]), WorkspaceLoadTarget)


def test_a_step_that_celery_delivers_is_still_packed_as_its_worker_unpacks_it() -> None:
    assert {"run_id", "step_keys_to_execute", "instance_ref"} <= set(celery.ExecuteStepArgs.__annotations__)
    assert celery.unpack_value(celery.pack_value({"a": [1]})) == {"a": [1]}


def test_an_executor_is_still_made_and_called_as_ours_are() -> None:
    assert "ENABLED" in step.RetryMode.__members__
    assert {"run_id", "instance", "dagster_run"} <= set(dir(step.PlanOrchestrationContext))
    assert {"max_concurrent", "retries", "start_method", "explicit_forkserver_preload"} <= set(
        parameters(step.MultiprocessExecutor)
    )
    assert parameters(step.MultiprocessExecutor.execute)[1:] == ["plan_context", "execution_plan"]
