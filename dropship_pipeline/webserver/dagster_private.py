"""Dagster's webserver as an ASGI application; every private name of Dagster's that the guard needs is imported here.

`dagster-webserver` offers no public way to put something in front of its application. These names are those of
Dagster 1.13, to which the project is pinned; what its command line does beside this is telemetry and log colours.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget, WorkspaceFileTarget, WorkspaceLoadTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__
from starlette.types import ASGIApp

STATEMENT_TIMEOUT_MS = 15_000
POOL_RECYCLE_S = 3_600
POOL_MAX_OVERFLOW = 20
LIVE_DATA_POLL_MS = 2_000


def module(name: str) -> WorkspaceLoadTarget:
    """A code location in a module of this environment."""
    return ModuleTarget(module_name=name, attribute=None, working_directory=str(Path.cwd()), location_name=None)


def workspace(paths: Sequence[str]) -> WorkspaceLoadTarget:
    """The code locations that workspace files name."""
    return WorkspaceFileTarget(paths=list(paths))


@contextmanager
def dagster_ui(target: WorkspaceLoadTarget) -> Iterator[tuple[ASGIApp, DagsterInstance]]:
    """The application and its instance, for as long as the block lasts: its code servers end with it.

    Raises:
        DagsterHomeNotSetError: DAGSTER_HOME does not name an instance.
    """
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_TIMEOUT_MS, POOL_RECYCLE_S, POOL_MAX_OVERFLOW)
        with WorkspaceProcessContext(instance, workspace_load_target=target, version=__version__) as context:
            yield create_app_from_workspace_process_context(context, live_data_poll_rate=LIVE_DATA_POLL_MS), instance
