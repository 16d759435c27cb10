"""Who is told, and what became of it. Records carry recipient ids; phone numbers and addresses stay in the notifier's database."""

from typing import Literal

from shared.events.base import Event, UtcTime
from shared.events.vocabulary import Category, Channel, Language, NotificationState, Urgency

__all__ = ["NotificationRequested", "NotificationSettled", "Purpose"]

Purpose = Literal["alert", "escalation", "publish", "update", "all_clear", "code", "warning"]


class NotificationRequested(Event):
    """One message to one recipient by one channel, written out in the recipient's language, without the recipient's address."""

    notification_id: str
    purpose: Purpose
    alert_id: str | None = None
    alert_version: int | None = None
    warning_id: str | None = None
    recipient_id: str
    recipient: str
    """How the recipient may be shown: a duty role or a masked address such as `+48 ••• ••• •89`."""
    channel: Channel
    language: Language
    urgency: Urgency
    category: Category
    step: int
    subject: str
    body: str
    expires_at: UtcTime


class NotificationSettled(Event):
    """A notification reached a new state. Later ones never turn a state back."""

    notification_id: str
    purpose: Purpose
    alert_id: str | None = None
    warning_id: str | None = None
    recipient_id: str
    recipient: str
    channel: Channel
    urgency: Urgency
    step: int
    provider: str | None = None
    provider_message_id: str | None = None
    state: NotificationState
    reason: str
    attempts: int
    changed_at: UtcTime
