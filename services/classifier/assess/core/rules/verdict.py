"""What a sensor rule says about one reading."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from services.classifier.assess.core.sensor_memory import RuleMemory
from shared.events import Category, ReadingReceived, SensorState, Urgency

__all__ = ["Raised", "RuleReason", "SensorRuleKind", "Verdict"]


class RuleReason(StrEnum):
    """Why the rule says it."""

    QUIET = "quiet"
    WAITING = "waiting"
    RAISED = "raised"
    RAISED_HIGHER = "raised_higher"
    HELD = "held"
    LOWERED = "lowered"
    CLEARED = "cleared"
    OUT_OF_RANGE = "out_of_range"


@dataclass(frozen=True, slots=True)
class Raised:
    """A level that was reached by this reading, to be told to the city."""

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


class SensorRuleKind(Protocol):
    """A kind of rule: pure; it may change the memory it is handed, and nothing else."""

    def __call__(self, rule: Any, memory: RuleMemory, reading: ReadingReceived) -> Verdict: ...
