"""The ledger as the senders use it: each call is on disk when it returns, and calls of the same moment share one commit."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from services.notifier.adapters.store import instances, ledger, receipts
from services.notifier.adapters.store.instances import Line
from services.notifier.adapters.store.writing import Store
from services.notifier.send.core.ledger import FINAL
from services.notifier.send.core.outcomes import Receipt
from services.notifier.send.core.writing import Change, Changed, Entry, NewEntry
from shared.database import Connection
from shared.events import Channel, NotificationRequested

__all__ = ["LedgerBook"]

T = TypeVar("T")


class LedgerBook:
    """One for all channels of a process. `changed` is called with every change, once it is on disk.

    Args:
        store: the database.
        instance: this process' id: what it has claimed is its own while its heartbeat goes on.
        lease: how long after its last heartbeat a process counts as alive.
        clock: aware UTC now.
        parts_expected: how many parts a text message has.
        changed: told of changes.
    """

    def __init__(  # noqa: PLR0917 — one caller
        self,
        store: Store,
        instance: str,
        lease: timedelta,
        clock: Callable[[], datetime],
        parts_expected: Callable[[NotificationRequested], int],
        changed: Callable[[Sequence[Changed]], None],
    ) -> None:
        self._store = store
        self._instance = instance
        self._lease = lease
        self._clock = clock
        self._parts_expected = parts_expected
        self._changed = changed
        self._changes = _Gathered(self._write_changes)
        self._receipts = _Gathered(self._write_receipts)

    async def enter(self, new: Sequence[NewEntry], claims: int) -> list[Entry]:
        """Those that the ledger did not have, the first `claims` of them claimed. Raises Transient."""
        now = self._clock()
        entered = await self._store.write(
            lambda connection: ledger.enter(self._store.database, connection, new, claims, self._instance, now)
        )
        expired = [each for each in entered if each.state in FINAL]
        self._changed([Changed(each, "expired_before_sending", each.state) for each in expired])
        return entered

    async def claim_waiting(self, channel: Channel, limit: int) -> list[Entry]:
        now = self._clock()
        return await self._store.write(
            lambda connection: ledger.claim_waiting(connection, channel, limit, self._instance, now)
        )

    async def next_attempt_at(self, channel: Channel) -> datetime | None:
        async with self._store.database.read() as connection:
            return await ledger.next_attempt_at(connection, channel)

    async def change(self, change: Change) -> None:
        """Raises Transient; the change is then not made."""
        await self._changes.add(change)

    async def book(self, receipt: Receipt) -> None:
        """Raises Transient; the receipt is then not kept."""
        await self._receipts.add(receipt)

    async def abandon(self, channel: Channel) -> int:
        """Makes unknown what dead processes had in hand; returns how many."""
        now = self._clock()
        since = now - self._lease
        async with self._store.database.read() as connection:
            if not await instances.is_any_abandoned(connection, channel, self._instance, since):
                return 0

        async def write(connection: Connection) -> list[Changed]:
            left = await instances.abandoned(connection, channel, self._instance, since)
            return await ledger.apply(connection, left, self._instance, now)

        made = await self._store.write(write)
        self._changed(made)
        return len(made)

    async def unknown(self, channel: Channel) -> list[Entry]:
        """The unknown ones that are to be asked after now."""
        async with self._store.database.read() as connection:
            ids = await instances.unknown_to_ask(connection, channel, self._clock(), 100)
            return list((await ledger.find(connection, ids)).values())

    async def beat(self) -> None:
        now = self._clock()
        await self._store.write(
            lambda connection: instances.beat(self._store.database, connection, self._instance, now)
        )

    async def leave(self) -> None:
        await self._store.write(lambda connection: instances.leave(connection, self._instance))

    async def unpublished(self) -> list[Line]:
        async with self._store.database.read() as connection:
            return await instances.unpublished(connection, self._instance, self._lease, self._clock(), 500)

    async def mark_published(self, told: list[tuple[str, str, int]]) -> None:
        await self._store.write(lambda connection: instances.mark_published(connection, told))

    async def counts(self) -> list[tuple[str, str, int]]:
        async with self._store.database.read() as connection:
            return await ledger.counts(connection)

    async def _write_changes(self, changes: Sequence[Change]) -> None:
        now = self._clock()

        async def write(connection: Connection) -> list[Changed]:
            made = await ledger.apply(connection, changes, self._instance, now)
            named = await receipts.keep_parts(self._store.database, connection, changes)
            early = await receipts.join_strays(connection, named)
            return made + (await self._take(connection, early, now) if early else [])

        self._changed(await self._store.write(write))

    async def _write_receipts(self, booked: Sequence[Receipt]) -> None:
        now = self._clock()
        self._changed(await self._store.write(lambda connection: self._take(connection, booked, now)))

    async def _take(self, connection: Connection, booked: Sequence[Receipt], now: datetime) -> list[Changed]:
        return await receipts.take(self._store.database, connection, booked, self._parts_expected, self._instance, now)


@dataclass(slots=True)
class _Waiting(Generic[T]):
    what: T
    done: "asyncio.Future[None]"


class _Gathered(Generic[T]):
    """Hands over together what was added while the last lot was being written."""

    _MOST = 500

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[None]]) -> None:
        self._write = write
        self._waiting: list[_Waiting[T]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, what: T) -> None:
        one = _Waiting(what, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        await asyncio.shield(one.done)

    async def _drain(self) -> None:
        while self._waiting:
            lot, self._waiting = self._waiting[: self._MOST], self._waiting[self._MOST :]
            try:
                await self._write([one.what for one in lot])
            except Exception as error:  # noqa: BLE001 — each caller gets it
                for one in lot:
                    if not one.done.done():
                        one.done.set_exception(error)
            else:
                for one in lot:
                    if not one.done.done():
                        one.done.set_result(None)
