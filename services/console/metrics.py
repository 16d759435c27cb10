"""Every metric of the console. Requests, stages and their lag are in shared/telemetry/metrics.py."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from shared.telemetry.metrics import SECONDS

__all__ = [
    "CHANGE_TO_CLIENTS_SECONDS",
    "DECISIONS",
    "SIGN_INS",
    "STREAM_CLIENTS",
    "STREAM_ENDS",
    "STREAM_EVENTS",
    "STREAM_STARTS",
]

STREAM_CLIENTS: Final = Gauge("hejnal_console_stream_clients", "Clients on the live stream.")
STREAM_STARTS: Final = Counter(
    "hejnal_console_stream_starts_total", "Streams begun, by where: from now, resumed, or why not.", ["reason"]
)
STREAM_ENDS: Final = Counter("hejnal_console_stream_ends_total", "Streams ended, by reason.", ["reason"])
STREAM_EVENTS: Final = Counter("hejnal_console_stream_events_total", "Changes of alerts handed to all clients.")
CHANGE_TO_CLIENTS_SECONDS: Final = Histogram(
    "hejnal_console_change_to_clients_seconds",
    "Seconds from a change's writing to Kafka until it was handed to every client's connection.",
    buckets=SECONDS,
)
DECISIONS: Final = Counter(
    "hejnal_console_decisions_total",
    "Decisions taken here: sent, conflict, repeated, invalid, broker_away.",
    ["kind", "outcome"],
)
SIGN_INS: Final = Counter("hejnal_console_sign_ins_total", "Tries to sign in.", ["outcome"])
