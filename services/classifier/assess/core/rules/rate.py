"""Rate of change: levels of how fast the value rises or falls."""

from typing import Final

from services.classifier.assess.core.rules.levels import judge_levels
from services.classifier.assess.core.rules.verdict import Measurement, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory, numbers
from shared.pack import RateRule

__all__ = ["judge_rate"]

_SLOTS: Final = 8


def judge_rate(rule: RateRule, memory: RuleMemory, measured: Measurement) -> Verdict:
    """The change since the oldest remembered reading of the last `within_s`, as if it had taken at least a quarter of that.

    Remembers the first reading of each eighth of the window, `times` and `values`, so it is as small with a reading a second as with one an
    hour. Two readings a second apart say nothing of an hour: without the quarter a trembling value would be a flood.
    """
    times, values = numbers(memory, "times"), numbers(memory, "values")
    oldest = next((index for index, at_s in enumerate(times) if at_s >= measured.at_s - rule.within_s), len(times))
    times, values = times[oldest:], values[oldest:]
    rate = 0.0
    if times:
        elapsed_s = max(measured.at_s - times[0], rule.within_s / 4)
        rate = (measured.value - values[0]) / elapsed_s * rule.per_s
    if not times or measured.at_s - times[-1] >= rule.within_s / _SLOTS:
        times, values = [*times, measured.at_s], [*values, measured.value]
    memory["times"], memory["values"] = times, values
    return judge_levels(rule, memory, rate, measured.at_s)
