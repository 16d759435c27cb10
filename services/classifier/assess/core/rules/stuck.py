"""Stuck: a value that does not move for longer than the thing it measures can stand still is a fault."""

from services.classifier.assess.core.rules.verdict import QUIET, Measurement, RuleReason, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory, number
from shared.events import SensorState
from shared.pack import StuckRule

__all__ = ["judge_stuck"]

_STUCK = Verdict(RuleReason.STUCK, SensorState.FAULT, fault=True)


def judge_stuck(rule: StuckRule, memory: RuleMemory, measured: Measurement) -> Verdict:
    """Remembers the `value` it stays near, `since` when (seconds since 1970) and over how many `readings`."""
    value = number(memory, "value")
    if value is None or abs(measured.value - value) > rule.tolerance:
        memory["value"], memory["since"], memory["readings"] = measured.value, measured.at_s, 1.0
        return QUIET
    readings = (number(memory, "readings") or 0) + 1
    memory["readings"] = min(readings, float(rule.least_readings))
    is_long = measured.at_s - (number(memory, "since") or 0) >= rule.same_for_s
    return _STUCK if is_long and readings >= rule.least_readings else QUIET
