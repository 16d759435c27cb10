"""Who was told of an alert and what became of it, from notifications.requested.* and notifications.settled.v1."""

from typing import Any

from services.console.adapters.tables import notifications
from shared.database import Connection, Database
from shared.events import NotificationRequested, NotificationSettled, NotificationState
from shared.kafka.records import Received

__all__ = ["write_requested", "write_settled"]


async def write_requested(
    connection: Connection, database: Database, records: list[Received[NotificationRequested]]
) -> None:
    """A request whose outcome is known already only adds when it was made."""
    await connection.execute(
        database.upsert(notifications, "requested_at"),
        [_requested(event) for event in _newest(records)],
    )


async def write_settled(
    connection: Connection, database: Database, records: list[Received[NotificationSettled]]
) -> None:
    """The records of one notification are in order, and the senders never turn a state back: the last one stays."""
    await connection.execute(
        database.upsert(notifications, "provider", "state", "reason", "attempts", "changed_at"),
        [_settled(event) for event in _newest(records)],
    )


def _newest(records: list[Received[Any]]) -> list[Any]:
    """One per notification: PostgreSQL refuses to touch a row twice in one statement."""
    return list({record.event.notification_id: record.event for record in records}.values())


def _common(event: NotificationRequested | NotificationSettled) -> dict[str, Any]:
    return {
        "notification_id": event.notification_id,
        "alert_id": event.alert_id,
        "purpose": event.purpose,
        "channel": event.channel,
        "recipient": event.recipient,
        "step": event.step,
        "urgency": event.urgency,
    }


def _requested(event: NotificationRequested) -> dict[str, Any]:
    return _common(event) | {
        "provider": None,
        "state": NotificationState.REQUESTED,
        "reason": "requested",
        "attempts": 0,
        "requested_at": event.occurred_at,
        "changed_at": event.occurred_at,
    }


def _settled(event: NotificationSettled) -> dict[str, Any]:
    return _common(event) | {
        "provider": event.provider,
        "state": event.state,
        "reason": event.reason,
        "attempts": event.attempts,
        "requested_at": None,
        "changed_at": event.changed_at,
    }
