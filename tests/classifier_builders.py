"""Makes the events that the classifier's tests fold, with only what a test is about spelled out."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.city import CityState
from services.classifier.correlate.core.fold import Correlator
from services.classifier.correlate.core.limits import SnapshotLimits
from services.classifier.correlate.core.snapshot import snapshot_of
from shared.events import (
    AlertChanged,
    Category,
    DecisionKind,
    DecisionTaken,
    Explanation,
    Language,
    ReadingReceived,
    ReadingSignal,
    ReportReceived,
    ReportSignal,
    SensorRecovered,
    SignalOrDecision,
    Urgency,
)
from shared.ids import derived_id
from shared.pack import CityPack, Modifier, PhraseBook, PhraseRule, load_pack

EVENING = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
HERE = (49.7838, 22.7678)
"""The market square of Przemyśl."""
METRE_NORTH = 1 / 111_195
SCORES = {Urgency.LOW: 20.0, Urgency.MEDIUM: 45.0, Urgency.HIGH: 70.0, Urgency.CRITICAL: 90.0}


@cache
def przemysl() -> CityPack:
    return load_pack(Path(__file__).parents[1] / "cities" / "przemysl")


def pack_with(rules: list[PhraseRule], modifiers: list[Modifier] | None = None) -> CityPack:
    """Przemyśl with these phrases alone."""
    book = PhraseBook(language=Language.PL, rules=tuple(rules), modifiers=tuple(modifiers or ()))
    return przemysl().model_copy(update={"phrases": {Language.PL: book}})


def at(seconds: float) -> datetime:
    return EVENING + timedelta(seconds=seconds)


def an_id(name: str) -> str:
    return derived_id(name, "test", EVENING)


def a_signal(
    name: str,
    *,
    seconds: float = 0,
    category: Category = Category.FIRE,
    urgency: Urgency = Urgency.HIGH,
    north_m: float | None = 0,
    **more: Any,
) -> ReportSignal:
    """A report's signal; `north_m` metres north of the market square, None for no place."""
    place = {} if north_m is None else {"lat": HERE[0] + north_m * METRE_NORTH, "lon": HERE[1]}
    fields: dict[str, Any] = {
        "event_id": an_id(f"signal-{name}"),
        "city": "przemysl",
        "occurred_at": at(seconds),
        "received_at": at(seconds),
        "category": category,
        "urgency": urgency,
        "score": SCORES[urgency],
        "report_id": an_id(name),
        "text": "pali się",
        "client": f"client-{name}",
        "explanation": Explanation(base=SCORES[urgency], points_sum=SCORES[urgency]),
    }
    return ReportSignal(**(fields | place | more))


def a_reading_signal(name: str, *, seconds: float = 0, urgency: Urgency = Urgency.HIGH, **more: Any) -> ReadingSignal:
    fields: dict[str, Any] = {
        "event_id": an_id(f"reading-signal-{name}"),
        "city": "przemysl",
        "occurred_at": at(seconds),
        "received_at": at(seconds),
        "category": Category.FIRE,
        "urgency": urgency,
        "score": SCORES[urgency],
        "lat": HERE[0],
        "lon": HERE[1],
        "sensor_id": "smoke-1",
        "quantity": "smoke",
        "value": 0.4,
        "rule": "smoke-rule",
        "level": "alarm",
    }
    return ReadingSignal(**(fields | more))


def a_recovery(name: str, *, seconds: float = 0, **more: Any) -> SensorRecovered:
    fields: dict[str, Any] = {
        "event_id": an_id(f"recovery-{name}"),
        "city": "przemysl",
        "occurred_at": at(seconds),
        "received_at": at(seconds),
        "sensor_id": "smoke-1",
        "quantity": "smoke",
        "value": 0.0,
        "rule": "smoke-rule",
    }
    return SensorRecovered(**(fields | more))


def a_decision(kind: DecisionKind, alert: Alert, *, seconds: float = 100, name: str = "", **more: Any) -> DecisionTaken:
    """A decision by somebody who sees the alert as it is now."""
    fields: dict[str, Any] = {
        "event_id": an_id(f"decision-{kind}-{name}-{alert.alert_id}-{alert.version}"),
        "city": "przemysl",
        "occurred_at": at(seconds),
        "received_at": at(seconds),
        "decision_id": an_id(f"decision-id-{kind}-{name}-{alert.version}"),
        "alert_id": alert.alert_id,
        "kind": kind,
        "if_version": alert.version,
        "actor": "ola",
    }
    return DecisionTaken(**(fields | more))


def a_reading(value: float, *, seconds: float = 0, received_after_s: float = 0, **more: Any) -> ReadingReceived:
    """Of the river gauge unless told otherwise."""
    fields: dict[str, Any] = {
        "event_id": an_id(f"reading-{value}-{seconds}-{sorted(more.items())}"),
        "city": "przemysl",
        "occurred_at": at(seconds),
        "received_at": at(seconds + received_after_s),
        "sensor_id": "san-przemysl-1",
        "quantity": "water_level",
        "value": value,
        "unit": "cm",
    }
    return ReadingReceived(**(fields | more))


def a_report(name: str, text: str = "Pali się dom na Lwowskiej", *, seconds: float = 0, **more: Any) -> ReportReceived:
    fields: dict[str, Any] = {
        "event_id": an_id(f"received-{name}"),
        "city": "przemysl",
        "occurred_at": at(seconds),
        "received_at": at(seconds),
        "report_id": an_id(name),
        "text": text,
        "lat": HERE[0],
        "lon": HERE[1],
        "client": f"client-{name}",
    }
    return ReportReceived(**(fields | more))


class FoldedCity:
    """A city that a test folds events into."""

    def __init__(self, limits: SnapshotLimits | None = None) -> None:
        self.limits = limits or SnapshotLimits()
        self.correlator = Correlator(przemysl(), self.limits)
        self.state: CityState = self.correlator.new_city()

    def take(self, *events: SignalOrDecision) -> list[str]:
        """Folds them and returns why each ended as it did."""
        return [self.correlator.fold(self.state, event).reason for event in events]

    @property
    def alerts(self) -> list[Alert]:
        """By opening; those of one moment in the order they were opened."""
        return sorted(self.state.alerts.values(), key=lambda alert: alert.opened_at)

    @property
    def only(self) -> Alert:
        (alert,) = self.state.alerts.values()
        return alert

    @property
    def snapshots(self) -> list[AlertChanged]:
        return [snapshot_of(alert) for alert in self.alerts]
