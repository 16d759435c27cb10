"""The fold of sensors' readings: what each shows now, what the city has to be told, and what becomes true by time alone.

Time is the log's: `received_at` of the records, which tick by tick runs on where nothing comes. What is due at a moment happens as of that
moment, before whatever is read after it, so that neither the number of ticks nor the cut of batches changes anything.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import isfinite
from typing import Final

from services.classifier.assess.core.groups import fold_member
from services.classifier.assess.core.rules.levels import judge_levels
from services.classifier.assess.core.rules.silence import fall_silent
from services.classifier.assess.core.rules.verdict import QUIET, Measurement, Verdict
from services.classifier.assess.core.sensor_clock import Sensors, next_moment_s
from services.classifier.assess.core.sensor_memory import Cause, QuantityMemory, RuleMemory, SensorMemory
from services.classifier.assess.core.sensor_plans import Plan, SensorRules
from services.classifier.assess.core.telling import SensorSignal, signal_for, tell_groups
from shared.events import ReadingReceived, ReadingSignal, SensorState
from shared.ids import derived_event_id
from shared.pack import conversion

__all__ = [
    "Passed",
    "Read",
    "ReadingReason",
    "SensorRules",
    "Sensors",
    "fold_all",
    "fold_reading",
    "pass_all",
    "pass_time",
]

MOST_AHEAD: Final = timedelta(minutes=5)
"""A reading whose own time is further ahead of ours than this comes from a wrong clock."""
_JUST_AFTER_S: Final = 0.001
_SEVERITY: Final = {
    state: rank
    for rank, state in enumerate((SensorState.OK, SensorState.WARNING, SensorState.ALARM, SensorState.FAULT))
}
_NOTHING: Final[RuleMemory] = {}
"""What a range remembers: a dictionary less for each sensor."""
_conversion: Final = lru_cache(1024)(conversion)


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
    WRONG_UNIT = "wrong_unit"


@dataclass(frozen=True, slots=True)
class Read:
    """`changed` says whether the sensor's snapshot has to be written; `to_groups` are readings for the groups it belongs to."""

    reason: ReadingReason
    signals: tuple[SensorSignal, ...] = ()
    to_groups: tuple[ReadingReceived, ...] = ()
    changed: bool = True

    @property
    def is_refused(self) -> bool:
        """Whether somebody has to look at the device: its records go to dead letters."""
        return self.reason in {ReadingReason.FROM_THE_FUTURE, ReadingReason.WRONG_UNIT}


@dataclass(slots=True)
class Passed:
    """What time alone brought; `changed` are the sensors whose snapshots have to be written."""

    signals: list[SensorSignal] = field(default_factory=list)
    to_groups: list[ReadingReceived] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


_LATE = Read(ReadingReason.LATE, changed=False)
_REPEATED = Read(ReadingReason.REPEATED, changed=False)
_FROM_THE_FUTURE = Read(ReadingReason.FROM_THE_FUTURE, changed=False)
_WRONG_UNIT = Read(ReadingReason.WRONG_UNIT, changed=False)
_TAKEN = Read(ReadingReason.TAKEN)
_FAULT = Read(ReadingReason.FAULT)
_UNREGISTERED = Read(ReadingReason.UNREGISTERED)


def fold_all(sensors: Sensors, reading: ReadingReceived, rules: SensorRules) -> list[SensorSignal]:
    """For a whole log without Kafka: what time brought before the reading, the reading, and what its groups make of both."""
    signals = pass_all(sensors, reading.received_at, rules)
    return signals + _fold_with_groups(sensors, [reading], rules)


def pass_all(sensors: Sensors, at: datetime, rules: SensorRules) -> list[SensorSignal]:
    """For a whole log without Kafka: what time brought before `at`, with what the groups make of it."""
    passed = pass_time(sensors, at, rules)
    return passed.signals + _fold_with_groups(sensors, passed.to_groups, rules)


def _fold_with_groups(sensors: Sensors, readings: list[ReadingReceived], rules: SensorRules) -> list[SensorSignal]:
    signals = list[SensorSignal]()
    for reading in readings:
        read = fold_reading(sensors, reading, rules)
        signals += read.signals
        signals += _fold_with_groups(sensors, list(read.to_groups), rules)  # once: a group is in no group
    return signals


def pass_time(sensors: Sensors, at: datetime, rules: SensorRules) -> Passed:
    """Everything that became due before `at`, each as of its own moment and in their order."""
    passed = Passed()
    at_s = at.timestamp()
    while (due := sensors.pop_before(at_s)) is not None:
        moment_s, sensor, shown = due
        plan = rules.plan(sensor.sensor_id, shown.quantity)
        if plan is None or (next_s := next_moment_s(plan, shown)) is None:
            continue
        if next_s <= moment_s:
            _come_due(sensor, shown, plan, moment_s, passed=passed, rules=rules)
            next_s = next_moment_s(plan, shown)
            if next_s is not None and next_s <= moment_s:
                continue  # nothing that this rule could still do: never twice at one moment
        sensors.arm(sensor.sensor_id, shown, next_s)
    return passed


def _come_due(
    sensor: SensorMemory, shown: QuantityMemory, plan: Plan, moment_s: float, *, passed: Passed, rules: SensorRules
) -> None:
    at = datetime.fromtimestamp(moment_s, UTC)
    event_id = derived_event_id(f"{sensor.sensor_id}/{shown.quantity}/{shown.heard_at.isoformat()}", f"due/{moment_s}")
    cause = sensor.cause = Cause(event_id, at, at, sensor.exercise)
    heard_s = shown.heard_at.timestamp()
    verdicts: list[tuple[str, Verdict]] = []
    measured_s = shown.at.timestamp() + moment_s - heard_s + _JUST_AFTER_S
    is_silent = plan.silent_after_s is not None and heard_s + plan.silent_after_s <= moment_s
    if not is_silent and shown.state not in {SensorState.FAULT, SensorState.SILENT}:
        verdicts += [
            (rule.id, judge_levels(rule, shown.memory(rule.id), shown.value, measured_s)) for rule in plan.held
        ]
        state = max((verdict.state for _, verdict in verdicts), key=_SEVERITY.__getitem__, default=shown.state)
        if _SEVERITY[state] > _SEVERITY[shown.state]:
            shown.enter(state, at)
    verdicts += [
        (rule.id, fall_silent(rule, shown.memory(rule.id)))
        for rule in plan.silences
        if heard_s + rule.after_s <= moment_s
    ]
    if is_silent or any(verdict.state is SensorState.SILENT for _, verdict in verdicts):
        shown.enter(SensorState.SILENT, at)
    for rule_id, verdict in verdicts:
        if verdict.raised is not None:
            signal = signal_for(
                verdict, rule_id, shown.value, cause, sensor=sensor, shown=plan.shown, scoring=rules.scoring
            )
            passed.signals += [signal] if signal else []
    if plan.groups:
        passed.to_groups += tell_groups(plan, sensor, shown, cause)
    passed.changed.append(sensor.sensor_id)


def fold_reading(sensors: Sensors, reading: ReadingReceived, rules: SensorRules) -> Read:
    """Takes the reading into its sensor's memory (made when it is new) by the sensor's own time; `pass_time` comes before it.

    A sensor's time only moves forward, so that a redelivery, a repetition and a late reading change nothing.
    """
    if reading.occurred_at - reading.received_at > MOST_AHEAD:
        return _FROM_THE_FUTURE
    if reading.member is not None:
        return _fold_member(sensors, reading, rules)
    plan = rules.plan(reading.sensor_id, reading.quantity)
    if (value := _in_own_unit(reading, plan)) is None:
        return _WRONG_UNIT
    sensor = sensors.memory.get(reading.sensor_id)
    if sensor is None:
        sensor = sensors.memory[reading.sensor_id] = SensorMemory(
            reading.sensor_id, reading.city, reading.sensor_id, registered=False
        )
    shown = sensor.quantities.get(reading.quantity)
    if shown is None:
        shown = sensor.quantities[reading.quantity] = _new_quantity(reading)
    elif reading.occurred_at <= shown.at and (stale := _stale(reading, shown)) is not None:
        return stale
    _take(sensor, shown, reading, value, plan)
    if plan is None:
        shown.enter(SensorState.UNREGISTERED, reading.occurred_at)
        return _UNREGISTERED
    read = _judge(sensor, shown, plan, rules)
    if plan.held:
        sensors.arm(sensor.sensor_id, shown, next_moment_s(plan, shown))
    elif plan.least_silence_s is not None:
        sensors.arm(sensor.sensor_id, shown, reading.received_at.timestamp() + plan.least_silence_s)
    return read


def _in_own_unit(reading: ReadingReceived, plan: Plan | None) -> float | None:
    """The value in the unit that the pack gives the sensor; None where that cannot be. Without a unit it is the pack's."""
    if plan is None or reading.unit is None or reading.unit == plan.shown.unit:
        return reading.value
    linear = _conversion(reading.unit, plan.shown.unit)
    value = linear[0] * reading.value + linear[1] if linear is not None else None
    return value if value is not None and isfinite(value) else None


def _stale(reading: ReadingReceived, shown: QuantityMemory) -> Read | None:
    """A reading of the same moment counts as the next one when its number is higher."""
    if reading.occurred_at < shown.at:
        return _LATE
    if (reading.seq or 0) > (shown.seq or 0):
        return None
    return _REPEATED if reading.seq == shown.seq else _LATE


def _take(
    sensor: SensorMemory, shown: QuantityMemory, reading: ReadingReceived, value: float, plan: Plan | None
) -> None:
    """A registered sensor stands where the pack says, unless it moves and says so itself."""
    sensor.cause = Cause(reading.event_id, reading.occurred_at, reading.received_at, reading.exercise)
    sensor.exercise = reading.exercise
    shown.value, shown.at, shown.seq, shown.unit = value, reading.occurred_at, reading.seq, reading.unit
    shown.heard_at = reading.received_at
    if plan is not None:
        shown.unit = plan.shown.unit
        sensor.name, sensor.registered = plan.shown.name, True
        sensor.lat, sensor.lon = plan.shown.lat, plan.shown.lon
    if reading.lat is not None:
        sensor.lat, sensor.lon = reading.lat, reading.lon


def _judge(sensor: SensorMemory, shown: QuantityMemory, plan: Plan, rules: SensorRules) -> Read:
    cause = sensor.cause
    assert cause is not None
    measured = Measurement(shown.value, shown.at.timestamp(), plan.zone)
    state = SensorState.OK
    signals: list[SensorSignal] = []
    for rule, judge in plan.rules:
        verdict = judge(rule, _NOTHING if rule.type == "range" else shown.memory(rule.id), measured)
        if verdict is QUIET:
            continue
        if _SEVERITY[verdict.state] > _SEVERITY[state]:
            state = verdict.state
        if verdict.fault:
            break
        if verdict.raised or verdict.cleared:
            signal = signal_for(
                verdict, rule.id, shown.value, cause, sensor=sensor, shown=plan.shown, scoring=rules.scoring
            )
            signals += [signal] if signal else []
    shown.enter(state, shown.at)
    to_groups = tell_groups(plan, sensor, shown, cause) if plan.groups else ()
    if not signals and not to_groups:
        return _FAULT if state is SensorState.FAULT else _TAKEN
    return Read(_reason(state, signals), tuple(signals), to_groups)


def _reason(state: SensorState, signals: list[SensorSignal]) -> ReadingReason:
    if state is SensorState.FAULT:
        return ReadingReason.FAULT
    if any(isinstance(signal, ReadingSignal) for signal in signals):
        return ReadingReason.RAISED
    return ReadingReason.RECOVERED if signals else ReadingReason.TAKEN


def _new_quantity(reading: ReadingReceived) -> QuantityMemory:
    at = reading.occurred_at
    return QuantityMemory(
        reading.quantity, reading.unit, SensorState.OK, reading.value, at, reading.seq, at, reading.received_at
    )


def _fold_member(sensors: Sensors, reading: ReadingReceived, rules: SensorRules) -> Read:
    group = rules.group(reading.sensor_id)
    if group is None or reading.member not in group.members:
        return _LATE  # the pack has changed since it was sent
    signal, is_new = fold_member(sensors, reading, group, rules.scoring)
    if not is_new:
        return _REPEATED
    if signal is None:
        return _TAKEN
    return Read(ReadingReason.RAISED if isinstance(signal, ReadingSignal) else ReadingReason.RECOVERED, (signal,))
