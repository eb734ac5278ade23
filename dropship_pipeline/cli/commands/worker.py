"""`dropship worker`: executes the steps of one queue, on this machine."""

import importlib
import os
from pathlib import Path
from typing import Annotated

import typer

from dropship_pipeline.cli.terminal import plain_errors, say
from dropship_pipeline.errors import SettingsError
from dropship_pipeline.models import Platform
from dropship_pipeline.orchestration.executors import NO_CELERY, PRELOADED
from dropship_pipeline.settings import Settings, load_settings


def worker(queue: Annotated[Platform, typer.Argument(help="Which steps: of Amazon, or of eBay.")]) -> None:
    """Execute the steps of a queue, one at a time, until Ctrl-C; needs DROPSHIP_EXECUTOR=celery and a Redis."""
    with plain_errors():
        _check(load_settings())
        try:
            # An extra, and slow; the children that the worker forks for its steps have all of it imported.
            for module in PRELOADED:
                importlib.import_module(module)
            from dropship_pipeline.orchestration.celery.app import app  # noqa: PLC0415
        except ModuleNotFoundError:
            raise SettingsError(NO_CELERY) from None
        say(f"Worker of the queue {queue}; Ctrl-C lets the step in work end, a second one hands it back")
        # The process id keeps a worker that was killed and its successor apart.
        app.worker_main(
            ["worker", "--queues", queue, "--hostname", f"{queue}-{os.getpid()}@%h", "--concurrency", "1", "--pool",
             "prefork", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        )  # fmt: skip


def _check(settings: Settings) -> None:
    if settings.executor != "celery":
        raise SettingsError("A worker has nothing to do unless DROPSHIP_EXECUTOR=celery is set, here and for the runs")
    settings.require_broker_url()
    settings.require_storage()
    home = os.environ.get("DAGSTER_HOME", "")
    if not (home and (Path(home) / "dagster.yaml").is_file()):
        raise SettingsError(
            "DAGSTER_HOME must name a folder with the dagster.yaml of the instance that starts the runs"
        )
