"""Out of range: a value that the device cannot measure is a fault of the device, not an alarm."""

from services.classifier.assess.core.rules.verdict import QUIET, Measurement, RuleReason, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory
from shared.events import SensorState
from shared.pack import RangeRule

__all__ = ["judge_range"]

_OUTSIDE = Verdict(RuleReason.OUT_OF_RANGE, SensorState.FAULT, fault=True)


def judge_range(rule: RangeRule, memory: RuleMemory, measured: Measurement) -> Verdict:  # noqa: ARG001 — it remembers nothing
    return QUIET if rule.least <= measured.value <= rule.most else _OUTSIDE
