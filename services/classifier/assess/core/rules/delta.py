"""Delta: a jump from one reading to the next."""

from services.classifier.assess.core.rules.verdict import QUIET, Measurement, Raised, RuleReason, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory, number
from shared.events import SensorState
from shared.pack import DeltaRule, Direction

__all__ = ["judge_delta"]

_CLEARED = Verdict(RuleReason.CLEARED, cleared=True)


def judge_delta(rule: DeltaRule, memory: RuleMemory, measured: Measurement) -> Verdict:
    """Remembers the reading before (`value`, `at`), and of a jump the value `from` which and `since` when (seconds since 1970)."""
    before, at_s = number(memory, "value"), number(memory, "at")
    memory["value"], memory["at"] = measured.value, measured.at_s
    is_next = before is not None and at_s is not None and measured.at_s - at_s <= rule.within_s
    held = memory.get("level") == rule.level.value
    state = SensorState(rule.level.value)
    if before is not None and is_next and _jumps(rule, measured.value - before):
        memory["level"], memory["since"] = rule.level.value, measured.at_s
        if held:
            return _CLEARED if _is_back(rule, memory, measured) and _forget(memory) else Verdict(RuleReason.HELD, state)
        memory["from"] = before
        return Verdict(RuleReason.RAISED, state, Raised(rule.level.value, rule.category, rule.urgency))
    if not held:
        return QUIET
    if _is_back(rule, memory, measured) or measured.at_s - (number(memory, "since") or 0) >= rule.hold_s:
        _forget(memory)
        return _CLEARED
    return Verdict(RuleReason.HELD, state)


def _jumps(rule: DeltaRule, change: float) -> bool:
    if rule.direction is None:
        return abs(change) >= rule.delta
    return (change if rule.direction is Direction.ABOVE else -change) >= rule.delta


def _is_back(rule: DeltaRule, memory: RuleMemory, measured: Measurement) -> bool:
    within = rule.delta / 2 if rule.clear_within is None else rule.clear_within
    return abs(measured.value - (number(memory, "from") or 0.0)) <= within


def _forget(memory: RuleMemory) -> bool:
    for key in ("level", "from", "since"):
        memory.pop(key, None)
    return True
