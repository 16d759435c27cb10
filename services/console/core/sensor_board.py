"""The sensors as the console shows them: those that were heard, and those the city has and nobody ever heard."""

from collections.abc import Iterable

from shared.events import Record, SensorChanged, SensorState, UtcTime
from shared.pack import CityPack

__all__ = ["SensorRow", "heard", "with_unheard"]


class SensorRow(Record):
    """One quantity of one sensor. `value` and `at` are null for one that was never heard: its state is `silent`."""

    sensor_id: str
    quantity: str
    unit: str | None
    name: str
    lat: float | None
    lon: float | None
    state: SensorState
    value: float | None
    at: UtcTime | None
    since: UtcTime | None = None
    """When it came into `state`."""


def heard(change: SensorChanged) -> list[SensorRow]:
    """Return a row for each quantity of the snapshot."""
    return [
        SensorRow(
            sensor_id=change.sensor_id,
            quantity=name,
            unit=quantity.unit,
            name=change.name,
            lat=change.lat,
            lon=change.lon,
            state=quantity.state if change.registered else SensorState.UNREGISTERED,
            value=quantity.value,
            at=quantity.at,
            since=quantity.since,
        )
        for name, quantity in change.quantities.items()
    ]


def with_unheard(rows: Iterable[SensorRow], pack: CityPack) -> list[SensorRow]:
    """Return all, by id and quantity."""
    known = {(row.sensor_id, row.quantity): row for row in rows}
    own = pack.city.default_language
    for sensor in pack.sensors:
        known.setdefault(
            (sensor.id, sensor.quantity),
            SensorRow(
                sensor_id=sensor.id,
                quantity=sensor.quantity,
                unit=sensor.unit,
                name=sensor.names.within(own, own),
                lat=sensor.lat,
                lon=sensor.lon,
                state=SensorState.SILENT,
                value=None,
                at=None,
            ),
        )
    return [known[key] for key in sorted(known)]
