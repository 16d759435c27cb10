"""Whether a decision fits the alert as it is."""

from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Invalid
from shared.events import DecisionKind, DecisionTaken

__all__ = ["DecisionOutcome", "Known", "check"]


class DecisionOutcome(StrEnum):
    """What became of the request; what becomes of the decision is said by the log."""

    SENT = "sent"
    REPEATED = "repeated"
    CONFLICT = "conflict"
    INVALID = "invalid"
    UNKNOWN_ALERT = "unknown_alert"
    OTHER_BODY = "other_body"
    BROKER_AWAY = "broker_away"


@dataclass(frozen=True, slots=True)
class Known:
    """What an Idempotency-Key was used for before."""

    event: DecisionTaken
    body_hash: str
    is_settled: bool


def check(decision: DecisionTaken, *, target_exists: bool, known_reports: frozenset[str]) -> None:
    """Raise Invalid, its reason the field's name, for what can never be applied.

    Args:
        decision: what the operator wants.
        target_exists: whether the alert to merge into is there.
        known_reports: those of the reports to split off that belong to the alert.
    """
    if decision.kind is DecisionKind.MERGE and decision.into == decision.alert_id:
        raise Invalid("into", "an alert cannot be merged into itself")
    if decision.kind is DecisionKind.MERGE and not target_exists:
        raise Invalid("into", "there is no alert with this id")
    if decision.kind is DecisionKind.SPLIT and (strangers := set(decision.report_ids) - known_reports):
        raise Invalid("report_ids", f"not among the reports of this alert: {', '.join(sorted(strangers)[:5])}")
