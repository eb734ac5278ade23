"""Spans: how a run spends its time. While tracing is off, a span costs one function call.

Nothing of OpenTelemetry is imported here; `telemetry.tracing` imports it once there is a receiver for spans. Attributes
are ids, counts and kinds of errors, never a key. Titles of goods and search terms belong into `details`, which are sent
only at debug level.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Protocol, Self

Value = str | int | float | bool


class Span:
    """A span that is not recorded; a context manager that ends it. What begins inside is part of it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def inside(self) -> AbstractContextManager[object]:
        """A block that is part of the span and does not end it, unless an error leaves the block."""
        return self

    def note(self, **attributes: Value | None) -> None:
        """Add attributes that are known by now; None adds nothing."""


class Tracer(Protocol):
    """Records spans and sends them. Never raises and never waits for the receiver."""

    def begin(self, name: str, attributes: Mapping[str, Value], details: Mapping[str, Value] | None) -> Span:
        """Begin a span inside the present one, or else inside the run's."""
        ...

    def enter_run(self, dagster_run_id: str | None) -> None:
        """Whose spans these are from now on, in this process."""
        ...

    def run_ended(
        self, dagster_run_id: str, started_at: datetime, ended_at: datetime, attributes: Mapping[str, Value]
    ) -> None:
        """Record the run's own span, which those of all its processes are inside of."""
        ...

    def flush(self) -> None:
        """Send what is recorded, for a moment at most."""
        ...

    def close(self) -> None:
        """Flush, and let go of the connection."""
        ...


class _Tracing:
    """What this process records with."""

    tracer: Tracer | None = None


_NOT_RECORDED = Span()


def begin(name: str, *, details: Mapping[str, Value] | None = None, **attributes: Value) -> Span:
    """Begin a span; use it as a context manager, or its `inside` several times and end it so.

    Args:
        name: of what is done, the same for every one of its kind.
        details: titles and search terms: sent at debug level only.
        attributes: ids and counts.
    """
    if _Tracing.tracer is None:
        return _NOT_RECORDED
    return _Tracing.tracer.begin(name, attributes, details)


def run_ended(dagster_run_id: str | None, started_at: datetime, ended_at: datetime, **attributes: Value) -> None:
    """Record a run's own span; called once, when the run is settled."""
    if _Tracing.tracer is not None and dagster_run_id is not None:
        _Tracing.tracer.run_ended(dagster_run_id, started_at, ended_at, attributes)


@contextmanager
def traces_of(dagster_run_id: str | None) -> Iterator[None]:
    """Whatever this process records in the block belongs to this run; at its end it is sent."""
    tracer = _Tracing.tracer
    if tracer is None:
        yield
        return
    tracer.enter_run(dagster_run_id)
    try:
        yield
    finally:
        tracer.enter_run(None)
        tracer.flush()


def current_tracer() -> Tracer | None:
    """What this process records with, None while nothing is recorded."""
    return _Tracing.tracer


def record_with(tracer: Tracer | None) -> None:
    """Record with this from now on; None for nothing."""
    _Tracing.tracer = tracer
