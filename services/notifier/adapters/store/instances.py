"""Which processes are alive, and what the dead have left."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, select, update

from services.notifier.adapters.store.tables import IS_UNKNOWN, IS_UNPUBLISHED, history, instances, notifications
from services.notifier.send.core.writing import Change
from shared.database import Connection, Database
from shared.events import Channel, NotificationRequested, NotificationState

_MOST: Final = 500

__all__ = ["Line", "abandoned", "beat", "is_any_abandoned", "leave", "mark_published", "unknown_to_ask", "unpublished"]


async def beat(database: Database, connection: Connection, instance: str, now: datetime) -> None:
    insert = database.insert(instances).values(instance_id=instance, heartbeat_at=now)
    await connection.execute(insert.on_conflict_do_update(index_elements=["instance_id"], set_={"heartbeat_at": now}))


async def leave(connection: Connection, instance: str) -> None:
    await connection.execute(delete(instances).where(instances.c.instance_id == instance))


async def is_any_abandoned(connection: Connection, channel: Channel, instance: str, since: datetime) -> bool:
    return (await connection.execute(_abandoned(channel, instance, since, 1))).first() is not None


async def abandoned(connection: Connection, channel: Channel, instance: str, since: datetime) -> list[Change]:
    """What processes without a sign of life `since` then had claimed and not settled: nobody knows whether the provider has it.

    To be asked and written in one transaction: a process that only was slow may settle it meanwhile.
    """
    rows = await connection.execute(_abandoned(channel, instance, since, _MOST).with_for_update(skip_locked=True))
    return [Change(row.notification_id, NotificationState.UNKNOWN, "process_died", since) for row in rows]


def _abandoned(channel: Channel, instance: str, since: datetime, limit: int) -> Select[Any]:
    return (
        select(notifications.c.notification_id)
        .where(
            notifications.c.channel == channel,
            notifications.c.owner.is_not(None),
            notifications.c.owner != instance,
            notifications.c.owner.not_in(_alive(since)),
        )
        .limit(limit)
    )


async def unknown_to_ask(connection: Connection, channel: Channel, now: datetime, limit: int) -> list[str]:
    """The ids of unknown ones whose provider is to be asked now."""
    query = select(notifications.c.notification_id).where(
        notifications.c.channel == channel,
        IS_UNKNOWN,
        notifications.c.next_attempt_at <= now,
    )
    return list((await connection.execute(query.order_by(notifications.c.next_attempt_at).limit(limit))).scalars())


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the history that still has to be told outside."""

    event: NotificationRequested
    trace: str | None
    state: NotificationState
    reason: str
    provider: str | None
    provider_message_id: str | None
    attempts: int
    at: datetime


async def unpublished(connection: Connection, instance: str, lease: timedelta, now: datetime, limit: int) -> list[Line]:
    """What the dead did not come to tell, and what this process has not told for longer than its lease."""
    query = (
        select(history, notifications.c.event, notifications.c.trace)
        .join(notifications, notifications.c.notification_id == history.c.notification_id)
        .where(IS_UNPUBLISHED)
        .where(
            (history.c.instance == instance) & (history.c.at < now - lease)
            | history.c.instance.not_in(_alive(now - lease))
        )
        .order_by(history.c.at)
        .limit(limit)
    )
    return [
        Line(
            NotificationRequested.model_validate_json(row.event),
            row.trace,
            NotificationState(row.state),
            row.reason,
            row.provider,
            row.provider_message_id,
            row.attempts,
            row.at,
        )
        for row in await connection.execute(query)
    ]


async def mark_published(connection: Connection, told: list[tuple[str, str, int]]) -> None:
    """By notification, state and attempts."""
    await connection.execute(
        update(history)
        .where(
            history.c.notification_id == bindparam("_id"),
            history.c.state == bindparam("_state"),
            history.c.attempts == bindparam("_attempts"),
        )
        .values(published=True),
        [{"_id": identity, "_state": state, "_attempts": attempts} for identity, state, attempts in told],
    )


def _alive(since: datetime) -> Select[Any]:
    return select(instances.c.instance_id).where(instances.c.heartbeat_at > since)
