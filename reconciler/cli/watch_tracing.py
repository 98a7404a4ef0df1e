"""OpenTelemetry traces of a watch's rounds, where the standard's own variables say where they go."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from reconciler.errors import UsageError, installing
from reconciler.watching.rounds import Trace, untraced

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_OFF = "OTEL_SDK_DISABLED"


@contextmanager
def traced(variables: Mapping[str, str], workspace: str) -> Iterator[Trace]:
    """What opens a span; what is left to export is sent when the block is left.

    Raises UsageError where traces are asked for and OpenTelemetry is not installed.
    """
    if variables.get(_OFF, "").lower() == "true" or not any(variables.get(name) for name in _ENDPOINTS):
        yield untraced
        return
    provider = _provider({"service.name": "reconciler-watch", "reconciler.workspace": workspace})
    tracer = provider.get_tracer("reconciler.watch")
    span: Callable[..., Any] = tracer.start_as_current_span
    try:
        yield lambda name: span(f"watch.{name}")
    finally:
        provider.shutdown()


def _provider(attributes: Mapping[str, str]) -> Any:
    try:
        sdk = import_module("opentelemetry.sdk.trace")
        export = import_module("opentelemetry.sdk.trace.export")
        resources = import_module("opentelemetry.sdk.resources")
        otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"traces need {error.name}, which is not installed",
            f"install it with {installing('traces')}, or unset {' and '.join(_ENDPOINTS)}",
        ) from error
    provider = sdk.TracerProvider(resource=resources.Resource.create(dict(attributes)))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    return provider
