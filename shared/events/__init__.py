"""One pydantic model for each kind of record in Kafka."""

from shared.events.alerts import AlertChanged, DecisionOutcome, Evidence, Reason, SuggestedMerge
from shared.events.base import Event, Record, UtcTime, format_time
from shared.events.notifications import NotificationRequested, NotificationSettled, Purpose
from shared.events.readings import QuantityState, ReadingReceived, SensorChanged
from shared.events.reports import Assessment, Explanation, Mark, ReportAssessed, ReportReceived, Rule
from shared.events.signals import (
    DecisionTaken,
    ReadingSignal,
    ReportSignal,
    SensorRecovered,
    Signal,
    SignalOrDecision,
    signals,
)
from shared.events.vocabulary import (
    AlertState,
    Category,
    Channel,
    DecisionKind,
    DecisionState,
    Language,
    NotificationState,
    SensorState,
    Urgency,
)

__all__ = [
    "AlertChanged",
    "AlertState",
    "Assessment",
    "Category",
    "Channel",
    "DecisionKind",
    "DecisionOutcome",
    "DecisionState",
    "DecisionTaken",
    "Event",
    "Evidence",
    "Explanation",
    "Language",
    "Mark",
    "NotificationRequested",
    "NotificationSettled",
    "NotificationState",
    "Purpose",
    "QuantityState",
    "ReadingReceived",
    "ReadingSignal",
    "Reason",
    "Record",
    "ReportAssessed",
    "ReportReceived",
    "ReportSignal",
    "Rule",
    "SensorChanged",
    "SensorRecovered",
    "SensorState",
    "Signal",
    "SignalOrDecision",
    "SuggestedMerge",
    "Urgency",
    "UtcTime",
    "format_time",
    "signals",
]
