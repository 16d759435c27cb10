"""Receipts on disk: which notification each is for, and what all of them say of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_

from services.notifier.adapters.store import ledger
from services.notifier.adapters.store.tables import parts, stray_receipts
from services.notifier.send.core.outcomes import Receipt
from services.notifier.send.core.receipts import whole
from services.notifier.send.core.writing import Change, Changed, Entry
from shared.database import Connection, Database
from shared.events import NotificationRequested, NotificationState

__all__ = ["join_strays", "keep_parts", "take"]

PartsExpected = Callable[[NotificationRequested], int]
_Key = tuple[str, str]


async def keep_parts(database: Database, connection: Connection, changes: Sequence[Change]) -> list[_Key]:
    """Remembers what providers call the parts they accepted; returns those names."""
    rows = [
        {"provider": change.provider, "provider_message_id": identity, "notification_id": change.notification_id}
        for change in changes
        for identity in change.provider_message_ids
        if change.provider
    ]
    if rows:
        await connection.execute(database.insert(parts).on_conflict_do_nothing(), rows)
    return [(row["provider"] or "", row["provider_message_id"]) for row in rows]


async def join_strays(connection: Connection, keys: Sequence[_Key]) -> list[Receipt]:
    """The receipts that came before their submission's answer; they are taken out."""
    if not keys:
        return []
    columns = tuple_(stray_receipts.c.provider, stray_receipts.c.provider_message_id)
    gone = await connection.execute(delete(stray_receipts).where(columns.in_(keys)).returning(stray_receipts))
    return [
        Receipt(row.provider, row.provider_message_id, None, NotificationState(row.state), row.reason) for row in gone
    ]


async def take(  # noqa: PLR0917 — one call
    database: Database,
    connection: Connection,
    receipts: Sequence[Receipt],
    parts_expected: PartsExpected,
    instance: str,
    now: datetime,
) -> list[Changed]:
    """Books receipts. The same one twice, or a late one, changes nothing; one for an id that is not known yet is kept."""
    owners = await _owners(connection, receipts)
    entries = await ledger.find(connection, list({identity for identity in owners if identity}))
    mine = [
        (one, entries[owner])
        for one, owner in zip(receipts, owners, strict=True)
        # Only the provider that has it may speak of it; after a crash nobody knows which that is.
        if owner and owner in entries and entries[owner].provider in {None, one.provider}
    ]
    strays = [
        one for one, owner in zip(receipts, owners, strict=True) if owner not in entries and one.provider_message_id
    ]
    if strays:
        await _keep_strays(database, connection, strays, now)
    if not mine:
        return []
    await _book(database, connection, mine)
    changes = await _changes(connection, mine, parts_expected, now)
    return await ledger.apply(connection, changes, instance, now)


async def _owners(connection: Connection, receipts: Sequence[Receipt]) -> list[str | None]:
    keys = [(one.provider, one.provider_message_id) for one in receipts if one.provider_message_id]
    query = select(parts).where(tuple_(parts.c.provider, parts.c.provider_message_id).in_(keys))
    rows = (await connection.execute(query)).all() if keys else []
    known = {(row.provider, row.provider_message_id): row.notification_id for row in rows}
    return [known.get((one.provider, one.provider_message_id), one.reference) for one in receipts]


async def _keep_strays(database: Database, connection: Connection, strays: Sequence[Receipt], now: datetime) -> None:
    rows = [
        {
            "provider": one.provider,
            "provider_message_id": one.provider_message_id,
            "state": one.state,
            "reason": one.reason,
            "at": now,
        }
        for one in strays
    ]
    await connection.execute(database.insert(stray_receipts).on_conflict_do_nothing(), rows)


async def _book(database: Database, connection: Connection, mine: Sequence[tuple[Receipt, Entry]]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "provider": one.provider,
            "provider_message_id": one.provider_message_id,
            "notification_id": entry.notification_id,
            "state": one.state,
            "reason": one.reason,
        }
        for one, entry in mine
        if one.provider_message_id
    ]
    if rows:
        await connection.execute(database.upsert(parts, "state", "reason"), rows)


async def _changes(
    connection: Connection, mine: Sequence[tuple[Receipt, Entry]], parts_expected: PartsExpected, now: datetime
) -> list[Change]:
    entries = {entry.notification_id: (one, entry) for one, entry in mine}
    rows = await connection.execute(select(parts).where(parts.c.notification_id.in_(list(entries))))
    told: dict[str, list[tuple[NotificationState, str]]] = {}
    for row in rows:
        if row.state is not None:
            told.setdefault(row.notification_id, []).append((NotificationState(row.state), row.reason))
    changes = []
    for identity, (one, entry) in entries.items():
        total = entry.parts_total or parts_expected(entry.event)
        # An answer without a part's name (to a question, a callback by reference) is about the whole message.
        is_of_part = one.provider_message_id is not None
        state, reason = whole(told[identity], total) if is_of_part else (one.state, one.reason)
        ids = (one.provider_message_id,) if one.provider_message_id and not entry.provider_message_id else ()
        changes.append(Change(identity, state, reason, now, one.provider, ids, total))
    return changes
