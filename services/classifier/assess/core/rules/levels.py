"""Levels with hysteresis and duration: raised at one value after a time, cleared at another. What the value is says the rule's kind."""

from services.classifier.assess.core.rules.verdict import QUIET, Raised, RuleReason, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory
from shared.events import SensorState, Urgency
from shared.pack import Direction, LevelsRule

__all__ = ["judge_levels", "next_level_at_s"]

_WAITING = Verdict(RuleReason.WAITING)
_CLEARED = Verdict(RuleReason.CLEARED, cleared=True)
_CLEARED_UNTOLD = Verdict(RuleReason.CLEARED)
_NO_LEVEL = -1


def judge_levels(rule: LevelsRule, memory: RuleMemory, value: float, at_s: float) -> Verdict:
    """The highest level that was reached for long enough, or that holds because the value is not back at its clearing level.

    Remembers `level` (the one raised) and, for each level, since when the value is at or beyond it (seconds since 1970 by the sensor's
    own time).
    """
    sign = 1.0 if rule.direction is Direction.ABOVE else -1.0
    value *= sign
    if not memory and value < sign * rule.levels[0].raise_at:
        return QUIET
    before = after = _NO_LEVEL
    is_waiting = False
    held = memory.get("level")
    if held is not None and held not in {level.level.value for level in rule.levels}:
        held = None  # the pack has changed since
    for index, level in enumerate(rule.levels):
        name = level.level.value
        if value >= sign * level.raise_at:
            since = memory.setdefault(name, at_s)
            is_reached = at_s - float(since or 0) >= level.for_s  # type: ignore[arg-type]  # levels hold numbers
            is_waiting = is_waiting or not is_reached
        else:
            is_reached = False
            memory.pop(name, None)
        if name == held:
            before = index
        # Below the held level every lower one holds too until the value is back at its own clearing level.
        if is_reached or (held is not None and before in {_NO_LEVEL, index} and value > sign * level.clear_at):
            after = index
    if after == before == _NO_LEVEL:
        return _WAITING if is_waiting else QUIET
    return _verdict(rule, memory, before, after)


def next_level_at_s(rule: LevelsRule, memory: RuleMemory) -> float | None:
    """When the next level is reached if the value stays as it is, in seconds since 1970 by the sensor's own time."""
    held = memory.get("level")
    rank = next((index for index, level in enumerate(rule.levels) if level.level.value == held), _NO_LEVEL)
    waiting = [
        float(since) + level.for_s
        for level in rule.levels[rank + 1 :]
        if isinstance(since := memory.get(level.level.value), int | float)
    ]
    return min(waiting, default=None)


def _verdict(rule: LevelsRule, memory: RuleMemory, before: int, after: int) -> Verdict:
    if after == _NO_LEVEL:
        memory.pop("level", None)
        is_told = any(level.urgency is not Urgency.NONE for level in rule.levels)
        return _CLEARED if is_told else _CLEARED_UNTOLD
    level = rule.levels[after]
    state = SensorState(level.level.value)
    memory["level"] = level.level.value
    if after > before:
        reason = RuleReason.RAISED if before == _NO_LEVEL else RuleReason.RAISED_HIGHER
        return Verdict(reason, state, Raised(level.level.value, rule.category, level.urgency))
    return Verdict(RuleReason.HELD if after == before else RuleReason.LOWERED, state)
