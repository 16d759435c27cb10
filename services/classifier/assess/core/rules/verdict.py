"""What a sensor rule looks at, and what it says about it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any, Final, Protocol

from services.classifier.assess.core.sensor_memory import RuleMemory
from shared.events import Category, SensorState, Urgency

__all__ = ["LEVEL_CHANGES", "QUIET", "Measurement", "Raised", "RuleReason", "SensorRuleKind", "Verdict"]


class RuleReason(StrEnum):
    """Why the rule says it."""

    QUIET = "quiet"
    WAITING = "waiting"
    LEARNING = "learning"
    RAISED = "raised"
    RAISED_HIGHER = "raised_higher"
    HELD = "held"
    LOWERED = "lowered"
    CLEARED = "cleared"
    OUT_OF_RANGE = "out_of_range"
    STUCK = "stuck"
    SILENT = "silent"


LEVEL_CHANGES: Final = frozenset({RuleReason.RAISED, RuleReason.RAISED_HIGHER, RuleReason.LOWERED, RuleReason.CLEARED})


@dataclass(slots=True)
class Measurement:
    """`value` in the sensor's unit, `at_s` by the sensor's own clock in seconds since 1970; `zone` is the city's."""

    value: float
    at_s: float
    zone: tzinfo

    @property
    def local(self) -> datetime:
        return datetime.fromtimestamp(self.at_s, self.zone)


@dataclass(frozen=True, slots=True)
class Raised:
    """A level that was reached by this reading, to be told to the city unless its urgency is none."""

    level: str
    category: Category
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is what the rule alone would call the sensor; `fault` stops the rules after it."""

    reason: RuleReason
    state: SensorState = SensorState.OK
    raised: Raised | None = None
    cleared: bool = False
    fault: bool = False


QUIET: Final = Verdict(RuleReason.QUIET)


class SensorRuleKind(Protocol):
    """A kind of rule: pure; it may change the memory it is handed, and nothing else."""

    def __call__(self, rule: Any, memory: RuleMemory, measured: Measurement) -> Verdict: ...
