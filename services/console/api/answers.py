"""The shapes of answers."""

from typing import Annotated

from pydantic import Field

from services.console.adapters.audit_trail import AuditAction
from services.console.core.published import Alert, EvidenceItem
from services.console.core.roles import Role
from services.console.core.sensor_board import SensorRow
from services.console.core.timeline import Entry
from shared.events import Channel, DecisionKind, DecisionState, NotificationState, Record, Urgency, UtcTime

__all__ = [
    "AlertDetail",
    "AlertList",
    "AuditLine",
    "AuditList",
    "DecisionAccepted",
    "DecisionAnswer",
    "EvidenceList",
    "Notification",
    "Reading",
    "ReadingList",
    "SensorList",
    "SessionAnswer",
    "User",
]

NextCursor = Annotated[str | None, Field(description="Pass it as `cursor` for the next page; null on the last.")]


class AlertList(Record):
    alerts: list[Alert]
    next_cursor: NextCursor
    stream_position: Annotated[
        int, Field(description="Pass the first page's as `after` to `/v1/alerts/stream`: nothing is missed in between.")
    ]


class Notification(Record):
    """`recipient` is a duty role or a masked address."""

    notification_id: str
    purpose: str
    channel: Channel
    recipient: str
    provider: str | None
    step: int
    urgency: Urgency
    state: NotificationState
    reason: str
    attempts: int
    requested_at: UtcTime | None
    changed_at: UtcTime


class AlertDetail(Alert):
    timeline: list[Entry]
    notifications: list[Notification]


class EvidenceList(Record):
    evidence: list[EvidenceItem]
    next_cursor: NextCursor


class DecisionAccepted(Record):
    decision_id: str


class DecisionAnswer(Record):
    decision_id: str
    kind: DecisionKind
    state: DecisionState
    reason: str | None


class SensorList(Record):
    sensors: list[SensorRow]
    next_cursor: NextCursor


class Reading(Record):
    sensor_id: str
    quantity: str
    at: UtcTime
    value: float
    unit: str | None


class ReadingList(Record):
    readings: list[Reading]
    next_cursor: NextCursor


class User(Record):
    user_id: str
    username: str
    role: Role


class SessionAnswer(Record):
    """`csrf_token` goes into `X-CSRF-Token` of every request that changes something; null with a bearer token, which needs none."""

    user: User
    csrf_token: str | None


class AuditLine(Record):
    number: int
    at: UtcTime
    actor: str
    action: AuditAction
    outcome: str
    subject: str | None
    detail: str | None


class AuditList(Record):
    entries: list[AuditLine]
    next_cursor: NextCursor
