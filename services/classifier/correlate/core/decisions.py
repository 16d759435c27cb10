"""Whether an operator's decision holds, and why not."""

from enum import StrEnum

from services.classifier.correlate.core.alert import Alert
from shared.events import AlertState, DecisionKind, DecisionTaken, Urgency

__all__ = ["Verdict", "judge"]


class Verdict(StrEnum):
    """`applied`, or why a decision is refused."""

    APPLIED = "applied"
    UNKNOWN_ALERT = "unknown_alert"
    VERSION_CONFLICT = "version_conflict"
    ALREADY_ACKNOWLEDGED = "already_acknowledged"
    ALERT_CLOSED = "alert_closed"
    ALERT_NOT_CLOSED = "alert_not_closed"
    ASSIGNEE_MISSING = "assignee_missing"
    URGENCY_MISSING = "urgency_missing"
    URGENCY_NONE_IS_DISMISS = "urgency_none_is_dismiss"
    CATEGORY_MISSING = "category_missing"
    TEXT_MISSING = "text_missing"
    TARGET_UNKNOWN = "target_unknown"
    TARGET_CLOSED = "target_closed"
    TARGET_IS_ITSELF = "target_is_itself"
    TARGET_IS_EXERCISE_OR_NOT = "target_is_exercise_or_not"
    REPORTS_MISSING = "reports_missing"
    REPORT_NOT_IN_ALERT = "report_not_in_alert"
    NOTHING_WOULD_REMAIN = "nothing_would_remain"


_ONLY_LIVE = frozenset(DecisionKind) - {DecisionKind.REOPEN, DecisionKind.NOTE, DecisionKind.ASK}


def judge(alert: Alert | None, decision: DecisionTaken, target: Alert | None) -> Verdict:
    """`target` is the alert that `into` names (merge). The first in the log wins: a version the person has not seen refuses."""
    if alert is None:
        return Verdict.UNKNOWN_ALERT
    if decision.if_version not in {alert.version, None} and not _has_only_escalated(alert, decision.if_version):
        return Verdict.VERSION_CONFLICT
    if decision.kind in _ONLY_LIVE and not alert.state.is_live:
        return Verdict.ALERT_CLOSED
    if decision.kind is DecisionKind.MERGE:
        return _judge_merge(alert, target)
    if decision.kind is DecisionKind.SPLIT:
        return _judge_split(alert, decision)
    return _judge_alone(alert, decision)


def _has_only_escalated(alert: Alert, since_version: int | None) -> bool:
    """That time passed is no news that makes a decision wrong: whoever acknowledges in the same second is not turned away."""
    return (
        since_version == alert.version - 1 and alert.escalated_at is not None and alert.escalated_at == alert.changed_at
    )


def _judge_alone(alert: Alert, decision: DecisionTaken) -> Verdict:  # noqa: PLR0911 — a table, one line for each way to go wrong
    match decision.kind:
        case DecisionKind.ACKNOWLEDGE if alert.state is AlertState.ACKNOWLEDGED:
            return Verdict.ALREADY_ACKNOWLEDGED
        case DecisionKind.REOPEN if alert.state.is_live:
            return Verdict.ALERT_NOT_CLOSED
        case DecisionKind.ASSIGN if not decision.assignee:
            return Verdict.ASSIGNEE_MISSING
        case DecisionKind.SET_URGENCY if decision.urgency is None:
            return Verdict.URGENCY_MISSING
        case DecisionKind.SET_URGENCY if decision.urgency is Urgency.NONE:
            return Verdict.URGENCY_NONE_IS_DISMISS
        case DecisionKind.SET_CATEGORY if decision.category is None:
            return Verdict.CATEGORY_MISSING
        case DecisionKind.NOTE | DecisionKind.ASK if not decision.text:
            return Verdict.TEXT_MISSING
        case _:
            return Verdict.APPLIED


def _judge_merge(alert: Alert, target: Alert | None) -> Verdict:
    if target is None:
        return Verdict.TARGET_UNKNOWN
    if target is alert:
        return Verdict.TARGET_IS_ITSELF
    if not target.state.is_live:
        return Verdict.TARGET_CLOSED
    return Verdict.APPLIED if target.exercise == alert.exercise else Verdict.TARGET_IS_EXERCISE_OR_NOT


def _judge_split(alert: Alert, decision: DecisionTaken) -> Verdict:
    wanted = frozenset(decision.report_ids)
    if not wanted:
        return Verdict.REPORTS_MISSING
    held = {piece.report_id for piece in alert.evidence.pieces if piece.report_id}
    if not wanted <= held:
        return Verdict.REPORT_NOT_IN_ALERT
    if len(wanted) >= alert.report_count and not alert.raised_sensors:
        return Verdict.NOTHING_WOULD_REMAIN
    return Verdict.APPLIED
