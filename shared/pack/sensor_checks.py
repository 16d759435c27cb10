"""Sensors that stand in the city, kinds and units that exist, and rules that can be reached and left."""

from collections.abc import Iterator
from itertools import pairwise

from shared.pack.pack import FILES, CityPack
from shared.pack.sensor_kinds import kinds
from shared.pack.sensor_rules import (
    BaselineRule,
    DeltaRule,
    Direction,
    LevelsRule,
    RangeRule,
    SilenceRule,
    ThresholdRule,
)
from shared.pack.sensors import Sensor, SensorGroup
from shared.pack.source import Finding
from shared.pack.unique_ids import repeated
from shared.pack.units import is_unit

FILE = FILES["sensors"]
Path = tuple[int | str, ...]


def check_sensors(pack: CityPack) -> Iterator[Finding]:
    """Find sensors far away or named twice, and rules that contradict themselves or the sensor's range."""
    yield from repeated(
        FILE, ("sensors",), ((sensor.id, sensor.quantity) for sensor in pack.sensors), "id and quantity"
    )
    most_m = pack.city.limits.sensor_outside_m
    for index, sensor in enumerate(pack.sensors):
        path = ("sensors", index)
        beyond_m = pack.city.boundary.beyond_box_m(sensor.lat, sensor.lon)
        if beyond_m > most_m:
            reason = f"{beyond_m:,.0f} m outside of the city's box, over limits.sensor_outside_m ({most_m:,.0f} m)"
            yield Finding(FILE, (*path, "lat"), reason, "check lat and lon, or raise the limit in city.yaml")
        if sensor.kind is not None and sensor.kind not in kinds():
            advice = f"use one of {', '.join(kinds())}, or remove it"
            yield Finding(FILE, (*path, "kind"), f"unknown kind `{sensor.kind}`", advice)
        if not is_unit(sensor.unit):
            reason = f"unknown unit `{sensor.unit}`: readings in another unit could not be converted"
            yield Finding(FILE, (*path, "unit"), reason, "use a unit of shared/pack/units.py, or add it there")
        yield from _rules(sensor, path)
    yield from _groups(pack)


def _groups(pack: CityPack) -> Iterator[Finding]:
    yield from repeated(FILE, ("groups",), (group.id for group in pack.sensor_groups))
    known = {(sensor.id, sensor.quantity) for sensor in pack.sensors}
    ids = {sensor.id for sensor in pack.sensors}
    for index, group in enumerate(pack.sensor_groups):
        path = ("groups", index)
        if group.id in ids:
            yield Finding(FILE, (*path, "id"), f"a sensor has the id `{group.id}`", "give the group another one")
        for number, member in enumerate(group.of):
            if (member.sensor, member.quantity) not in known:
                reason = f"no sensor `{member.sensor}` with the quantity `{member.quantity}`"
                yield Finding(FILE, (*path, "of", number), reason, "correct it, or add the sensor")
        yield from _levels(group, path)
        yield from _countable(group, path)


def _countable(group: SensorGroup, path: Path) -> Iterator[Finding]:
    members = len(set(group.of))
    if members < len(group.of):
        yield Finding(FILE, (*path, "of"), "a sensor stands here twice", "remove one: it would count once")
    for number, level in enumerate(group.levels):
        if level.raise_at > members:
            reason = f"raise_at {level.raise_at:g} of {members} sensors can never be reached"
            yield Finding(FILE, (*path, "levels", number, "raise_at"), reason, "ask for fewer, or name more sensors")


def _rules(sensor: Sensor, path: Path) -> Iterator[Finding]:
    yield from repeated(FILE, (*path, "rules"), (rule.id for rule in sensor.rules))
    for number, rule in enumerate(sensor.rules):
        at = (*path, "rules", number)
        if isinstance(rule, RangeRule):
            if rule.least >= rule.most:
                reason = f"least {rule.least:g} is not below most {rule.most:g}"
                yield Finding(FILE, (*at, "least"), reason, "swap them, or correct one")
        elif isinstance(rule, LevelsRule):
            yield from _levels(rule, at)
        elif isinstance(rule, DeltaRule) and rule.clear_within is not None and rule.clear_within >= rule.delta:
            reason = f"clear_within {rule.clear_within:g} is not below delta {rule.delta:g}: it would clear while it is raised"
            yield Finding(FILE, (*at, "clear_within"), reason, "make it smaller")
        elif isinstance(rule, SilenceRule) and rule.after_s < (sensor.silent_after_s or 0):
            reason = f"after_s {rule.after_s:g} is less than silent_after_s {sensor.silent_after_s:g}"
            yield Finding(FILE, (*at, "after_s"), reason, "it would be told before it shows; make it as long")
        if isinstance(rule, ThresholdRule):
            yield from _reachable(sensor, rule, at)
        if isinstance(rule, BaselineRule) and rule.least_weeks > rule.weeks:
            reason = f"least_weeks {rule.least_weeks} of {rule.weeks} weeks are never known"
            yield Finding(FILE, (*at, "least_weeks"), reason, "make it at most `weeks`")


def _levels(rule: LevelsRule, path: Path) -> Iterator[Finding]:
    yield from _hysteresis(rule, path)
    yield from _order(rule, path)


def _hysteresis(rule: LevelsRule, path: Path) -> Iterator[Finding]:
    for index, level in enumerate(rule.levels):
        beyond = (
            level.clear_at - level.raise_at if rule.direction is Direction.ABOVE else level.raise_at - level.clear_at
        )
        if beyond > 0:
            side = "above" if rule.direction is Direction.ABOVE else "below"
            reason = f"clear_at {level.clear_at:g} lies {side} raise_at {level.raise_at:g}: it would clear while it is raised"
            yield Finding(
                FILE, (*path, "levels", index, "clear_at"), reason, "put clear_at on the safe side of raise_at"
            )


def _order(rule: LevelsRule, path: Path) -> Iterator[Finding]:
    for index, (one, other) in enumerate(pairwise(rule.levels), start=1):
        at = (*path, "levels", index)
        if other.level.rank <= one.level.rank:
            yield Finding(
                FILE, (*at, "level"), f"{other.level} after {one.level}", "write the levels in ascending order"
            )
        further = other.raise_at - one.raise_at if rule.direction is Direction.ABOVE else one.raise_at - other.raise_at
        if further <= 0:
            reason = f"raise_at {other.raise_at:g} of {other.level} is not beyond {one.raise_at:g} of {one.level}"
            yield Finding(FILE, (*at, "raise_at"), reason, "thresholds ascend with the danger; correct one of them")
        if not other.urgency.at_least(one.urgency):
            reason = f"urgency {other.urgency} is below {one.urgency} of the level before"
            yield Finding(FILE, (*at, "urgency"), reason, "a worse level is at least as urgent")


def _reachable(sensor: Sensor, rule: ThresholdRule, path: Path) -> Iterator[Finding]:
    for index, level in enumerate(rule.levels):
        for limits in sensor.ranges:
            if not limits.least <= level.raise_at <= limits.most:
                reason = f"raise_at {level.raise_at:g} is outside of the range {limits.least:g} to {limits.most:g}"
                at = (*path, "levels", index, "raise_at")
                yield Finding(FILE, at, reason, "it would be a fault before an alarm; correct the level or the range")
