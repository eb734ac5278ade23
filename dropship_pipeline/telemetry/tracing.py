"""Turns the recording of spans on and off in this process."""

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.telemetry import spans

# What a module of the optional extra is called, wherever an import of it fails.
_EXTRA = "opentelemetry"


def start(url: str, *, details: bool) -> None:
    """Record spans from now on and send them to `url`; to start again changes nothing.

    Args:
        url: of a receiver of OTLP over HTTP, path included.
        details: whether to send titles and search terms too.

    Raises:
        SettingsError: the optional extra is not installed, or `url` is none.
    """
    if spans.current_tracer() is not None:
        return
    try:
        from dropship_pipeline.telemetry.otlp import OtlpTracer  # noqa: PLC0415  (an extra; slow to import)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(_EXTRA):
            raise
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT asks for traces, but what sends them is not installed: "
            "pip install 'dropship-pipeline[telemetry]', or unset it"
        ) from None
    spans.record_with(OtlpTracer(url, details=details))


def stop() -> None:
    """Record nothing any more."""
    tracer = spans.current_tracer()
    if tracer is not None:
        tracer.close()
    spans.record_with(None)
