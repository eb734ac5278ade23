"""Sends traces and writes the metrics file around the steps of a process."""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import InitResourceContext

from dropship_pipeline.errors import RunFatal, SettingsError
from dropship_pipeline.models import FINAL_STATES
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.telemetry import spans, tracing


@contextmanager
def watched(context: InitResourceContext, storage: Storage) -> Iterator[None]:
    """Record spans of the block as part of its run, and write the metrics file if the run ends in it.

    No failure here fails a run; it is logged.
    """
    dagster_run_id = context.run.run_id if context.run else None
    _start_traces(context, storage)
    try:
        with spans.traces_of(dagster_run_id):
            yield
    finally:
        if dagster_run_id is not None:
            _write_metrics(context, storage, dagster_run_id)


def _start_traces(context: InitResourceContext, storage: Storage) -> None:
    try:
        settings = storage.settings
    except SettingsError:
        return  # the step says so, and fails for it
    if settings.traces_url is None:
        return
    try:
        tracing.start(settings.traces_url, details=settings.otel_log_level.lower() == "debug")
    except SettingsError as error:
        _warn(context, str(error))


def _write_metrics(context: InitResourceContext, storage: Storage, dagster_run_id: str) -> None:
    try:
        path = storage.settings.metrics_file
        if path is None:
            return
        run = storage.records.find(dagster_run_id)
        if run is None or run.status not in FINAL_STATES:
            return
        from dropship_pipeline.storage.upkeep.metrics import write_file  # noqa: PLC0415  (most runs do not need it)

        write_file(storage.database, storage.org, path)
    except RunFatal as error:
        _warn(context, f"The metrics file is not written: {error}")


def _warn(context: InitResourceContext, message: str) -> None:
    if context.log is not None:
        context.log.warning(message)
