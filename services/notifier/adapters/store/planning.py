"""The plan's transactions on the database."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from services.notifier.adapters.store import plans
from services.notifier.adapters.store.duty import on_duty
from services.notifier.adapters.store.plans import Broadcast
from services.notifier.adapters.store.subscriptions import AreaIndex, subscriber, subscribers_after
from services.notifier.adapters.store.tables import duty_contacts, duty_people, subscriptions
from services.notifier.adapters.store.writing import Store
from services.notifier.plan.core.audience import Subscriber
from services.notifier.plan.core.duty import DutyPerson
from services.notifier.plan.core.requesting import Request
from services.notifier.plan.core.telling import DueStep
from services.notifier.plan.core.writing import Audience, Known, Writing
from shared.database import Connection, Database
from shared.events import Channel, Language, Urgency

__all__ = ["PlanTransactions"]


class PlanTransactions:
    """One for a process: it keeps the index of areas."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._areas = AreaIndex()
        self._duty = _DutyCache()

    async def run(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        return await self._store.write(lambda connection: work(self._on(connection)))

    async def look(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        async with self._store.database.read() as connection:
            return await work(self._on(connection))

    def _on(self, connection: Connection) -> "_Transaction":
        return _Transaction(self._store.database, connection, self._areas, self._duty)

    async def next_due_at(self) -> datetime | None:
        async with self._store.database.read() as connection:
            return await plans.next_due_at(connection)


class _DutyCache:
    """The duty list, read again after a second: two statements less for each alert. A person who was just added waits that long."""

    KEPT_S = 1.0

    def __init__(self) -> None:
        self._people: Sequence[DutyPerson] = ()
        self._read_at_s = -self.KEPT_S

    async def people(self, connection: Connection, now: datetime) -> Sequence[DutyPerson]:
        if time.monotonic() - self._read_at_s >= self.KEPT_S:
            self._people, self._read_at_s = await on_duty(connection, now), time.monotonic()
        return self._people


class _Transaction:
    def __init__(self, database: Database, connection: Connection, areas: AreaIndex, duty: _DutyCache) -> None:
        self._database = database
        self._connection = connection
        self._areas = areas
        self._duty = duty

    async def known(self, alert_ids: Sequence[str]) -> Mapping[str, Known]:
        return await plans.known_plans(self._connection, set(alert_ids)) if alert_ids else {}

    async def duty(self, now: datetime) -> Sequence[DutyPerson]:
        return await self._duty.people(self._connection, now)

    async def due(self, now: datetime, limit: int) -> Sequence[tuple[str, DueStep]]:
        return await plans.due_steps(self._connection, now, limit)

    async def write(self, writing: Writing, now: datetime) -> Sequence[Request]:
        database, connection = self._database, self._connection
        await plans.put_plans(database, connection, writing.plans.values(), now)
        await plans.stop_steps(connection, writing.stops)
        await plans.put_steps(database, connection, writing.steps)
        await plans.close_steps(connection, writing.taken)
        await plans.add_broadcasts(connection, writing.broadcasts, now)
        return await self.ask(list(writing.requests.values()), now)

    async def ask(self, requests: Sequence[Request], now: datetime) -> Sequence[Request]:
        return await plans.add_requests(self._database, self._connection, requests, now)

    async def next(self) -> Broadcast | None:
        return await plans.next_broadcast(self._connection)

    async def around(self, area: BaseGeometry, cursor: str, limit: int) -> tuple[Sequence[Subscriber], str | None]:
        hit = await self._areas.hit(self._database, area)
        return await subscribers_after(self._connection, hit, cursor, limit) if hit else ((), None)

    async def told(
        self, alert_id: str, audience: str, cursor: str, limit: int
    ) -> tuple[Sequence[Subscriber], str | None]:
        is_duty = audience == Audience.DUTY_TOLD
        purposes = ("alert", "escalation") if is_duty else ("publish", "update")
        told = await plans.told_recipients(self._connection, alert_id, purposes)
        page = [recipient_id for recipient_id, _ in told if recipient_id > cursor][:limit]
        read = _duty_as_subscribers if is_duty else _subscribers
        return await read(self._connection, page), page[-1] if len(page) == limit else None

    async def move(self, broadcast_id: str, values: Mapping[str, Any]) -> None:
        await plans.move_broadcast(self._connection, broadcast_id, **values)


async def _subscribers(connection: Connection, ids: Sequence[str]) -> list[Subscriber]:
    rows = await connection.execute(
        select(subscriptions).where(subscriptions.c.subscription_id.in_(ids), subscriptions.c.gone_reason.is_(None))
    )
    return [subscriber(row) for row in rows]


async def _duty_as_subscribers(connection: Connection, ids: Sequence[str]) -> list[Subscriber]:
    """The same message to everyone on duty who was told; shown without a name."""
    rows = await connection.execute(
        select(duty_contacts, duty_people.c.language)
        .join(duty_people, duty_people.c.person_id == duty_contacts.c.person_id)
        .where(duty_contacts.c.contact_id.in_(ids), duty_contacts.c.gone_reason.is_(None))
    )
    return [
        Subscriber(row.contact_id, Channel(row.channel), Language(row.language), "duty", frozenset(), Urgency.NONE, ())
        for row in rows
    ]
