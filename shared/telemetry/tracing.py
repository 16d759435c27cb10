"""W3C trace context: one trace from the resident's request to the phone, through Kafka's headers."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = ["configure_tracing", "continue_trace", "current_traceparent"]

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("hejnal")


def configure_tracing(service: str, version: str, otlp_endpoint: str | None) -> None:
    """Gives every request and record a trace id; spans are recorded and exported where an OTLP endpoint is given."""
    provider = TracerProvider(
        sampler=ALWAYS_ON if otlp_endpoint else ALWAYS_OFF,
        resource=Resource.create({"service.name": f"hejnal-{service}", "service.version": version}),
    )
    if otlp_endpoint:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 — slow to import
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        provider.add_span_processor(
            BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces"))
        )
    trace.set_tracer_provider(provider)


@contextmanager
def continue_trace(traceparent: str | None, name: str) -> Iterator[None]:
    """A span `name` that goes on with the trace a record or request brought; a new trace without one."""
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    with _TRACER.start_as_current_span(name, context=parent):
        yield


def current_traceparent() -> str | None:
    """The present span as a `traceparent` header, or None outside any."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")
