"""Sensors' readings and the state each sensor is in."""

from pydantic import Field

from shared.events.base import Event, Record, UtcTime
from shared.events.vocabulary import SensorState

__all__ = ["QuantityState", "ReadingReceived", "SensorChanged"]


class ReadingReceived(Event):
    """One value a sensor measured at `occurred_at`. The same sensor, quantity, time and `seq` again makes the same `event_id`."""

    sensor_id: str
    quantity: str
    value: float
    unit: str | None = None
    lat: float | None = None
    lon: float | None = None
    seq: int | None = None
    member: str | None = None
    """Set by the classifier alone: this is the level (0, 1 warning, 2 alarm) that the named sensor tells its group, `sensor_id`."""


class QuantityState(Record):
    """One quantity of a sensor: what it shows and what its rules remember."""

    quantity: str
    unit: str | None = None
    state: SensorState
    value: float
    at: UtcTime
    seq: int | None = None
    since: UtcTime
    """When it came into `state`."""
    heard_at: UtcTime | None = None
    """When the newest reading was received: silence is counted from here. None: at the snapshot's own `received_at`."""
    rules: dict[str, dict[str, float | str | bool | list[float] | None]] = Field(default_factory=dict)
    """What each rule remembers, by the rule's id (e.g. the level raised, and since when the threshold is crossed)."""


class SensorChanged(Event):
    """The newest snapshot of a sensor: the state of the sensor rules (restored from this compacted topic) and what the console shows."""

    sensor_id: str
    name: str
    lat: float | None = None
    lon: float | None = None
    registered: bool = True
    quantities: dict[str, QuantityState]
    absorbed: tuple[str, ...] = ()
    """Short hashes of the newest readings already folded, so that a redelivery changes nothing."""
