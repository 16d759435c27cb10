"""What became of the evening: which alert the calls and readings led to, who was told of it by which channel, and how fast."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hejnal.demo.city_api import Alert, Message, ReportState, Ticket

__all__ = [
    "Heard",
    "Row",
    "Sent",
    "SentCall",
    "SentDecision",
    "SentReading",
    "Told",
    "alert_of_report",
    "alert_of_sensor",
    "has_been_told",
    "rows_of",
]

URGENT = frozenset({"high", "critical"})
CHANNELS = ("sms", "email", "app")
LEFT = frozenset({"handed_over", "delivered", "failed", "expired", "unknown"})
"""States of a notification that is out of our hands."""


@dataclass(frozen=True, slots=True)
class SentCall:
    """`sent_at` is when the request went out, by the clock of this machine, which is the sandbox's too."""

    name: str
    text: str
    ticket: Ticket
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class SentReading:
    sensor_id: str
    value: float
    unit: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class SentDecision:
    alert_id: str
    kind: str
    sent_at: datetime


@dataclass(slots=True)
class Sent:
    """All that the evening has sent so far."""

    calls: list[SentCall] = field(default_factory=list)
    readings: list[SentReading] = field(default_factory=list)
    decisions: list[SentDecision] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Heard:
    """A call, or what a gauge went through; `ended_as` is the report's state."""

    name: str
    said: str
    ended_as: str


@dataclass(frozen=True, slots=True)
class Told:
    """One channel of one alert: to whom, and how long the first message took from the call, reading or decision that caused it."""

    channel: str
    messages: int
    recipients: tuple[str, ...]
    first_ms: float


@dataclass(frozen=True, slots=True)
class Row:
    """One alert, or a report that led to none."""

    heard: tuple[Heard, ...]
    alert: Alert | None
    told: tuple[Told, ...]


def alert_of_report(alerts: Iterable[Alert], report_id: str) -> Alert | None:
    return next((alert for alert in alerts if any(one.report_id == report_id for one in alert.evidence)), None)


def alert_of_sensor(alerts: Iterable[Alert], sensor_id: str, since: datetime) -> Alert | None:
    """The newest alert with a reading of the sensor since then."""
    fitting = [
        alert for alert in alerts if any(one.sensor_id == sensor_id and one.at >= since for one in alert.evidence)
    ]
    return max(fitting, key=lambda alert: alert.opened_at, default=None)


def has_been_told(alert: Alert, messages: Sequence[Message]) -> bool:
    """Whether every notification of the alert is out of our hands, and an urgent alert has one for each channel."""
    arrived = {message.reference for message in messages}
    settled = all(one.notification_id in arrived or one.state in LEFT for one in alert.notifications)
    channels = {one.channel for one in alert.notifications}
    return settled and (alert.urgency not in URGENT or channels >= set(CHANNELS))


def rows_of(
    sent: Sent, states: Sequence[ReportState], alerts: Sequence[Alert], messages: Sequence[Message]
) -> list[Row]:
    """The alerts in the order in which they opened, then the reports that led to none. `states` are those of the calls."""
    rows = []
    for alert in sorted(alerts, key=lambda one: one.opened_at):
        heard, causes = _calls_in(alert, sent.calls, states)
        measured = [one for one in sent.readings if any(seen.sensor_id == one.sensor_id for seen in alert.evidence)]
        heard += _gauge(measured)
        causes += [one.sent_at for one in measured]
        causes += [one.sent_at for one in sent.decisions if one.alert_id == alert.alert_id]
        rows.append(Row(tuple(heard), alert, _told(alert, causes, messages)))
    return rows + [
        Row((Heard(call.name, call.text, state.state),), None, ())
        for call, state in zip(sent.calls, states, strict=True)
        if not alert_of_report(alerts, call.ticket.report_id)
    ]


def _calls_in(
    alert: Alert, calls: Sequence[SentCall], states: Sequence[ReportState]
) -> tuple[list[Heard], list[datetime]]:
    reports = {one.report_id for one in alert.evidence}
    inside = [(call, state) for call, state in zip(calls, states, strict=True) if call.ticket.report_id in reports]
    return [Heard(call.name, call.text, state.state) for call, state in inside], [call.sent_at for call, _ in inside]


def _gauge(readings: Sequence[SentReading]) -> list[Heard]:
    if not readings:
        return []
    first, last = readings[0], readings[-1]
    return [Heard(first.sensor_id, f"{first.value:g} → {last.value:g} {last.unit}", "joined")]


def _told(alert: Alert, causes: Sequence[datetime], messages: Sequence[Message]) -> tuple[Told, ...]:
    """A message's cause is the last thing said before it: the story leaves seconds between two, and a message takes far less."""
    recipients = {one.notification_id: one.recipient or "?" for one in alert.notifications}
    told = []
    for channel in CHANNELS:
        arrived = [one for one in messages if one.channel == channel and one.reference in recipients]
        took = [_took_ms(one, causes) for one in sorted(arrived, key=lambda one: one.received_at)]
        if took and took[0] is not None:
            who = tuple(dict.fromkeys(recipients[one.reference] for one in arrived if one.reference))
            told.append(Told(channel, len(arrived), who, took[0]))
    return tuple(told)


def _took_ms(message: Message, causes: Sequence[datetime]) -> float | None:
    before = [cause for cause in causes if cause <= message.received_at]
    return (message.received_at - max(before)).total_seconds() * 1000 if before else None
