"""What a sensor tells: its city of levels, its groups of changes."""

from services.classifier.assess.core.rules.verdict import Raised, Verdict
from services.classifier.assess.core.sensor_memory import Cause, QuantityMemory, SensorMemory
from services.classifier.assess.core.sensor_plans import Plan, Shown
from shared.events import ReadingReceived, ReadingSignal, SensorRecovered, SensorState, Urgency
from shared.ids import derived_event_id
from shared.pack import Scoring

__all__ = ["GROUPS", "RANKS", "SensorSignal", "signal_for", "tell_groups"]

SensorSignal = ReadingSignal | SensorRecovered
_POINTS_INSIDE_LEVEL = 5.0
RANKS = {SensorState.OK: 0.0, SensorState.WARNING: 1.0, SensorState.ALARM: 2.0}
GROUPS = "+groups"
"""Stands beside the rules' ids, which are slugs, for what the groups were told last."""


def signal_for(
    verdict: Verdict, rule_id: str, value: float, cause: Cause, *, sensor: SensorMemory, shown: Shown, scoring: Scoring
) -> SensorSignal | None:
    """What the city hears of the verdict: a level that was raised and is urgent at all, or that it is over."""
    shared = {
        "schema_version": 1,
        "event_id": derived_event_id(cause.event_id, f"signal/{rule_id}"),
        "city": sensor.city,
        "occurred_at": cause.occurred_at,
        "received_at": cause.received_at,
        "exercise": cause.exercise,
        "sensor_id": shown.sensor_id,
        "quantity": shown.quantity,
        "value": value,
        "unit": shown.unit,
        "rule": rule_id,
    }
    if verdict.cleared:
        return SensorRecovered(**shared)
    if verdict.raised is None or verdict.raised.urgency is Urgency.NONE:
        return None
    return ReadingSignal(**shared, **_raising(verdict.raised, sensor, shown, scoring))


def _raising(raised: Raised, sensor: SensorMemory, shown: Shown, scoring: Scoring) -> dict[str, object]:
    return {
        "category": raised.category,
        "urgency": raised.urgency,
        "score": min(100.0, scoring.thresholds.get(raised.urgency, 0.0) + _POINTS_INSIDE_LEVEL),
        "lat": sensor.lat,
        "lon": sensor.lon,
        "place": shown.name,
        "level": raised.level,
    }


def tell_groups(plan: Plan, sensor: SensorMemory, shown: QuantityMemory, cause: Cause) -> tuple[ReadingReceived, ...]:
    """A reading for each group, when the level is another than it was told last. A broken or silent sensor takes nothing back."""
    rank = RANKS.get(shown.state)
    if rank is None:
        return ()
    memory = shown.memory(GROUPS)
    if (memory.get("rank") or 0) == rank:
        return ()
    memory["rank"] = rank
    return tuple(
        ReadingReceived(
            event_id=derived_event_id(cause.event_id, f"group/{group.id}/{shown.quantity}"),
            city=sensor.city,
            occurred_at=cause.occurred_at,
            received_at=cause.received_at,
            exercise=cause.exercise,
            sensor_id=group.id,
            quantity="sensors_raised",
            value=rank,
            unit="1",
            member=f"{sensor.sensor_id}/{shown.quantity}",
        )
        for group in plan.groups
    )
