"""Counts what the calls of a worker cost, as a whole and for the part that one task makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class CallMeter:
    """Counts one worker's calls. The transport and the parsers add; a caller measures the part of its own task."""

    calls: int = 0
    replayed: int = 0
    credits: int = 0
    skipped_rows: int = 0

    def add(self, *, calls: int = 0, replayed: int = 0, credits: int = 0, skipped_rows: int = 0) -> None:
        """Count, here and in the part that the present task measures."""
        part = _MEASURED.get()
        for meter in (self,) if part is None else (self, part):
            meter.calls += calls
            meter.replayed += replayed
            meter.credits += credits
            meter.skipped_rows += skipped_rows

    @contextmanager
    def measured(self) -> Iterator["CallMeter"]:
        """Measure what is added in this task, and in tasks that it starts, while the block runs."""
        part = CallMeter()
        token = _MEASURED.set(part)
        try:
            yield part
        finally:
            _MEASURED.reset(token)


_MEASURED: ContextVar[CallMeter | None] = ContextVar("measured", default=None)
