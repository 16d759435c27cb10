"""Every metric of the classifier; those that all services have are in shared/telemetry/metrics.py."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

__all__ = [
    "ASSESSED",
    "ASSESS_SECONDS",
    "FOLDED",
    "FULL_TIER",
    "FULL_TIER_WAITING",
    "OPEN_ALERTS",
    "READINGS",
    "REVIEWS",
    "SENSORS_DUE",
]

ASSESSED: Final = Counter(
    "hejnal_classifier_assessed_total", "Reports assessed.", ["category", "urgency", "tier", "reason"]
)
REVIEWS: Final = Counter("hejnal_classifier_reviews_total", "Assessed reports marked for a person's review.", ["tier"])
ASSESS_SECONDS: Final = Histogram(
    "hejnal_classifier_assess_seconds",
    "Seconds to assess the reports of one batch, by tier.",
    ["tier"],
    buckets=(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0),
)
READINGS: Final = Counter("hejnal_classifier_readings_total", "Readings folded, by what became of them.", ["reason"])
SENSORS_DUE: Final = Counter(
    "hejnal_classifier_sensors_due_total",
    "Sensors that changed because nothing was read: silence, and levels that held.",
)
FOLDED: Final = Counter(
    "hejnal_classifier_folded_total",
    "Signals and decisions folded into alerts, by what became of them.",
    ["type", "reason"],
)
OPEN_ALERTS: Final = Gauge("hejnal_classifier_open_alerts", "Live alerts in this process' partitions.", ["urgency"])
FULL_TIER: Final = Gauge(
    "hejnal_classifier_full_tier_up", "1 while the full tier reads reports, 0 where the fast tier reads alone."
)
FULL_TIER_WAITING: Final = Gauge("hejnal_classifier_full_tier_waiting_texts", "Texts that wait for the full tier.")
