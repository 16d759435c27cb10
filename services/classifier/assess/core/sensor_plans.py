"""The pack's sensors, ready to be asked: each with its rules in their order, its unit, its place and the groups it belongs to."""

from dataclasses import dataclass, field
from datetime import tzinfo

from services.classifier.assess.core.rules.registry import RULE_KINDS
from services.classifier.assess.core.rules.verdict import SensorRuleKind
from shared.pack import CityPack, LevelsRule, Scoring, Sensor, SensorGroup, SensorRule, SilenceRule

__all__ = ["GroupPlan", "Plan", "SensorRules", "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """How a sensor or a group of them is named, and where it stands."""

    sensor_id: str
    quantity: str
    unit: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One quantity of one sensor."""

    shown: Shown
    zone: tzinfo
    rules: tuple[tuple[SensorRule, SensorRuleKind], ...]
    groups: tuple[SensorGroup, ...]
    silent_after_s: float | None
    silences: tuple[SilenceRule, ...]
    held: tuple[LevelsRule, ...]
    """Rules whose durations run on without a reading: those of a sensor that speaks on change."""
    least_silence_s: float | None = field(init=False)

    def __post_init__(self) -> None:
        waits = [rule.after_s for rule in self.silences]
        if self.silent_after_s is not None:
            waits.append(self.silent_after_s)
        object.__setattr__(self, "least_silence_s", min(waits, default=None))


@dataclass(frozen=True, slots=True)
class GroupPlan:
    shown: Shown
    group: SensorGroup
    members: frozenset[str]


class SensorRules:
    """The pack's sensors and groups. A sensor that it does not name is shown as unregistered and raises nothing."""

    def __init__(self, pack: CityPack) -> None:
        self.scoring: Scoring = pack.scoring
        language = pack.city.default_language
        asked: dict[tuple[str, str], list[SensorGroup]] = {}
        self._groups: dict[str, GroupPlan] = {}
        for group in pack.sensor_groups:
            name = group.names.within(language, language)
            shown = Shown(group.id, "sensors_raised", "1", name, group.lat, group.lon)
            members = frozenset(f"{member.sensor}/{member.quantity}" for member in group.of)
            self._groups[group.id] = GroupPlan(shown, group, members)
            for member in group.of:
                asked.setdefault((member.sensor, member.quantity), []).append(group)
        zone = pack.city.zone
        self._plans = {
            (sensor.id, sensor.quantity): _plan(
                sensor,
                sensor.names.within(language, language),
                zone,
                tuple(asked.get((sensor.id, sensor.quantity), ())),
            )
            for sensor in pack.sensors
        }

    def plan(self, sensor_id: str, quantity: str) -> Plan | None:
        return self._plans.get((sensor_id, quantity))

    def group(self, group_id: str) -> GroupPlan | None:
        return self._groups.get(group_id)


def _plan(sensor: Sensor, name: str, zone: tzinfo, groups: tuple[SensorGroup, ...]) -> Plan:
    order = list(RULE_KINDS)
    rules = sorted(sensor.rules, key=lambda rule: order.index(rule.type))
    return Plan(
        Shown(sensor.id, sensor.quantity, sensor.unit, name, sensor.lat, sensor.lon),
        zone,
        tuple((rule, RULE_KINDS[rule.type]) for rule in rules),
        groups,
        sensor.silent_after_s,
        tuple(rule for rule in rules if isinstance(rule, SilenceRule)),
        sensor.thresholds if sensor.on_change else (),
    )
