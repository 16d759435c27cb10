"""The fold of a sensor's readings: what it shows now, and what the city has to be told."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from services.classifier.assess.core.rules.registry import RULE_KINDS
from services.classifier.assess.core.rules.verdict import Raised, SensorRuleKind, Verdict
from services.classifier.assess.core.sensor_memory import QuantityMemory, SensorMemory
from shared.events import ReadingReceived, ReadingSignal, SensorRecovered, SensorState
from shared.ids import derived_event_id
from shared.pack import CityPack, Scoring, Sensor, SensorRule

__all__ = ["Read", "ReadingReason", "SensorRules", "fold_reading"]

MOST_AHEAD: Final = timedelta(minutes=5)
"""A reading whose own time is further ahead of ours than this comes from a wrong clock."""
_POINTS_INSIDE_LEVEL: Final = 5.0
_SEVERITY: Final = {
    state: rank
    for rank, state in enumerate((SensorState.OK, SensorState.WARNING, SensorState.ALARM, SensorState.FAULT))
}


class ReadingReason(StrEnum):
    """What became of a reading."""

    TAKEN = "taken"
    RAISED = "raised"
    RECOVERED = "recovered"
    FAULT = "fault"
    UNREGISTERED = "unregistered"
    LATE = "late"
    REPEATED = "repeated"
    FROM_THE_FUTURE = "from_the_future"


@dataclass(frozen=True, slots=True)
class Read:
    """`changed` says whether the sensor's snapshot has to be written."""

    reason: ReadingReason
    signals: tuple[ReadingSignal | SensorRecovered, ...] = ()
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """A sensor's rules, ready to be asked in order."""

    sensor: Sensor
    name: str
    rules: tuple[tuple[SensorRule, SensorRuleKind], ...]


class SensorRules:
    """The pack's sensors. A sensor that it does not name is shown as unregistered and raises nothing."""

    def __init__(self, pack: CityPack) -> None:
        self.scoring: Scoring = pack.scoring
        language = pack.city.default_language
        order = list(RULE_KINDS)
        self._plans = {
            (sensor.id, sensor.quantity): Plan(
                sensor,
                sensor.names.within(language, language),
                tuple(
                    (rule, RULE_KINDS[rule.type])
                    for rule in sorted(sensor.rules, key=lambda rule: order.index(rule.type))
                ),
            )
            for sensor in pack.sensors
        }

    def plan(self, sensor_id: str, quantity: str) -> Plan | None:
        return self._plans.get((sensor_id, quantity))


_LATE = Read(ReadingReason.LATE, changed=False)
_REPEATED = Read(ReadingReason.REPEATED, changed=False)
_FROM_THE_FUTURE = Read(ReadingReason.FROM_THE_FUTURE, changed=False)
_TAKEN = Read(ReadingReason.TAKEN)
_FAULT = Read(ReadingReason.FAULT)
_UNREGISTERED = Read(ReadingReason.UNREGISTERED)


def fold_reading(sensors: dict[str, SensorMemory], reading: ReadingReceived, rules: SensorRules) -> Read:
    """Takes the reading into its sensor's memory (made when it is new) by the sensor's own time.

    A sensor's time only moves forward, so that a redelivery, a repetition and a late reading change nothing.
    """
    if reading.occurred_at - reading.received_at > MOST_AHEAD:
        return _FROM_THE_FUTURE
    plan = rules.plan(reading.sensor_id, reading.quantity)
    sensor = sensors.get(reading.sensor_id)
    if sensor is None:
        sensor = sensors[reading.sensor_id] = SensorMemory(
            reading.sensor_id, reading.city, reading.sensor_id, registered=False
        )
    shown = sensor.quantities.get(reading.quantity)
    if shown is not None and reading.occurred_at <= shown.at:
        is_next = reading.occurred_at == shown.at and (reading.seq or 0) > (shown.seq or 0)
        if not is_next:
            return _REPEATED if reading.occurred_at == shown.at and reading.seq == shown.seq else _LATE
    if shown is None:
        shown = sensor.quantities[reading.quantity] = _new_quantity(reading)
    sensor.last = reading
    _take_place(sensor, reading, plan)
    return _judge(sensor, shown, reading, plan, rules.scoring)


def _judge(
    sensor: SensorMemory, shown: QuantityMemory, reading: ReadingReceived, plan: Plan | None, scoring: Scoring
) -> Read:
    shown.value, shown.at, shown.seq, shown.unit = reading.value, reading.occurred_at, reading.seq, reading.unit
    if plan is None:
        _enter(shown, SensorState.UNREGISTERED, reading)
        return _UNREGISTERED
    shown.unit = plan.sensor.unit
    state = SensorState.OK
    signals: list[ReadingSignal | SensorRecovered] = []
    for rule, judge in plan.rules:
        memory = shown.rules.get(rule.id)
        if memory is None:
            memory = shown.rules[rule.id] = {}
        verdict = judge(rule, memory, reading)
        if verdict.fault:
            _enter(shown, SensorState.FAULT, reading)
            return _FAULT
        if _SEVERITY[verdict.state] > _SEVERITY[state]:
            state = verdict.state
        if verdict.raised or verdict.cleared:
            signals.append(_told(reading, plan, rule.id, verdict, sensor, scoring=scoring))
    _enter(shown, state, reading)
    if not signals:
        return _TAKEN
    has_raised = any(isinstance(signal, ReadingSignal) for signal in signals)
    return Read(ReadingReason.RAISED if has_raised else ReadingReason.RECOVERED, tuple(signals))


def _new_quantity(reading: ReadingReceived) -> QuantityMemory:
    at = reading.occurred_at
    return QuantityMemory(reading.quantity, reading.unit, SensorState.OK, reading.value, at, reading.seq, at)


def _take_place(sensor: SensorMemory, reading: ReadingReceived, plan: Plan | None) -> None:
    """A registered sensor stands where the pack says, unless it moves and says so itself."""
    if plan is not None:
        sensor.name, sensor.registered = plan.name, True
        sensor.lat, sensor.lon = plan.sensor.lat, plan.sensor.lon
    if reading.lat is not None:
        sensor.lat, sensor.lon = reading.lat, reading.lon


def _enter(shown: QuantityMemory, state: SensorState, reading: ReadingReceived) -> None:
    if shown.state is not state:
        shown.state, shown.since = state, reading.occurred_at


def _told(
    reading: ReadingReceived, plan: Plan, rule_id: str, verdict: Verdict, sensor: SensorMemory, *, scoring: Scoring
) -> ReadingSignal | SensorRecovered:
    shared = {
        "schema_version": 1,
        "event_id": derived_event_id(reading.event_id, f"signal/{rule_id}"),
        "city": reading.city,
        "occurred_at": reading.occurred_at,
        "received_at": reading.received_at,
        "exercise": reading.exercise,
        "sensor_id": reading.sensor_id,
        "quantity": reading.quantity,
        "value": reading.value,
        "unit": plan.sensor.unit,
        "rule": rule_id,
    }
    if verdict.raised is None:
        return SensorRecovered(**shared)
    return ReadingSignal(**shared, **_raising(verdict.raised, sensor, plan, scoring))


def _raising(raised: Raised, sensor: SensorMemory, plan: Plan, scoring: Scoring) -> dict[str, object]:
    return {
        "category": raised.category,
        "urgency": raised.urgency,
        "score": min(100.0, scoring.thresholds.get(raised.urgency, 0.0) + _POINTS_INSIDE_LEVEL),
        "lat": sensor.lat,
        "lon": sensor.lon,
        "place": plan.name,
        "level": raised.level,
    }
