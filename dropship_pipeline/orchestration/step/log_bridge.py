"""Carries the workers' log lines into Dagster's event log, once each."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from dagster import DagsterLogManager

from dropship_pipeline.collection.log import logger as worker_logger


class _ToDagster(logging.Handler):
    def __init__(self, log: DagsterLogManager) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


@contextmanager
def worker_log_to(log: DagsterLogManager) -> Iterator[None]:
    """While the block runs, send the worker logger's lines to `log` and nowhere else, so that no line appears twice."""
    handler, propagate, level = _ToDagster(log), worker_logger.propagate, worker_logger.level
    worker_logger.addHandler(handler)
    worker_logger.propagate = False
    worker_logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        worker_logger.removeHandler(handler)
        worker_logger.propagate = propagate
        worker_logger.setLevel(level)
