"""Logs, traces and the metrics that every service has."""

from shared.telemetry.logging import configure_logging
from shared.telemetry.tracing import configure_tracing, continue_trace, current_traceparent

__all__ = ["configure", "configure_logging", "configure_tracing", "continue_trace", "current_traceparent"]


def configure(service: str, *, version: str, log_level: str, otlp_endpoint: str | None) -> None:
    """Sets logs, traces and build information up for the process; called once, first of all."""
    from shared.telemetry import metrics  # noqa: PLC0415 — commands that only print need no registry

    configure_logging(service, log_level)
    configure_tracing(service, version, otlp_endpoint)
    metrics.BUILD_INFO.info({"service": service, "version": version})
