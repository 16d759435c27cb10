"""What became of a report: it moves on with its alert, and each answer says why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.ingest.core.alert_view import AlertView, Message
from shared.events import AlertState, Category

__all__ = ["Assessed", "ReportState", "Standing", "StandingReason", "report_standing"]

_MOST_MERGES = 32
"""Alerts merged one into the next; a longer chain (or a ring) is a fault that must not hang an answer."""


class ReportState(StrEnum):
    """`received` and `assessed` pass; every report ends in one of the others."""

    RECEIVED = "received"
    ASSESSED = "assessed"
    JOINED = "joined"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
    NO_ACTION = "no_action"


class StandingReason(StrEnum):
    NOT_ASSESSED_YET = "not_assessed_yet"
    RAISES_ALERT = "raises_alert"
    RAISES_NO_ALERT = "raises_no_alert"
    ALERT_OPEN = "alert_open"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_RESOLVED = "alert_resolved"
    ALERT_DISMISSED = "alert_dismissed"
    ALERT_MERGED_ELSEWHERE = "alert_merged_elsewhere"


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the classifier said of the report."""

    raises_alert: bool
    category: Category
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    state: ReportState
    reason: StandingReason
    category: Category | None
    updated_at: datetime
    messages: tuple[Message, ...] = ()
    """What the operators say to the resident, oldest first."""


_BY_ALERT = {
    AlertState.OPEN: (ReportState.JOINED, StandingReason.ALERT_OPEN),
    AlertState.ACKNOWLEDGED: (ReportState.IN_PROGRESS, StandingReason.ALERT_ACKNOWLEDGED),
    AlertState.RESOLVED: (ReportState.RESOLVED, StandingReason.ALERT_RESOLVED),
    AlertState.DISMISSED: (ReportState.DISMISSED, StandingReason.ALERT_DISMISSED),
}


def report_standing(
    received_at: datetime, assessed: Assessed | None, joined: str | None, alerts: Mapping[str, AlertView]
) -> Standing:
    """`joined` is the alert the report belongs to, `alerts` what is known of it and of those it was merged into.

    An alert says more than the assessment, whichever was heard first, so a late record never turns the state back.
    """
    chain = _chain(joined, alerts)
    if chain:
        return _with_alert(chain)
    if assessed is None:
        return Standing(ReportState.RECEIVED, StandingReason.NOT_ASSESSED_YET, None, received_at)
    if assessed.raises_alert:
        return Standing(ReportState.ASSESSED, StandingReason.RAISES_ALERT, assessed.category, assessed.at)
    return Standing(ReportState.NO_ACTION, StandingReason.RAISES_NO_ALERT, assessed.category, assessed.at)


def _chain(joined: str | None, alerts: Mapping[str, AlertView]) -> list[AlertView]:
    chain: list[AlertView] = []
    following = joined
    while following is not None and following in alerts and len(chain) < _MOST_MERGES:
        chain.append(alerts[following])
        following = chain[-1].merged_into
    return chain


def _with_alert(chain: list[AlertView]) -> Standing:
    last = chain[-1]
    # Merging resolves the alert, not the event: until the other alert is heard of, the report is simply part of one.
    merged_elsewhere = (ReportState.JOINED, StandingReason.ALERT_MERGED_ELSEWHERE)
    state, reason = merged_elsewhere if last.merged_into else _BY_ALERT[last.state]
    messages = sorted((message for alert in chain for message in alert.messages), key=lambda message: message.at)
    return Standing(state, reason, last.category, max(alert.changed_at for alert in chain), tuple(messages))
