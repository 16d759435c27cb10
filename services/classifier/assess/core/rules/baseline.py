"""Seasonal baseline: levels of how unusual the value is for this hour of the week."""

import base64
from array import array
from statistics import median
from typing import Final

from services.classifier.assess.core.rules.levels import judge_levels
from services.classifier.assess.core.rules.verdict import Measurement, RuleReason, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory, number, numbers
from shared.pack import BaselineRule

__all__ = ["judge_baseline"]

_HOURS: Final = 168
_MOST_SAMPLES: Final = 12
_LEARNING: Final = Verdict(RuleReason.LEARNING)
_NAN: Final = float("nan")
_OF_NORMAL: Final = 1.4826
"""Times the median distance from the median, it is the standard deviation of what is normally distributed."""


def judge_baseline(rule: BaselineRule, memory: RuleMemory, measured: Measurement) -> Verdict:
    """Remembers the median of each hour of the week for the newest weeks (`weeks`, packed), and some readings of the present hour.

    The table is unpacked and packed once an hour; in between a reading costs a comparison with what is `usual` and its `deviation`.
    """
    local = measured.local
    hour = local.weekday() * 24 + local.hour
    hour_began_s = measured.at_s - local.minute * 60 - local.second - local.microsecond / 1e6
    if number(memory, "hour_began") != hour_began_s:
        _end_hour(rule, memory)
        _begin_hour(rule, memory, hour, hour_began_s)
    _sample(memory, measured.value)
    usual, deviation = number(memory, "usual"), number(memory, "deviation")
    if usual is None or deviation is None:
        return _LEARNING
    return judge_levels(rule, memory, (measured.value - usual) / deviation, measured.at_s)


def _sample(memory: RuleMemory, value: float) -> None:
    """Every reading at first; when there are too many, every second of them stays and fewer are taken from then on."""
    seen, every = number(memory, "seen") or 0.0, number(memory, "every") or 1.0
    memory["seen"] = seen + 1
    if seen % every:
        return
    samples = [*numbers(memory, "samples"), value]
    if len(samples) > _MOST_SAMPLES:
        samples, every = samples[::2], every * 2
    memory["samples"], memory["every"] = samples, every


def _end_hour(rule: BaselineRule, memory: RuleMemory) -> None:
    """The hour's median takes the place of its oldest week's."""
    samples, hour = numbers(memory, "samples"), number(memory, "hour")
    if samples and hour is not None:
        table = _unpacked(memory, rule.weeks)
        begin = int(hour) * rule.weeks
        table[begin : begin + rule.weeks] = array("f", [*table[begin + 1 : begin + rule.weeks], median(samples)])
        memory["weeks"] = base64.b85encode(table.tobytes()).decode()


def _begin_hour(rule: BaselineRule, memory: RuleMemory, hour: int, hour_began_s: float) -> None:
    memory["hour"], memory["hour_began"] = float(hour), hour_began_s
    memory["seen"], memory["every"], memory["samples"] = 0.0, 1.0, []
    table = _unpacked(memory, rule.weeks)
    known = [value for value in table[hour * rule.weeks : (hour + 1) * rule.weeks] if value == value]  # noqa: PLR0124 — not NaN
    if len(known) < rule.least_weeks:
        memory["usual"] = memory["deviation"] = None
        return
    usual = median(known)
    spread = median(abs(value - usual) for value in known)
    memory["usual"], memory["deviation"] = usual, max(_OF_NORMAL * spread, rule.least_deviation)


def _unpacked(memory: RuleMemory, weeks: int) -> "array[float]":
    """Of each hour of the week its weeks, oldest first; empty where the pack's number of weeks has changed since."""
    table = array("f")
    packed = memory.get("weeks")
    if isinstance(packed, str):
        table.frombytes(base64.b85decode(packed))
    return table if len(table) == _HOURS * weeks else array("f", [_NAN]) * (_HOURS * weeks)
