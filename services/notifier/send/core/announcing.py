"""What the rest of Hejnał is told of a notification."""

from datetime import datetime

from shared.events import NotificationRequested, NotificationSettled, NotificationState
from shared.ids import derived_event_id

__all__ = ["settled_event"]


def settled_event(  # noqa: PLR0917 — one record
    event: NotificationRequested,
    state: NotificationState,
    reason: str,
    provider: str | None,
    provider_message_id: str | None,
    attempts: int,
    at: datetime,
) -> NotificationSettled:
    """The same record however often it is made: a redelivery is dropped by its id."""
    return NotificationSettled(
        event_id=derived_event_id(event.notification_id, state),
        city=event.city,
        occurred_at=at,
        received_at=event.received_at,
        exercise=event.exercise,
        notification_id=event.notification_id,
        purpose=event.purpose,
        alert_id=event.alert_id,
        warning_id=event.warning_id,
        recipient_id=event.recipient_id,
        recipient=event.recipient,
        channel=event.channel,
        urgency=event.urgency,
        step=event.step,
        provider=provider,
        provider_message_id=provider_message_id,
        state=state,
        reason=reason,
        attempts=attempts,
        changed_at=at,
    )
