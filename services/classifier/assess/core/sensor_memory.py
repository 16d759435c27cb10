"""A sensor while its readings are being folded: what its snapshot says, in a form that can be changed quickly."""

from dataclasses import dataclass, field
from datetime import datetime

from services.classifier.building import build
from shared.events import QuantityState, ReadingReceived, SensorChanged, SensorState
from shared.ids import derived_event_id

__all__ = ["QuantityMemory", "RuleMemory", "SensorMemory", "memory_of", "sensor_snapshot"]

RuleMemory = dict[str, float | str | bool | None]
"""What one rule remembers of one quantity, as it stands in the snapshot."""


@dataclass(slots=True)
class QuantityMemory:
    """See QuantityState."""

    quantity: str
    unit: str | None
    state: SensorState
    value: float
    at: datetime
    seq: int | None
    since: datetime
    rules: dict[str, RuleMemory] = field(default_factory=dict)


@dataclass(slots=True)
class SensorMemory:
    """See SensorChanged. `last` is the newest reading taken, which the next snapshot follows from."""

    sensor_id: str
    city: str
    name: str
    registered: bool
    lat: float | None = None
    lon: float | None = None
    quantities: dict[str, QuantityMemory] = field(default_factory=dict)
    last: ReadingReceived | None = None


def sensor_snapshot(sensor: SensorMemory) -> SensorChanged:
    """The record of the sensor as it is now. Built without validation: every part was validated when it came in."""
    last = sensor.last
    assert last is not None
    return build(
        SensorChanged,
        {
            "schema_version": 1,
            "event_id": derived_event_id(last.event_id, "sensor"),
            "city": sensor.city,
            "occurred_at": last.occurred_at,
            "received_at": last.received_at,
            "exercise": last.exercise,
            "sensor_id": sensor.sensor_id,
            "name": sensor.name,
            "lat": sensor.lat,
            "lon": sensor.lon,
            "registered": sensor.registered,
            "quantities": {name: _state(quantity) for name, quantity in sensor.quantities.items()},
            "absorbed": (),
        },
    )


def _state(quantity: QuantityMemory) -> QuantityState:
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
            "rules": {rule: dict(memory) for rule, memory in quantity.rules.items()},
        },
    )


def memory_of(snapshot: SensorChanged) -> SensorMemory:
    """The sensor as it was when the snapshot was made."""
    return SensorMemory(
        sensor_id=snapshot.sensor_id,
        city=snapshot.city,
        name=snapshot.name,
        registered=snapshot.registered,
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
                {rule: dict(memory) for rule, memory in state.rules.items()},
            )
            for name, state in snapshot.quantities.items()
        },
    )
