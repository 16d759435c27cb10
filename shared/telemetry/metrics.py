"""The metrics that every service has; each service's own are in its metrics.py.

A stage is a consumer group's work on one topic; its name is the group's.
"""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram, Info

__all__ = [
    "BATCH_RECORDS",
    "BATCH_SECONDS",
    "BUILD_INFO",
    "DEAD_LETTERS",
    "HTTP_REQUESTS",
    "HTTP_SECONDS",
    "LAG",
    "OLDEST_RECORD_AGE",
    "PRODUCED",
    "PRODUCE_SECONDS",
    "RECORDS",
    "SECONDS",
]

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

BUILD_INFO: Final = Info("hejnal_build", "Which service and version this process runs.")
HTTP_REQUESTS: Final = Counter("hejnal_http_requests_total", "Requests answered.", ["method", "route", "status"])
HTTP_SECONDS: Final = Histogram(
    "hejnal_http_request_seconds", "Seconds from a request's start to its answer's start.", ["route"], buckets=SECONDS
)
RECORDS: Final = Counter("hejnal_records_total", "Records handled by a stage.", ["stage", "outcome", "reason"])
BATCH_RECORDS: Final = Histogram(
    "hejnal_batch_records",
    "Records a stage took at once.",
    ["stage"],
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000),
)
BATCH_SECONDS: Final = Histogram(
    "hejnal_batch_seconds", "Seconds a stage needed for a batch, commit included.", ["stage"], buckets=SECONDS
)
LAG: Final = Gauge("hejnal_lag_records", "Records behind the last stable offset.", ["stage", "topic", "partition"])
OLDEST_RECORD_AGE: Final = Gauge(
    "hejnal_oldest_record_age_seconds",
    "Age of the oldest record that the stage has not handled; 0 when it keeps up.",
    ["stage", "topic"],
)
PRODUCED: Final = Counter("hejnal_produced_total", "Records sent to Kafka.", ["topic", "outcome"])
PRODUCE_SECONDS: Final = Histogram(
    "hejnal_produce_seconds", "Seconds until the broker acknowledged a record.", ["topic"], buckets=SECONDS
)
DEAD_LETTERS: Final = Counter(
    "hejnal_dead_letters_total", "Records put aside with a reason.", ["stage", "topic", "reason"]
)
