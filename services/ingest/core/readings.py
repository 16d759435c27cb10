"""Which readings of a request are taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from shared.events import ReadingReceived, format_time
from shared.ids import derived_event_id

__all__ = ["Measured", "Refusal", "RefusedReading", "Sorted", "sort_readings"]


class Refusal(StrEnum):
    """Why a reading is not taken."""

    SENSOR_NOT_ALLOWED = "sensor_not_allowed"
    FROM_THE_FUTURE = "from_the_future"
    NOT_VALID = "not_valid"


class Measured(Protocol):
    """A reading whose form is valid."""

    @property
    def sensor_id(self) -> str: ...
    @property
    def quantity(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def at(self) -> datetime: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def seq(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class RefusedReading:
    """`index` is the reading's place in the request; `pointer` (within the reading) and `detail` say what is wrong with it."""

    index: int
    reason: Refusal
    detail: str
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Sorted:
    accepted: tuple[ReadingReceived, ...]
    refused: tuple[RefusedReading, ...]


class Key(Protocol):
    def allows(self, sensor_id: str) -> bool: ...


def sort_readings(
    measured: Sequence[tuple[int, Measured]], key: Key, city: str, now: datetime, ahead: timedelta
) -> Sorted:
    """Takes what the key may send and no clock has run away with (`ahead` at the most)."""
    accepted: list[ReadingReceived] = []
    refused: list[RefusedReading] = []
    latest = now + ahead
    allowed = {sensor_id: key.allows(sensor_id) for sensor_id in {reading.sensor_id for _, reading in measured}}
    for index, reading in measured:
        if not allowed[reading.sensor_id]:
            refused.append(
                RefusedReading(index, Refusal.SENSOR_NOT_ALLOWED, "the key is not for this sensor", "/sensor_id")
            )
        elif reading.at > latest:
            refused.append(RefusedReading(index, Refusal.FROM_THE_FUTURE, _too_far(ahead), "/at"))
        else:
            accepted.append(_received(reading, city, now))
    return Sorted(tuple(accepted), tuple(refused))


def _too_far(ahead: timedelta) -> str:
    return f"more than {ahead.total_seconds():.0f} s ahead of the city's clock"


def _received(reading: Measured, city: str, now: datetime) -> ReadingReceived:
    at = reading.at.astimezone(UTC)
    return ReadingReceived(
        event_id=derived_event_id(f"{reading.sensor_id}|{reading.quantity}|{format_time(at)}|{reading.seq}", "reading"),
        city=city,
        occurred_at=at,
        received_at=now,
        sensor_id=reading.sensor_id,
        quantity=reading.quantity,
        value=reading.value,
        unit=reading.unit,
        lat=reading.lat,
        lon=reading.lon,
        seq=reading.seq,
    )
