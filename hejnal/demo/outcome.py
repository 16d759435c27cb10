"""What became of the evening: which alert each call led to, who was told of it by which channel, and how fast."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hejnal.demo.city_api import Alert, Message, ReportState, Ticket

__all__ = ["Row", "SentCall", "SentReading", "Told", "alert_of_report", "alert_of_sensor", "has_been_told", "rows_of"]

URGENT = frozenset({"high", "critical"})
CHANNELS = frozenset({"sms", "email", "app"})
LEFT = frozenset({"handed_over", "delivered", "failed", "expired", "unknown"})
"""States of a notification that is out of our hands."""


@dataclass(frozen=True, slots=True)
class SentCall:
    name: str
    text: str
    ticket: Ticket
    sent_at: datetime
    """When the request went out, by the clock of this machine, which is the sandbox's too."""


@dataclass(frozen=True, slots=True)
class SentReading:
    sensor_id: str
    value: float
    unit: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """One channel of one alert: how many messages arrived, and how long the first took from the call that opened the alert."""

    channel: str
    count: int
    first_ms: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `told` is in the row of the call that opened the alert."""

    name: str
    said: str
    state: str
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
    """Whether every notification of the alert has left the pipeline, and an urgent alert has reached each channel."""
    arrived = {message.reference for message in messages}
    settled = all(one.notification_id in arrived or one.state in LEFT for one in alert.notifications)
    channels = {one.channel for one in alert.notifications}
    return settled and (alert.urgency not in URGENT or channels >= CHANNELS)


def rows_of(
    calls: Sequence[SentCall],
    states: Sequence[ReportState],
    readings: Sequence[SentReading],
    alerts: Sequence[Alert],
    messages: Sequence[Message],
) -> list[Row]:
    """The calls in their order, then the gauge."""
    opened = _openings(calls, alerts)
    rows = []
    for call, state in zip(calls, states, strict=True):
        alert = alert_of_report(alerts, call.ticket.report_id)
        opens = alert is not None and opened.get(alert.alert_id) == call.ticket.report_id
        rows.append(
            Row(
                call.name,
                call.text,
                state.state,
                alert,
                _told(alert, call.sent_at, messages) if alert and opens else (),
            )
        )
    return rows + _gauge_rows(readings, alerts, messages)


def _openings(calls: Sequence[SentCall], alerts: Sequence[Alert]) -> dict[str, str]:
    """The first call of this evening in each alert."""
    first: dict[str, str] = {}
    for call in sorted(calls, key=lambda one: one.sent_at):
        alert = alert_of_report(alerts, call.ticket.report_id)
        if alert:
            first.setdefault(alert.alert_id, call.ticket.report_id)
    return first


def _gauge_rows(readings: Sequence[SentReading], alerts: Sequence[Alert], messages: Sequence[Message]) -> list[Row]:
    if not readings:
        return []
    first, last = readings[0], readings[-1]
    said = f"{first.value:g} → {last.value:g} {last.unit}"
    alert = alert_of_sensor(alerts, first.sensor_id, first.sent_at)
    crossing = _crossing(alert, readings)
    told = _told(alert, crossing.sent_at, messages) if alert and crossing else ()
    return [Row(first.sensor_id, said, "joined" if alert else "no_action", alert, told)]


def _crossing(alert: Alert | None, readings: Sequence[SentReading]) -> SentReading | None:
    """The reading that the alert's oldest evidence of this sensor is."""
    if alert is None:
        return None
    seen = [one.at for one in alert.evidence if one.sensor_id == readings[0].sensor_id]
    return next(
        (reading for reading in readings if seen and abs((reading.sent_at - min(seen)).total_seconds()) < 1), None
    )


def _told(alert: Alert, since: datetime, messages: Sequence[Message]) -> tuple[Told, ...]:
    references = {one.notification_id for one in alert.notifications}
    arrived = [message for message in messages if message.reference in references]
    told = []
    for channel in ("sms", "email", "app"):
        times = [message.received_at for message in arrived if message.channel == channel]
        if times:
            told.append(Told(channel, len(times), (min(times) - since).total_seconds() * 1000))
    return tuple(told)
