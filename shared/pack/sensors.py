"""The city's sensors and the rules that turn readings into alarms."""

from typing import Annotated

from pydantic import Field

from shared.pack.model import Latitude, Line, Longitude, Metres, Names, PackModel, Slug
from shared.pack.sensor_rules import LevelsRule, RangeRule, SensorLevel, SensorRule, ThresholdRule

Quantity = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Unit = Annotated[str, Field(min_length=1, max_length=20)]


class SensorKind(PackModel):
    """What sensors of one kind have in common: shared/pack/sensor_kinds/<kind>.yaml. A sensor that names it may say any of it anew."""

    about: Line
    quantity: Quantity
    unit: Unit
    silent_after_s: Annotated[float, Field(gt=0)] | None = None
    on_change: bool = False
    rules: tuple[SensorRule, ...] = ()


class Sensor(PackModel):
    """One quantity of one device; a device that measures two stands here twice."""

    id: Slug
    kind: Slug | None = None
    """A file of shared/pack/sensor_kinds: what is not said here is taken from it, and so are its rules whose ids are not here."""
    quantity: Quantity
    unit: Unit
    names: Names
    lat: Latitude
    lon: Longitude
    radius_m: Metres = 100
    """How far around the device an alarm of it speaks for."""
    silent_after_s: Annotated[float, Field(gt=0)] | None = None
    """No reading for so long is silence; None for devices that speak only when something happens."""
    on_change: bool = False
    """It speaks when its value changes: a value holds, and durations (`for_s`) run on, until the next."""
    note: Line | None = None
    rules: tuple[SensorRule, ...] = ()

    @property
    def ranges(self) -> tuple[RangeRule, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, RangeRule))

    @property
    def thresholds(self) -> tuple[ThresholdRule, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, ThresholdRule))


class Member(PackModel):
    """A quantity of a sensor that a group asks."""

    sensor: Slug
    quantity: Quantity


class SensorGroup(LevelsRule):
    """Sensors asked together, such as two of three: looks at how many of them are at `counts_from` or worse. It shows as a sensor."""

    names: Names
    lat: Latitude
    lon: Longitude
    radius_m: Metres = 500
    of: Annotated[tuple[Member, ...], Field(min_length=2, max_length=50)]
    counts_from: SensorLevel = SensorLevel.WARNING


class Sensors(PackModel):
    """sensors.yaml."""

    sensors: tuple[Sensor, ...] = ()
    groups: tuple[SensorGroup, ...] = ()
