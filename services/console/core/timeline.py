"""What happened to an alert, in order: from its versions, the decisions on it, and who was told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.events import AlertState, Category, Channel, DecisionKind, DecisionState, Record, Urgency, UtcTime
from shared.events.vocabulary import NotificationState

__all__ = ["DecisionRow", "Entry", "EntryKind", "NotificationRow", "VersionRow", "timeline"]


class EntryKind(StrEnum):
    OPENED = "opened"
    REPORTS_JOINED = "reports_joined"
    READINGS_JOINED = "readings_joined"
    STATE_CHANGED = "state_changed"
    URGENCY_CHANGED = "urgency_changed"
    CATEGORY_CHANGED = "category_changed"
    ASSIGNED = "assigned"
    PUBLISHED = "published"
    MERGED = "merged"
    DECISION = "decision"
    NOTIFICATION = "notification"


class Entry(Record):
    """`before` and `after` are the values of what changed; `count` how many joined."""

    at: UtcTime
    kind: EntryKind
    before: str | None = None
    after: str | None = None
    count: int | None = None
    actor: str | None = None
    decision_id: str | None = None
    decision: DecisionKind | None = None
    state: str | None = None
    reason: str | None = None
    text: str | None = None
    notification_id: str | None = None
    channel: Channel | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    changed_at: datetime
    state: AlertState
    category: Category
    urgency: Urgency
    report_count: int
    reading_count: int
    assigned_to: str | None
    public: bool
    merged_into: str | None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    decision_id: str
    kind: DecisionKind
    state: DecisionState
    at: datetime
    actor: str
    reason: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class NotificationRow:
    notification_id: str
    channel: Channel
    recipient: str
    state: NotificationState
    reason: str
    changed_at: datetime


def timeline(
    versions: Sequence[VersionRow], decisions: Iterable[DecisionRow], notifications: Iterable[NotificationRow]
) -> list[Entry]:
    """Return everything, oldest first; of what is at the same time, changes before decisions before messages."""
    entries = [
        entry for before, after in zip([None, *versions], versions, strict=False) for entry in _changes(before, after)
    ]
    entries += [_decision(row) for row in decisions]
    entries += [_notification(row) for row in notifications]
    return sorted(entries, key=lambda entry: entry.at)


def _changes(before: VersionRow | None, after: VersionRow) -> list[Entry]:
    at = after.changed_at
    if before is None:
        return [
            Entry(at=at, kind=EntryKind.OPENED, after=after.urgency, count=after.report_count + after.reading_count)
        ]
    found = []
    if (more := after.report_count - before.report_count) > 0:
        found.append(Entry(at=at, kind=EntryKind.REPORTS_JOINED, count=more))
    if (more := after.reading_count - before.reading_count) > 0:
        found.append(Entry(at=at, kind=EntryKind.READINGS_JOINED, count=more))
    found += [
        Entry(at=at, kind=kind, before=old, after=new)
        for kind, old, new in (
            (EntryKind.STATE_CHANGED, before.state, after.state),
            (EntryKind.URGENCY_CHANGED, before.urgency, after.urgency),
            (EntryKind.CATEGORY_CHANGED, before.category, after.category),
            (EntryKind.ASSIGNED, before.assigned_to, after.assigned_to),
            (EntryKind.MERGED, before.merged_into, after.merged_into),
        )
        if old != new
    ]
    if after.public and not before.public:
        found.append(Entry(at=at, kind=EntryKind.PUBLISHED))
    return found


def _decision(row: DecisionRow) -> Entry:
    return Entry(
        at=row.at,
        kind=EntryKind.DECISION,
        actor=row.actor,
        decision_id=row.decision_id,
        decision=row.kind,
        state=row.state,
        reason=row.reason,
        text=row.text,
    )


def _notification(row: NotificationRow) -> Entry:
    return Entry(
        at=row.changed_at,
        kind=EntryKind.NOTIFICATION,
        notification_id=row.notification_id,
        channel=row.channel,
        recipient=row.recipient,
        state=row.state,
        reason=row.reason,
    )
