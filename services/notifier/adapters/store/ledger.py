"""The ledger on disk: entering, claiming and changing states, always in batches.

Everything here runs inside a transaction of `Store.write`; what it returns counts only once that is committed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select, update

from services.notifier.adapters.store.tables import IS_UNSETTLED, history, notifications
from services.notifier.send.core.ledger import may_become
from services.notifier.send.core.writing import Change, Changed, Entry, NewEntry
from shared.database import Connection, Database
from shared.events import Channel, NotificationRequested, NotificationState

__all__ = ["apply", "claim_waiting", "counts", "enter", "find", "next_attempt_at"]

S = NotificationState
_MOST_IDS: Final = 500


async def enter(  # noqa: PLR0917 — one caller
    database: Database, connection: Connection, new: Sequence[NewEntry], claims: int, instance: str, now: datetime
) -> list[Entry]:
    """Enters what the ledger does not have yet, the most urgent first, and returns all of those.

    The first `claims` of them are claimed for `instance`; the rest wait; what has expired on its way is entered as expired.
    """
    if not new:
        return []
    urgent_first = sorted(new, key=lambda each: (-each.event.urgency.level, each.event.received_at))
    entries: dict[str, Entry] = {}
    for each in urgent_first:
        state = S.EXPIRED if each.event.expires_at <= now else S.CLAIMED if claims > 0 else S.REQUESTED
        claims -= state is S.CLAIMED
        entry = Entry(each.event, each.trace, state, None, None, int(state is S.CLAIMED), None, now)
        entries.setdefault(entry.notification_id, entry)
    insert = database.insert(notifications).on_conflict_do_nothing().returning(notifications.c.notification_id)
    rows = [_row(entry, instance, now) for entry in entries.values()]
    kept = set((await connection.execute(insert, rows)).scalars())
    entered = [entry for identity, entry in entries.items() if identity in kept]
    await _write_history(connection, _first_lines(entered, instance, now))
    return entered


async def claim_waiting(
    connection: Connection, channel: Channel, limit: int, instance: str, now: datetime
) -> list[Entry]:
    """Claims up to `limit` that wait and are due, the most urgent first."""
    claimed: list[Entry] = []
    for priority in (4, 3, 2, 1, 0):
        if len(claimed) < limit:
            claimed += await _claim(connection, channel, priority, limit - len(claimed), instance, now)
    await _write_history(connection, [_line(entry, "attempt", instance, now) for entry in claimed])
    return claimed


async def next_attempt_at(connection: Connection, channel: Channel) -> datetime | None:
    """When the next of those that wait is due."""
    query = select(func.min(notifications.c.next_attempt_at)).where(
        notifications.c.channel == channel, notifications.c.owner.is_(None), IS_UNSETTLED
    )
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def find(connection: Connection, notification_ids: Sequence[str]) -> dict[str, Entry]:
    """Locked against other processes until the transaction ends."""
    found: dict[str, Entry] = {}
    for start in range(0, len(notification_ids), _MOST_IDS):
        some = notification_ids[start : start + _MOST_IDS]
        query = select(notifications).where(notifications.c.notification_id.in_(some)).with_for_update()
        found |= {row.notification_id: _entry(row) for row in await connection.execute(query)}
    return found


async def apply(connection: Connection, changes: Iterable[Change], instance: str, now: datetime) -> list[Changed]:
    """Makes the changes that the ledger's rule allows and returns them. One that would turn a state back changes nothing but the owner."""
    wanted = list(changes)
    known = await find(connection, list({change.notification_id for change in wanted}))
    made: list[Changed] = []
    rows: list[dict[str, Any]] = []
    for change in wanted:
        entry = known.get(change.notification_id)
        if entry is None:
            continue
        after = _after(entry, change, now)
        known[change.notification_id] = after
        has_changed = after.state is not entry.state
        rows.append(_update_row(after, change, change.reason if has_changed or change.to is None else None))
        if has_changed:
            made.append(Changed(after, change.reason, entry.state))
    if rows:
        await connection.execute(_UPDATE, rows)
    await _write_history(connection, [_line(each.entry, each.reason, instance, now) for each in made])
    return made


async def counts(connection: Connection) -> list[tuple[str, str, int]]:
    """Channel, state and how many."""
    columns = (notifications.c.channel, notifications.c.state)
    rows = await connection.execute(select(*columns, func.count()).group_by(*columns))
    return [(channel, state, number) for channel, state, number in rows]


def _after(entry: Entry, change: Change, now: datetime) -> Entry:
    allowed = change.to is not None and may_become(entry.state, change.to)
    return Entry(
        entry.event,
        entry.trace,
        change.to if allowed and change.to else entry.state,
        change.provider or entry.provider,
        change.provider_message_ids[0] if change.provider_message_ids else entry.provider_message_id,
        entry.attempts,
        change.parts_total or entry.parts_total,
        now if allowed else entry.changed_at,
    )


_UPDATE: Final = (
    update(notifications)
    .where(notifications.c.notification_id == bindparam("_id"))
    .values(
        state=bindparam("_state"),
        reason=func.coalesce(bindparam("_reason"), notifications.c.reason),
        owner=None,
        provider=bindparam("_provider"),
        provider_message_id=bindparam("_provider_message_id"),
        parts_total=bindparam("_parts_total"),
        next_attempt_at=bindparam("_next_attempt_at"),
        changed_at=bindparam("_changed_at"),
    )
)


def _update_row(after: Entry, change: Change, reason: str | None) -> dict[str, Any]:
    return {
        "_id": after.notification_id,
        "_state": after.state,
        "_reason": reason,
        "_provider": after.provider,
        "_provider_message_id": after.provider_message_id,
        "_parts_total": after.parts_total,
        "_next_attempt_at": change.next_attempt_at,
        "_changed_at": after.changed_at,
    }


async def _claim(  # noqa: PLR0917 — one call, above
    connection: Connection, channel: Channel, priority: int, limit: int, instance: str, now: datetime
) -> list[Entry]:
    ids = (
        select(notifications.c.notification_id)
        .where(
            notifications.c.channel == channel,
            notifications.c.priority == priority,
            notifications.c.owner.is_(None),
            IS_UNSETTLED,
            notifications.c.next_attempt_at <= now,
        )
        .order_by(notifications.c.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claim = (
        update(notifications)
        .where(notifications.c.notification_id.in_(ids.scalar_subquery()))
        .values(state=S.CLAIMED, owner=instance, attempts=notifications.c.attempts + 1, changed_at=now)
        .returning(notifications)
    )
    return [_entry(row) for row in await connection.execute(claim)]


def _row(entry: Entry, instance: str, now: datetime) -> dict[str, Any]:
    event = entry.event
    return {
        "notification_id": event.notification_id,
        "channel": event.channel,
        "recipient_id": event.recipient_id,
        "purpose": event.purpose,
        "alert_id": event.alert_id,
        "priority": event.urgency.level,
        "state": entry.state,
        "reason": "requested" if entry.state is not S.EXPIRED else "expired_before_sending",
        "owner": instance if entry.state is S.CLAIMED else None,
        "attempts": entry.attempts,
        "next_attempt_at": now,
        "expires_at": event.expires_at,
        "event": event.model_dump_json(),
        "trace": entry.trace,
        "changed_at": now,
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        NotificationRequested.model_validate_json(row.event),
        row.trace,
        S(row.state),
        row.provider,
        row.provider_message_id,
        row.attempts,
        row.parts_total,
        row.changed_at,
    )


def _first_lines(entries: Iterable[Entry], instance: str, now: datetime) -> list[dict[str, Any]]:
    lines = []
    for entry in entries:
        first = Entry(entry.event, entry.trace, S.REQUESTED, None, None, 0, None, now)
        lines.append(_line(first, "requested", instance, now))
        if entry.state is not S.REQUESTED:
            lines.append(
                _line(entry, "attempt" if entry.state is S.CLAIMED else "expired_before_sending", instance, now)
            )
    return lines


_TOLD: Final = frozenset({S.HANDED_OVER, S.DELIVERED, S.FAILED, S.EXPIRED, S.UNKNOWN})


def _line(entry: Entry, reason: str, instance: str, now: datetime) -> dict[str, Any]:
    return {
        "notification_id": entry.notification_id,
        "state": entry.state,
        "attempts": entry.attempts,
        "reason": reason,
        "provider": entry.provider,
        "provider_message_id": entry.provider_message_id,
        "at": now,
        "instance": instance,
        "published": entry.state not in _TOLD,  # the way there is nobody's business outside
    }


async def _write_history(connection: Connection, lines: Sequence[dict[str, Any]]) -> None:
    if lines:
        await connection.execute(history.insert(), lines)
