"""Records spans with OpenTelemetry and sends them over HTTP. Needs the extra `telemetry`.

The processes of a run do not talk to each other, but all know its Dagster id: it is the trace id, and the id of the
run's own span is computed from it. So each process puts its spans inside the run's, before that one exists.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import requests
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from dropship_pipeline.errors import CollectionError, SettingsError
from dropship_pipeline.surroundings import is_loopback
from dropship_pipeline.telemetry.spans import Span, Value

SEND_TIMEOUT_S = 2.0
# How long a step waits at its end for its last spans to leave.
FLUSH_S = 2.0
# After a failure, spans are thrown away for so long instead of being tried one batch after the other.
PAUSE_S = 30.0
ATTRIBUTE_PREFIX = "dropship."

logger = logging.getLogger(__name__)
# The ids of the run's own span while that is begun; every other span gets random ones.
_own_ids: ContextVar[trace.SpanContext | None] = ContextVar("own_ids", default=None)


def run_context(dagster_run_id: str) -> trace.SpanContext:
    """The trace of a run and its own span, the same in every process."""
    digest = hashlib.sha256(dagster_run_id.encode()).digest()
    try:
        trace_id = UUID(dagster_run_id).int
    except ValueError:
        trace_id = int.from_bytes(digest[8:24], "big")
    return trace.SpanContext(
        trace_id,
        int.from_bytes(digest[:8], "big"),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )


class OtlpTracer:
    """Records spans and sends them in the background; implements `telemetry.spans.Tracer`.

    Args:
        url: where they are posted to.
        details: whether titles and search terms are sent too.

    Raises:
        SettingsError: `url` is no address; it is not repeated, it may hold a password.
    """

    def __init__(self, url: str, *, details: bool) -> None:
        # Its own messages come with every batch that fails, and name the whole address.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._details = details
        self._run: otel_context.Context | None = None
        self._processor = BatchSpanProcessor(_Sender(url))
        resource = Resource({"service.name": "dropship-pipeline"}).merge(OTELResourceDetector().detect())
        # Not at the exit of the process, where it would wait for a receiver that is down.
        provider = TracerProvider(ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=_Ids())
        provider.add_span_processor(self._processor)
        self._tracer = provider.get_tracer("dropship_pipeline")

    def begin(self, name: str, attributes: Mapping[str, Value], details: Mapping[str, Value] | None) -> Span:
        """Begin a span inside the present one, or else inside the run's."""
        inside = None if trace.get_current_span().get_span_context().is_valid else self._run
        told = {**attributes, **details} if details and self._details else attributes
        return _RecordedSpan(self._tracer.start_span(name, inside, attributes=_named(told)))

    def enter_run(self, dagster_run_id: str | None) -> None:
        """Whose spans these are from now on, in this process."""
        self._run = None if dagster_run_id is None else _inside(run_context(dagster_run_id))

    def run_ended(
        self, dagster_run_id: str, started_at: datetime, ended_at: datetime, attributes: Mapping[str, Value]
    ) -> None:
        """Record the run's own span, whose ids every process has known all along."""
        token = _own_ids.set(run_context(dagster_run_id))
        try:
            span = self._tracer.start_span(
                "run", otel_context.Context(), attributes=_named(attributes), start_time=_nanoseconds(started_at)
            )
        finally:
            _own_ids.reset(token)
        if attributes.get("state") == "failed":
            span.set_status(trace.StatusCode.ERROR)
        span.end(_nanoseconds(ended_at))

    def flush(self) -> None:
        """Send what is recorded, for a moment at most."""
        _for_a_moment(self._processor.force_flush)

    def close(self) -> None:
        """Flush, and let go of the connection."""
        _for_a_moment(self._processor.shutdown)


class _RecordedSpan(Span):
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def __enter__(self) -> Self:
        self._block = self.inside()
        self._block.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:  # noqa: ANN401  (what Python gives to `__exit__`)
        self._block.__exit__(*raised)
        if self._span.is_recording():
            self._span.end()

    @contextmanager
    def inside(self) -> Iterator[None]:
        token = otel_context.attach(trace.set_span_in_context(self._span))
        try:
            yield
        except BaseException as error:
            self._span.set_attribute(f"{ATTRIBUTE_PREFIX}error", _kind(error))
            self._span.set_status(trace.StatusCode.ERROR)
            self._span.end()
            raise
        finally:
            otel_context.detach(token)

    def note(self, **attributes: Value | None) -> None:
        told = {name: value for name, value in attributes.items() if value is not None}
        self._span.set_attributes(_named(told))


class _Ids(RandomIdGenerator):
    """Random ids, but for the span of a run."""

    def generate_span_id(self) -> int:
        own = _own_ids.get()
        return own.span_id if own else super().generate_span_id()

    def generate_trace_id(self) -> int:
        own = _own_ids.get()
        return own.trace_id if own else super().generate_trace_id()


class _Sender(SpanExporter):
    """Sends spans. If no receiver takes them, it says so once and pauses, so that a run is not slower for it."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            self._where = f"{parts.hostname}:{parts.port or ''}".rstrip(":")
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(
                "OTEL_EXPORTER_OTLP_ENDPOINT is no http(s) address: write http://host:4318, OTLP is sent over HTTP"
            )
        session = requests.Session()
        session.trust_env = not is_loopback(url)
        self._exporter = OTLPSpanExporter(url, timeout=SEND_TIMEOUT_S, session=session)
        self._failed_at: float | None = None

    def shutdown(self) -> None:
        self._exporter.shutdown()  # type: ignore[no-untyped-call]

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._failed_at is not None and time.monotonic() - self._failed_at < PAUSE_S:
            return SpanExportResult.FAILURE
        result = self._exporter.export(spans)
        if result is not SpanExportResult.SUCCESS:
            if self._failed_at is None:
                logger.warning("Traces do not reach %s; the run goes on without them", self._where)
            self._failed_at = time.monotonic()
        return result


def _for_a_moment(work: Callable[[], object]) -> None:
    """OpenTelemetry's own waits know no time-out, or one of half a minute."""
    working = threading.Thread(target=work, daemon=True, name="span-flush")
    working.start()
    working.join(FLUSH_S)


def _inside(parent: trace.SpanContext) -> otel_context.Context:
    return trace.set_span_in_context(trace.NonRecordingSpan(parent), otel_context.Context())


def _named(attributes: Mapping[str, Value]) -> dict[str, Value]:
    return {f"{ATTRIBUTE_PREFIX}{name}": value for name, value in attributes.items()}


def _kind(error: BaseException) -> str:
    """An error's kind, never its message: that may name goods."""
    return error.kind if isinstance(error, CollectionError) else type(error).__name__


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e9)
