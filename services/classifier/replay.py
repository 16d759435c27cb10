"""A log of reports and readings folded into alerts without Kafka, by the same pure functions as the running service."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, TypeAdapter

from services.classifier.assess.core.assessor import Assessor, ReportText
from services.classifier.assess.core.readings import SensorRules, Sensors, fold_all, pass_all
from services.classifier.assess.core.signals import signal_of
from services.classifier.assess.starting import FullTierMode, FullTierSettings, start_assessor
from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.fold import Correlator
from services.classifier.correlate.core.limits import SnapshotLimits
from shared.events import (
    Category,
    Language,
    ReadingReceived,
    Reason,
    Record,
    ReportReceived,
    SignalOrDecision,
    SuggestedMerge,
    Urgency,
    UtcTime,
)
from shared.pack import CityPack

__all__ = ["ReplayLine", "ReplayedAlert", "replay", "replay_line"]

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Contact(Record):
    phone: str | None = None
    email: str | None = None


class ReportLine(Record):
    """The fields of POST /v1/reports, and when and as what it was taken."""

    type: Literal["report"]
    id: str
    received_at: UtcTime
    text: Annotated[str, Field(min_length=1, max_length=4_000)]
    lat: Latitude | None = None
    lon: Longitude | None = None
    address: str | None = None
    language: Language | None = None
    category_hint: Category | None = None
    contact: Contact | None = None
    client: str | None = None
    """Who sent it; without it the contact, and without that every report counts as somebody else's."""
    exercise: bool = False


class ReadingLine(Record):
    """The fields of POST /v1/readings, and when and as what it was taken."""

    type: Literal["reading"]
    id: str
    received_at: UtcTime
    sensor_id: Annotated[str, Field(min_length=1)]
    quantity: Annotated[str, Field(min_length=1)]
    value: float
    unit: str | None = None
    at: UtcTime | None = Field(None, validation_alias=AliasChoices("at", "occurred_at"))
    lat: Latitude | None = None
    lon: Longitude | None = None
    seq: int | None = None
    exercise: bool = False


ReplayLine = Annotated[ReportLine | ReadingLine, Field(discriminator="type")]
replay_line: TypeAdapter[ReplayLine] = TypeAdapter(ReplayLine)


class ReplayedAlert(Record):
    """One line of the answer."""

    alert_id: str
    category: Category
    urgency: Urgency
    opened_at: UtcTime
    closed_at: UtcTime | None
    report_ids: tuple[str, ...]
    sensor_ids: tuple[str, ...]
    suggested_merges: tuple[SuggestedMerge, ...]
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class _Members:
    """Everything that joined an alert: its snapshot keeps only the newest evidence."""

    alert: Alert
    reports: list[str] = field(default_factory=list)
    sensors: dict[str, None] = field(default_factory=dict)


def replay(pack: CityPack, lines: Iterable[ReplayLine], assessor: Assessor | None = None) -> list[ReplayedAlert]:
    """The alerts of the log, by opening time, read by the fast tier where no assessor is given.

    Lines count in the order of `received_at`, and of `id` where that is the same.
    """
    correlator = Correlator(pack, SnapshotLimits())
    city = correlator.new_city()
    assessor = assessor or start_assessor(pack, FullTierSettings(FullTierMode.OFF)).assessor
    rules = SensorRules(pack)
    sensors = Sensors()
    members: dict[str, _Members] = {}
    for line in sorted(lines, key=_order):
        for event in _events(line, pack, assessor, rules, sensors):
            outcome = correlator.fold(city, event)
            for alert in outcome.changed:
                _note(members.setdefault(alert.alert_id, _Members(alert)))
            if event.type == "reading" and outcome.took_signal:
                members[outcome.changed[-1].alert_id].sensors[event.sensor_id] = None
    return sorted(
        (_replayed(member) for member in members.values()), key=lambda alert: (alert.opened_at, alert.alert_id)
    )


def _order(line: ReplayLine) -> tuple[datetime, str]:
    return line.received_at, line.id


def _events(
    line: ReplayLine, pack: CityPack, assessor: Assessor, rules: SensorRules, sensors: Sensors
) -> Iterable[SignalOrDecision]:
    if isinstance(line, ReadingLine):
        return fold_all(sensors, _reading(line, pack.city.id), rules)
    silent = pass_all(sensors, line.received_at, rules)
    report = _report(line, pack.city.id)
    signal = signal_of(report, assessor.assess(ReportText(report.text, report.language, report.category_hint)))
    return silent if signal is None else [*silent, signal]


def _note(member: _Members) -> None:
    member.reports += member.alert.joined
    member.alert.joined.clear()


def _replayed(member: _Members) -> ReplayedAlert:
    alert = member.alert
    return ReplayedAlert(
        alert_id=alert.alert_id,
        category=alert.category,
        urgency=alert.urgency,
        opened_at=alert.opened_at,
        closed_at=alert.closed_at,
        report_ids=tuple(member.reports),
        sensor_ids=tuple(member.sensors),
        suggested_merges=tuple(alert.suggested_merges.values()),
        reasons=tuple(alert.reasons),
    )


def _report(line: ReportLine, city: str) -> ReportReceived:
    contact = line.contact and (line.contact.phone or line.contact.email)
    return ReportReceived(
        event_id=line.id,
        city=city,
        occurred_at=line.received_at,
        received_at=line.received_at,
        exercise=line.exercise,
        report_id=line.id,
        text=line.text,
        lat=line.lat,
        lon=line.lon,
        address=line.address,
        language=line.language,
        category_hint=line.category_hint,
        client=line.client or contact or line.id,
    )


def _reading(line: ReadingLine, city: str) -> ReadingReceived:
    return ReadingReceived(
        event_id=line.id,
        city=city,
        occurred_at=line.at or line.received_at,
        received_at=line.received_at,
        exercise=line.exercise,
        sensor_id=line.sensor_id,
        quantity=line.quantity,
        value=line.value,
        unit=line.unit,
        lat=line.lat,
        lon=line.lon,
        seq=line.seq,
    )
