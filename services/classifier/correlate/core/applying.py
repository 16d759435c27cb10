"""What a decision that holds does to the alerts."""

from services.classifier.correlate.core.alert import Alert
from services.classifier.correlate.core.city import CityState
from services.classifier.correlate.core.regrouping import merge, split, take_back
from services.classifier.correlate.core.weighing import weigh
from shared.events import AlertState, DecisionKind, DecisionTaken
from shared.pack import CityPack

__all__ = ["apply_decision"]


def apply_decision(
    city: CityState, alert: Alert, decision: DecisionTaken, target: Alert | None, pack: CityPack
) -> tuple[Alert, ...]:
    """Changes the alert, and the others that a merge, split or reopening touches; returns all that changed, to be indexed again."""
    city.unindex(alert)
    match decision.kind:
        case DecisionKind.MERGE:
            assert target is not None
            city.unindex(target)
            merge(alert, target, decision, pack.scoring)
            return alert, target
        case DecisionKind.SPLIT:
            new = split(alert, decision, pack)
            city.alerts[new.alert_id] = new
            return alert, new
        case DecisionKind.REOPEN:
            return _reopen(city, alert, decision, pack)
        case _:
            _apply_alone(alert, decision, pack)
            return (alert,)


def _apply_alone(alert: Alert, decision: DecisionTaken, pack: CityPack) -> None:
    match decision.kind:
        case DecisionKind.ACKNOWLEDGE:
            alert.state = AlertState.ACKNOWLEDGED
            alert.acknowledged_by, alert.acknowledged_at = decision.actor, decision.received_at
            alert.escalated_at = None
        case DecisionKind.ASSIGN:
            alert.assigned_to = decision.assignee
        case DecisionKind.SET_URGENCY:
            alert.urgency_set = decision.urgency
            weigh(alert, pack.scoring)
        case DecisionKind.SET_CATEGORY:
            _set_category(alert, decision)
        case DecisionKind.RESOLVE | DecisionKind.DISMISS:
            resolved = decision.kind is DecisionKind.RESOLVE
            alert.state = AlertState.RESOLVED if resolved else AlertState.DISMISSED
            alert.closed_at = decision.received_at
        case DecisionKind.PUBLISH:
            alert.public = True
            alert.public_text = decision.text
    if decision.kind not in {DecisionKind.NOTE, DecisionKind.ASK}:
        alert.say(decision.kind, _told(decision), decision.received_at)


def _set_category(alert: Alert, decision: DecisionTaken) -> None:
    assert decision.category is not None
    alert.also[alert.category] = None
    alert.also.pop(decision.category, None)
    alert.category = alert.category_set = decision.category


def _reopen(city: CityState, alert: Alert, decision: DecisionTaken, pack: CityPack) -> tuple[Alert, ...]:
    alert.say(decision.kind, _told(decision), decision.received_at)
    merged_into = city.get(alert.merged_into, decision.received_at)
    alert.state, alert.closed_at, alert.merged_into = AlertState.OPEN, None, None
    alert.acknowledged_by, alert.acknowledged_at = None, None
    alert.wait_anew(decision.received_at)
    if merged_into is None:
        return (alert,)
    city.unindex(merged_into)
    take_back(alert, merged_into, decision, pack.scoring)
    return alert, merged_into


def _told(decision: DecisionTaken) -> str:
    what = decision.assignee or decision.urgency or decision.category or ""
    why = f": {decision.reason}" if decision.reason else ""
    return f"{decision.actor}, {decision.kind} {what}".strip() + why
