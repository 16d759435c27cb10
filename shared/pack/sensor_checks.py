"""Sensors that stand in the city, and levels that can be reached and left."""

from collections.abc import Iterator
from itertools import pairwise

from shared.pack.pack import FILES, CityPack
from shared.pack.sensors import Direction, RangeRule, Sensor, ThresholdRule
from shared.pack.source import Finding
from shared.pack.unique_ids import repeated

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
        yield from _rules(sensor, path)


def _rules(sensor: Sensor, path: Path) -> Iterator[Finding]:
    yield from repeated(FILE, (*path, "rules"), (rule.id for rule in sensor.rules))
    for number, rule in enumerate(sensor.rules):
        at = (*path, "rules", number)
        if isinstance(rule, RangeRule):
            if rule.least >= rule.most:
                reason = f"least {rule.least:g} is not below most {rule.most:g}"
                yield Finding(FILE, (*at, "least"), reason, "swap them, or correct one")
        else:
            yield from _hysteresis(rule, at)
            yield from _order(rule, at)
            yield from _reachable(sensor, rule, at)


def _hysteresis(rule: ThresholdRule, path: Path) -> Iterator[Finding]:
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


def _order(rule: ThresholdRule, path: Path) -> Iterator[Finding]:
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
