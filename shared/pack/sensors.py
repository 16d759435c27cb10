"""The city's sensors and the rules that turn readings into alarms."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.events.vocabulary import Category, Urgency
from shared.pack.model import Latitude, Line, Longitude, Metres, Names, PackModel, Seconds, Slug


class SensorLevel(StrEnum):
    """How bad, in ascending order; the words of SensorState."""

    WARNING = "warning"
    ALARM = "alarm"

    @property
    def rank(self) -> int:
        return list(SensorLevel).index(self)


class Direction(StrEnum):
    """On which side of the level the danger is."""

    ABOVE = "above"
    BELOW = "below"


class ThresholdLevel(PackModel):
    """Reached when the value has been at or beyond `raise_at` for `for_s`; left when it is back at or within `clear_at`."""

    level: SensorLevel
    raise_at: float
    clear_at: float
    urgency: Urgency
    for_s: Seconds = 0


class ThresholdRule(PackModel):
    """A level with hysteresis and duration. Levels stand in ascending order of danger."""

    type: Literal["threshold"]
    id: Slug
    direction: Direction = Direction.ABOVE
    category: Category
    levels: Annotated[tuple[ThresholdLevel, ...], Field(min_length=1)]


class RangeRule(PackModel):
    """What the device can measure at all (both ends included): a value outside is a fault of the sensor, not an alarm."""

    type: Literal["range"]
    id: Slug
    least: float
    most: float


SensorRule = Annotated[ThresholdRule | RangeRule, Field(discriminator="type")]
"""A new kind of rule is a new model here with its own `type`."""


class Sensor(PackModel):
    """One quantity of one device; a device that measures two stands here twice."""

    id: Slug
    quantity: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
    unit: Annotated[str, Field(min_length=1, max_length=20)]
    names: Names
    lat: Latitude
    lon: Longitude
    radius_m: Metres = 100
    """How far around the device an alarm of it speaks for."""
    silent_after_s: Annotated[float, Field(gt=0)] | None = None
    """No reading for so long is silence; None for devices that speak only when something happens."""
    note: Line | None = None
    rules: tuple[SensorRule, ...] = ()

    @property
    def ranges(self) -> tuple[RangeRule, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, RangeRule))

    @property
    def thresholds(self) -> tuple[ThresholdRule, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, ThresholdRule))


class Sensors(PackModel):
    """sensors.yaml."""

    sensors: tuple[Sensor, ...] = ()
