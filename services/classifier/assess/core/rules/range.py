"""Out of range: a value that the device cannot measure is a fault of the device, not an alarm."""

from services.classifier.assess.core.rules.verdict import RuleReason, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory
from shared.events import ReadingReceived, SensorState
from shared.pack import RangeRule

__all__ = ["judge_range"]

_INSIDE = Verdict(RuleReason.QUIET)
_OUTSIDE = Verdict(RuleReason.OUT_OF_RANGE, SensorState.FAULT, fault=True)


def judge_range(rule: RangeRule, memory: RuleMemory, reading: ReadingReceived) -> Verdict:  # noqa: ARG001 — it remembers nothing
    return _INSIDE if rule.least <= reading.value <= rule.most else _OUTSIDE
