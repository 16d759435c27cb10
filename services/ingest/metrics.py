"""Every metric of ingest. Requests, produced records, stages and their lag are in shared/telemetry/metrics.py."""

from typing import Final

from prometheus_client import Counter, Histogram

from shared.telemetry.metrics import SECONDS

__all__ = ["ACKNOWLEDGE_SECONDS", "BATCH_READINGS", "READINGS", "REPORTS", "STATUS_UPDATES"]

REPORTS: Final = Counter(
    "hejnal_ingest_reports_total",
    "Reports by what became of the request: accepted, repeated (same Idempotency-Key), or refused with the reason.",
    ["outcome", "reason"],
)
READINGS: Final = Counter(
    "hejnal_ingest_readings_total", "Readings accepted, or refused with the reason.", ["outcome", "reason"]
)
BATCH_READINGS: Final = Histogram(
    "hejnal_ingest_batch_readings", "Readings in one request.", buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000)
)
ACKNOWLEDGE_SECONDS: Final = Histogram(
    "hejnal_ingest_acknowledge_seconds",
    "Seconds from a valid request to the broker's and the database's acknowledgement.",
    ["kind"],
    buckets=SECONDS,
)
STATUS_UPDATES: Final = Counter(
    "hejnal_ingest_status_updates_total", "What residents' report status took from the log.", ["kind"]
)
