"""Threshold with hysteresis and duration: raised at one value after a time, cleared at another."""

from services.classifier.assess.core.rules.verdict import Raised, RuleReason, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory
from shared.events import ReadingReceived, SensorState
from shared.pack import Direction, ThresholdLevel, ThresholdRule

__all__ = ["judge_threshold"]

_QUIET = Verdict(RuleReason.QUIET)
_WAITING = Verdict(RuleReason.WAITING)
_CLEARED = Verdict(RuleReason.CLEARED, cleared=True)
_NO_LEVEL = -1


def judge_threshold(rule: ThresholdRule, memory: RuleMemory, reading: ReadingReceived) -> Verdict:
    """The highest level that was reached for long enough, or that holds because the value is not back at its clearing level.

    Remembers `level` (the one raised) and, for each level, since when the value is at or beyond it (seconds since 1970 by the sensor's
    own time).
    """
    value = reading.value if rule.direction is Direction.ABOVE else -reading.value
    at_s = reading.occurred_at.timestamp()
    before = after = _NO_LEVEL
    is_waiting = False
    held = memory.get("level")
    if held not in {level.level.value for level in rule.levels}:
        held = None  # the pack has changed since
    for index, level in enumerate(rule.levels):
        name = level.level.value
        raise_at, clear_at = _edges(rule, level)
        if value >= raise_at:
            since = memory.setdefault(name, at_s)
            is_reached = at_s - float(since or 0) >= level.for_s
            is_waiting = is_waiting or not is_reached
        else:
            is_reached = False
            memory.pop(name, None)
        if name == held:
            before = index
        # Below the held level every lower one holds too until the value is back at its own clearing level.
        if is_reached or (held is not None and before in {_NO_LEVEL, index} and value > clear_at):
            after = index
    if after == before == _NO_LEVEL:
        return _WAITING if is_waiting else _QUIET
    return _verdict(rule, memory, before, after)


def _edges(rule: ThresholdRule, level: ThresholdLevel) -> tuple[float, float]:
    """The raising and the clearing value, turned so that danger is always above."""
    if rule.direction is Direction.ABOVE:
        return level.raise_at, level.clear_at
    return -level.raise_at, -level.clear_at


def _verdict(rule: ThresholdRule, memory: RuleMemory, before: int, after: int) -> Verdict:
    if after == _NO_LEVEL:
        memory.pop("level", None)
        return _CLEARED
    level = rule.levels[after]
    state = SensorState(level.level.value)
    memory["level"] = level.level.value
    if after > before:
        reason = RuleReason.RAISED if before == _NO_LEVEL else RuleReason.RAISED_HIGHER
        return Verdict(reason, state, Raised(level.level.value, rule.category, level.urgency))
    return Verdict(RuleReason.HELD if after == before else RuleReason.LOWERED, state)
