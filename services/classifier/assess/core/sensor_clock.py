"""The sensors of a partition, and the moments at which something becomes true although nothing is read."""

import heapq
from dataclasses import dataclass, field

from services.classifier.assess.core.rules.levels import next_level_at_s
from services.classifier.assess.core.sensor_memory import QuantityMemory, SensorMemory
from services.classifier.assess.core.sensor_plans import Plan
from shared.events import SensorState

__all__ = ["Sensors", "next_moment_s"]


@dataclass(slots=True)
class Sensors:
    """`clock` holds at the most one valid moment for each quantity: (seconds since 1970, sensor, quantity).

    A reading only moves a moment away, so it touches the clock no more than once in a sensor's time of silence: what comes up too early
    is put back.
    """

    memory: dict[str, SensorMemory] = field(default_factory=dict)
    clock: list[tuple[float, str, str]] = field(default_factory=list)

    def arm(self, sensor_id: str, shown: QuantityMemory, moment_s: float | None) -> None:
        """Sees to it that the quantity comes up at `moment_s`, or earlier."""
        if moment_s is not None and (shown.timer_s is None or moment_s < shown.timer_s):
            shown.timer_s = moment_s
            heapq.heappush(self.clock, (moment_s, sensor_id, shown.quantity))

    def is_due(self, at_s: float) -> bool:
        """Whether something may come up before `at_s`."""
        return bool(self.clock) and self.clock[0][0] < at_s

    def pop_before(self, at_s: float) -> tuple[float, SensorMemory, QuantityMemory] | None:
        """The earliest quantity that comes up before `at_s`, with its moment, taken out of the clock."""
        while self.clock and self.clock[0][0] < at_s:
            moment_s, sensor_id, quantity = heapq.heappop(self.clock)
            sensor = self.memory[sensor_id]
            shown = sensor.quantities[quantity]
            if shown.timer_s == moment_s:
                shown.timer_s = None
                return moment_s, sensor, shown
        return None


def next_moment_s(plan: Plan, shown: QuantityMemory) -> float | None:
    """When something becomes true of the quantity if nothing is read any more; None for never."""
    if plan.least_silence_s is None and not plan.held:
        return None
    heard_s = shown.heard_at.timestamp()
    moments: list[float] = []
    if plan.silent_after_s is not None and shown.state is not SensorState.SILENT:
        moments.append(heard_s + plan.silent_after_s)
    moments += [heard_s + rule.after_s for rule in plan.silences if "level" not in shown.rules.get(rule.id, {})]
    if plan.held and shown.state not in {SensorState.SILENT, SensorState.FAULT}:
        ahead_s = heard_s - shown.at.timestamp()
        for rule in plan.held:
            if (reached_s := next_level_at_s(rule, shown.rules.get(rule.id, {}))) is not None:
                moments.append(reached_s + ahead_s)
    return min(moments, default=None)
