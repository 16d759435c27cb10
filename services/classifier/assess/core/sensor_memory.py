"""A sensor while its readings are being folded: what its snapshot says, in a form that can be changed quickly."""

from dataclasses import dataclass, field
from datetime import datetime

from services.classifier.building import build
from shared.events import QuantityState, SensorChanged, SensorState
from shared.ids import derived_event_id

__all__ = [
    "Cause",
    "QuantityMemory",
    "RuleMemory",
    "SensorMemory",
    "memory_of",
    "number",
    "numbers",
    "sensor_snapshot",
]

RuleMemory = dict[str, float | str | bool | list[float] | None]
"""What one rule remembers of one quantity, as it stands in the snapshot. Lists are replaced, never changed."""


def number(memory: RuleMemory, key: str) -> float | None:
    """The number that is remembered as `key`; None for none, and for what an older rule of the same id left there."""
    value = memory.get(key)
    return value if isinstance(value, int | float) else None


def numbers(memory: RuleMemory, key: str) -> list[float]:
    value = memory.get(key)
    return value if isinstance(value, list) else []


@dataclass(slots=True)
class Cause:
    """What a change of a sensor follows from: a reading, or a moment that has come. Never changed; freezing it would cost more than it."""

    event_id: str
    occurred_at: datetime
    received_at: datetime
    exercise: bool


@dataclass(slots=True)
class QuantityMemory:
    """See QuantityState. `timer_s` is the moment for which it is in the clock, in seconds since 1970."""

    quantity: str
    unit: str | None
    state: SensorState
    value: float
    at: datetime
    seq: int | None
    since: datetime
    heard_at: datetime
    rules: dict[str, RuleMemory] = field(default_factory=dict)
    timer_s: float | None = None

    def memory(self, rule_id: str) -> RuleMemory:
        """What the rule remembers, to be changed by it."""
        memory = self.rules.get(rule_id)
        if memory is None:
            memory = self.rules[rule_id] = {}
        return memory

    def enter(self, state: SensorState, at: datetime) -> None:
        if self.state is not state:
            self.state, self.since = state, at


@dataclass(slots=True)
class SensorMemory:
    """See SensorChanged. `cause` is what the newest change followed from; None since it was restored."""

    sensor_id: str
    city: str
    name: str
    registered: bool
    exercise: bool = False
    lat: float | None = None
    lon: float | None = None
    quantities: dict[str, QuantityMemory] = field(default_factory=dict)
    cause: Cause | None = None


def sensor_snapshot(sensor: SensorMemory) -> SensorChanged:
    """The record of the sensor as it is now. Built without validation: every part was validated when it came in."""
    cause = sensor.cause
    assert cause is not None
    return build(
        SensorChanged,
        {
            "schema_version": 1,
            "event_id": derived_event_id(cause.event_id, "sensor"),
            "city": sensor.city,
            "occurred_at": cause.occurred_at,
            "received_at": cause.received_at,
            "exercise": cause.exercise,
            "sensor_id": sensor.sensor_id,
            "name": sensor.name,
            "lat": sensor.lat,
            "lon": sensor.lon,
            "registered": sensor.registered,
            "quantities": {name: _state(quantity, cause) for name, quantity in sensor.quantities.items()},
            "absorbed": (),
        },
    )


def _state(quantity: QuantityMemory, cause: Cause) -> QuantityState:
    return build(
        QuantityState,
        {
            "quantity": quantity.quantity,
            "unit": quantity.unit,
            "state": quantity.state,
            "value": quantity.value,
            "at": quantity.at,
            "seq": quantity.seq,
            "since": quantity.since,
            "heard_at": quantity.heard_at if quantity.heard_at != cause.received_at else None,
            "rules": {rule: dict(memory) for rule, memory in quantity.rules.items() if memory},
        },
    )


def memory_of(snapshot: SensorChanged) -> SensorMemory:
    """The sensor as it was when the snapshot was made."""
    return SensorMemory(
        sensor_id=snapshot.sensor_id,
        city=snapshot.city,
        name=snapshot.name,
        registered=snapshot.registered,
        exercise=snapshot.exercise,
        lat=snapshot.lat,
        lon=snapshot.lon,
        quantities={
            name: QuantityMemory(
                state.quantity,
                state.unit,
                state.state,
                state.value,
                state.at,
                state.seq,
                state.since,
                state.heard_at or snapshot.received_at,
                {rule: dict(memory) for rule, memory in state.rules.items()},
            )
            for name, state in snapshot.quantities.items()
        },
    )
