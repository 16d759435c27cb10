"""Every metric of the notifier, beside those of each service (shared/telemetry/metrics.py)."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

__all__ = [
    "ANSWERS",
    "BROADCASTS",
    "CODES",
    "DECISIONS",
    "END_TO_END_SECONDS",
    "ESCALATIONS",
    "NOTIFICATIONS",
    "OUTCOMES",
    "PROVIDER_SECONDS",
    "QUESTIONS",
    "RECEIPTS",
    "REQUESTED",
    "RESIDENTS",
    "RETRIES",
    "STATES",
    "WINDOW",
]

_END_TO_END: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_PROVIDER: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

END_TO_END_SECONDS: Final = Histogram(
    "hejnal_notifier_end_to_end_seconds",
    "Seconds from when Hejnał first heard of the cause until the notification was handed over, and until it was settled.",
    ["channel", "urgency", "until"],
    buckets=_END_TO_END,
)
NOTIFICATIONS: Final = Gauge(
    "hejnal_notifier_notifications", "Notifications in the ledger, by their present state.", ["channel", "state"]
)
STATES: Final = Counter(
    "hejnal_notifier_states_total", "Notifications that came into a state, with why.", ["channel", "state", "reason"]
)
DECISIONS: Final = Counter(
    "hejnal_notifier_decisions_total", "Versions of alerts by what the plan decided, and why.", ["outcome", "reason"]
)
REQUESTED: Final = Counter(
    "hejnal_notifier_requested_total", "Notifications that the plan asked for.", ["channel", "purpose"]
)
ESCALATIONS: Final = Counter(
    "hejnal_notifier_escalations_total", "Escalation steps by what became of them.", ["event", "reason"]
)
BROADCASTS: Final = Counter(
    "hejnal_notifier_broadcasts_total", "Tellings of residents by how they ended.", ["purpose", "outcome"]
)
RESIDENTS: Final = Counter(
    "hejnal_notifier_residents_total", "Subscriptions whose area was hit, by whether they were told.", ["outcome"]
)
OUTCOMES: Final = Counter(
    "hejnal_notifier_provider_outcomes_total",
    "Answers of providers to submissions.",
    ["channel", "provider", "outcome", "reason"],
)
PROVIDER_SECONDS: Final = Histogram(
    "hejnal_notifier_provider_seconds",
    "Seconds until a provider answered a submission.",
    ["channel", "provider"],
    buckets=_PROVIDER,
)
RETRIES: Final = Counter(
    "hejnal_notifier_retries_total", "Submissions that wait for another attempt.", ["channel", "reason"]
)
ANSWERS: Final = Counter("hejnal_notifier_answers_total", "Answers from phones by what they led to.", ["by", "outcome"])
RECEIPTS: Final = Counter("hejnal_notifier_receipts_total", "Delivery receipts.", ["channel", "provider", "state"])
QUESTIONS: Final = Counter(
    "hejnal_notifier_questions_total", "Questions to providers about unknown notifications.", ["channel", "answer"]
)
WINDOW: Final = Gauge("hejnal_notifier_in_flight", "Submissions that wait for a provider's answer.", ["channel"])
CODES: Final = Counter("hejnal_notifier_codes_total", "Codes typed to confirm subscriptions.", ["answer"])
