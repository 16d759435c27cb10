"""What enters a city's one ordered log: signals from reports and sensors, recoveries, operators' decisions."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from shared.events.base import Event
from shared.events.reports import Explanation
from shared.events.vocabulary import Category, DecisionKind, Urgency

__all__ = ["DecisionTaken", "ReadingSignal", "ReportSignal", "SensorRecovered", "Signal", "SignalOrDecision", "signals"]


class Signal(Event):
    """Something that speaks for an alert."""

    category: Category
    also: tuple[Category, ...] = ()
    urgency: Urgency
    score: float
    lat: float | None = None
    lon: float | None = None
    place: str | None = None
    """The address or the sensor's name, as it was given."""
    needs_review: bool = False


class ReportSignal(Signal):
    type: Literal["report"] = "report"
    report_id: str
    text: str
    client: str
    explanation: Explanation


class ReadingSignal(Signal):
    type: Literal["reading"] = "reading"
    sensor_id: str
    quantity: str
    value: float
    unit: str | None = None
    rule: str
    level: str


class SensorRecovered(Event):
    """A sensor is back below its clearing level."""

    type: Literal["sensor_recovered"] = "sensor_recovered"
    sensor_id: str
    quantity: str
    value: float
    unit: str | None = None
    rule: str


class DecisionTaken(Event):
    """What a person decided about an alert. Of two at once the first in the log wins: `if_version` is the version the person saw."""

    type: Literal["decision"] = "decision"
    decision_id: str
    alert_id: str
    kind: DecisionKind
    if_version: int | None = None
    """None for an answer from a phone, which acknowledges the alert whatever it has become."""
    actor: str
    """The operator's user name, or the name of the person on duty."""
    reason: str | None = None
    assignee: str | None = None
    urgency: Urgency | None = None
    category: Category | None = None
    into: str | None = None
    report_ids: tuple[str, ...] = ()
    text: str | None = None


SignalOrDecision = Annotated[
    ReportSignal | ReadingSignal | SensorRecovered | DecisionTaken, Field(discriminator="type")
]

signals: TypeAdapter[SignalOrDecision] = TypeAdapter(SignalOrDecision)
