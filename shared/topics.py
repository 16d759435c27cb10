"""The registry of topics: what each carries, how it is keyed, kept and split, who writes and who reads it.

`hejnal topics create` makes the cluster agree with it and `hejnal topics check` says where it does not.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, cast

from pydantic import TypeAdapter

from shared.events import (
    AlertChanged,
    Channel,
    NotificationRequested,
    NotificationSettled,
    ReadingReceived,
    ReportAssessed,
    ReportReceived,
    SensorChanged,
    SignalOrDecision,
)
from shared.kafka.dead_letters import DeadLetter

__all__ = [
    "ALERTS",
    "ASSESSED",
    "READINGS",
    "REPORTS",
    "REQUESTED",
    "SENSORS",
    "SETTLED",
    "SIGNALS",
    "TOPICS",
    "Topic",
    "dead_letters_topic_of",
]

Service = Literal["ingest", "classifier", "notifier", "console"]
MAX_RECORD_BYTES: Final = 2_097_152
"""Far above our own records (at most 256 KB), so that a foreign record's dead letter fits too."""
SERVICES: Final[tuple[Service, ...]] = ("ingest", "classifier", "notifier", "console")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic. `retention` None keeps records for as long as compaction leaves them."""

    name: str
    carries: TypeAdapter[Any]
    key: str
    partitions: int
    retention: timedelta | None
    compacted: bool
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]

    @property
    def config(self) -> dict[str, str]:
        """The topic's configuration as Kafka names it."""
        policy = "compact" if self.compacted else "delete"
        if self.compacted and self.retention:
            policy = "compact,delete"
        config = {"cleanup.policy": policy, "max.message.bytes": str(MAX_RECORD_BYTES)}
        if self.retention:
            config["retention.ms"] = str(int(self.retention.total_seconds() * 1000))
        if self.compacted:
            # A reader that is a day late still sees every version, not only the newest.
            config["min.compaction.lag.ms"] = str(24 * 3600 * 1000)
            config["segment.ms"] = str(24 * 3600 * 1000)
        return config


def _topic(  # noqa: PLR0917 — reads as a row of the table in the architecture
    name: str,
    carries: Any,
    key: str,
    partitions: int,
    retention: timedelta | None,
    written_by: str,
    read_by: str,
    *,
    compacted: bool = False,
) -> Topic:
    return Topic(
        name,
        TypeAdapter(carries),
        key,
        partitions,
        retention,
        compacted,
        tuple(written_by.split()),
        tuple(read_by.split()),
    )


REPORTS: Final = _topic(
    "reports.received.v1", ReportReceived, "report id", 12, timedelta(days=7), "ingest notifier", "classifier console"
)
READINGS: Final = _topic(
    "readings.received.v1",
    ReadingReceived,
    "sensor id",
    12,
    timedelta(days=2),
    "ingest classifier",
    "classifier console",
)
ASSESSED: Final = _topic(
    "reports.assessed.v1", ReportAssessed, "report id", 12, timedelta(days=30), "classifier", "ingest console"
)
SENSORS: Final = _topic(
    "sensors.changed.v1", SensorChanged, "sensor id", 12, None, "classifier", "classifier console", compacted=True
)
SIGNALS: Final = _topic(
    "signals.raised.v1",
    SignalOrDecision,
    "city",
    12,
    timedelta(days=30),
    "classifier console ingest notifier",
    "classifier",
)
ALERTS: Final = _topic(
    "alerts.changed.v1",
    AlertChanged,
    "alert id",
    12,
    timedelta(days=365),
    "classifier",
    "classifier notifier console ingest",
    compacted=True,
)
REQUESTED: Final = {
    channel: _topic(
        f"notifications.requested.{channel}.v1",
        NotificationRequested,
        "recipient id",
        12,
        timedelta(days=3),
        "notifier",
        "notifier console",
    )
    for channel in Channel
}
SETTLED: Final = _topic(
    "notifications.settled.v1", NotificationSettled, "notification id", 12, timedelta(days=30), "notifier", "console"
)
DEAD_LETTERS: Final = {
    service: _topic(f"{service}.dead-letters.v1", DeadLetter, "original key", 3, timedelta(days=30), service, "hejnal")
    for service in SERVICES
}


def dead_letters_topic_of(service: str) -> Topic:
    """Raises KeyError for a service that is none."""
    return DEAD_LETTERS[cast(Service, service)]


TOPICS: Final[tuple[Topic, ...]] = (
    REPORTS,
    READINGS,
    ASSESSED,
    SENSORS,
    SIGNALS,
    ALERTS,
    *REQUESTED.values(),
    SETTLED,
    *DEAD_LETTERS.values(),
)
