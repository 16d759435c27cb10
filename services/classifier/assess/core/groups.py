"""Several sensors asked together: so many of them at a level are a level of the group.

Its members lie in several partitions. Each tells a change of its level as a reading of the group, which Kafka brings, by the group's id, to
one partition: there the group is a sensor like any other, restored and moved with it (docs/adr).
"""

from services.classifier.assess.core.rules.levels import judge_levels
from services.classifier.assess.core.sensor_clock import Sensors
from services.classifier.assess.core.sensor_memory import Cause, QuantityMemory, SensorMemory, number
from services.classifier.assess.core.sensor_plans import GroupPlan
from services.classifier.assess.core.telling import RANKS, SensorSignal, signal_for
from shared.events import ReadingReceived, SensorState
from shared.pack import Scoring

__all__ = ["fold_member"]

_MEMBERS = "+members"
_TIMES = "+times"


def fold_member(
    sensors: Sensors, reading: ReadingReceived, plan: GroupPlan, scoring: Scoring
) -> tuple[SensorSignal | None, bool]:
    """Takes a member's level into the group; False for one that is older than what the member told last, or the same again."""
    member = str(reading.member)
    sensor, shown = _group(sensors, reading, plan)
    ranks, times = shown.memory(_MEMBERS), shown.memory(_TIMES)
    told_s, at_s = number(times, member), reading.occurred_at.timestamp()
    if told_s is not None and (at_s < told_s or (at_s == told_s and ranks.get(member) == reading.value)):
        return None, False
    ranks[member], times[member] = reading.value, at_s
    _forget_strangers(plan, ranks, times)
    least = RANKS[SensorState(plan.group.counts_from.value)]
    raised = sum(1 for rank in ranks.values() if isinstance(rank, int | float) and rank >= least)
    cause = sensor.cause = Cause(reading.event_id, reading.occurred_at, reading.received_at, reading.exercise)
    sensor.exercise = reading.exercise
    shown.value, shown.heard_at = float(raised), reading.received_at
    shown.at = max(shown.at, reading.occurred_at)
    verdict = judge_levels(plan.group, shown.memory(plan.group.id), raised, reading.received_at.timestamp())
    shown.enter(verdict.state, reading.occurred_at)
    if verdict.raised is None and not verdict.cleared:
        return None, True
    return signal_for(
        verdict, plan.group.id, float(raised), cause, sensor=sensor, shown=plan.shown, scoring=scoring
    ), True


def _group(sensors: Sensors, reading: ReadingReceived, plan: GroupPlan) -> tuple[SensorMemory, QuantityMemory]:
    sensor = sensors.memory.get(reading.sensor_id)
    if sensor is None:
        sensor = sensors.memory[reading.sensor_id] = SensorMemory(
            reading.sensor_id, reading.city, plan.shown.name, registered=True
        )
    sensor.name, sensor.lat, sensor.lon = plan.shown.name, plan.shown.lat, plan.shown.lon
    shown = sensor.quantities.get(reading.quantity)
    if shown is None:
        at = reading.occurred_at
        shown = sensor.quantities[reading.quantity] = QuantityMemory(
            reading.quantity, plan.shown.unit, SensorState.OK, 0.0, at, None, at, reading.received_at
        )
    return sensor, shown


def _forget_strangers(plan: GroupPlan, *memories: dict[str, float | str | bool | list[float] | None]) -> None:
    for memory in memories:
        for member in memory.keys() - plan.members:
            del memory[member]
