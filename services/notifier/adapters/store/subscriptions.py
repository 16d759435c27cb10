"""Residents' subscriptions, and the index of the areas they drew."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, time
from typing import Any, Final

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Row, Select, delete, func, select, update

from services.notifier.adapters.store.tables import areas, subscriptions
from services.notifier.adapters.store.writing import Store
from services.notifier.core.confirmation import CodeAnswer
from services.notifier.core.masking import mask
from services.notifier.core.quiet_hours import QuietHours
from services.notifier.core.subscription import Subscription
from services.notifier.plan.core.audience import Subscriber
from shared.database import Connection, Database
from shared.events import Category, Channel, Language, Urgency

_MOST_IDS_IN_QUERY: Final = 500

__all__ = ["AreaIndex", "Subscriptions", "subscribers_after"]


class Subscriptions:
    """What the API and the command line do with them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, new: Sequence[Subscription]) -> None:
        await self._store.write(lambda connection: self._add(connection, new))

    async def find(self, subscription_id: str) -> Subscription | None:
        async with self._store.database.read() as connection:
            row = (await connection.execute(_one(subscription_id))).first()
        return _subscription(row) if row else None

    async def put(self, changed: Subscription) -> bool:
        """Replaces what its owner may change; False when it has gone meanwhile."""

        async def write(connection: Connection) -> bool:
            (area_id,) = await self._area_ids(connection, [changed.shape])
            done = await connection.execute(
                update(subscriptions)
                .where(subscriptions.c.subscription_id == changed.subscription_id)
                .values(_columns(changed, area_id))
                .returning(subscriptions.c.subscription_id)
            )
            return done.first() is not None

        return await self._store.write(write)

    async def remove(self, subscription_id: str) -> bool:
        """Forgets it whole: address, area and all."""

        async def write(connection: Connection) -> bool:
            gone = await connection.execute(
                delete(subscriptions)
                .where(subscriptions.c.subscription_id == subscription_id)
                .returning(subscriptions.c.subscription_id)
            )
            return gone.first() is not None

        return await self._store.write(write)

    async def try_code(
        self, subscription_id: str, judge: Callable[[Subscription], CodeAnswer], now: datetime
    ) -> CodeAnswer | None:
        """Judges one typed code and counts it, in one transaction: a thousand guesses at once are still only five. None when it is gone."""

        async def write(connection: Connection) -> CodeAnswer | None:
            row = (await connection.execute(_one(subscription_id).with_for_update(of=subscriptions))).first()
            if row is None:
                return None
            answer = judge(_subscription(row))
            change: dict[str, Any] = {}
            if answer is CodeAnswer.CONFIRMED:
                change = {"confirmed_at": now}
            elif answer in {CodeAnswer.WRONG, CodeAnswer.DEAD}:
                change = {"wrong_codes": row.wrong_codes + 1}
            if change:
                which = subscriptions.c.subscription_id == subscription_id
                await connection.execute(update(subscriptions).where(which).values(**change))
            return answer

        return await self._store.write(write)

    async def count(self) -> dict[tuple[Channel, str], int]:
        """By channel and `confirmed` or `pending`."""
        is_confirmed = subscriptions.c.confirmed_at.is_not(None)
        async with self._store.database.read() as connection:
            rows = await connection.execute(
                select(subscriptions.c.channel, is_confirmed, func.count()).group_by(
                    subscriptions.c.channel, is_confirmed
                )
            )
            return {(Channel(channel), "confirmed" if sure else "pending"): number for channel, sure, number in rows}

    async def page(self, after: str, limit: int) -> list[Subscription]:
        """In the order of their ids, from the one after `after`."""
        async with self._store.database.read() as connection:
            rows = await connection.execute(
                select(subscriptions, areas.c.wkb)
                .join(areas, areas.c.area_id == subscriptions.c.area_id)
                .where(subscriptions.c.subscription_id > after)
                .order_by(subscriptions.c.subscription_id)
                .limit(limit)
            )
            return [_subscription(row) for row in rows]

    async def _add(self, connection: Connection, new: Sequence[Subscription]) -> None:
        area_ids = await self._area_ids(connection, [each.shape for each in new])
        rows = [
            _columns(each, area_id)
            | {
                "subscription_id": each.subscription_id,
                "owner_token_digest": each.owner_token_digest,
                "code_nonce": each.code_nonce,
                "code_expires_at": each.code_expires_at,
                "wrong_codes": each.wrong_codes,
                "created_at": each.created_at,
                "confirmed_at": each.confirmed_at,
            }
            for each, area_id in zip(new, area_ids, strict=True)
        ]
        if rows:
            await connection.execute(subscriptions.insert(), rows)

    async def _area_ids(self, connection: Connection, shapes: Sequence[BaseGeometry]) -> list[int]:
        wkbs = [shapely.to_wkb(shapely.normalize(shape)) for shape in shapes]
        by_digest = {hashlib.sha256(wkb).hexdigest(): wkb for wkb in wkbs}
        insert = self._store.database.insert(areas).on_conflict_do_nothing(index_elements=["digest"])
        if by_digest:
            await connection.execute(insert, [{"digest": digest, "wkb": wkb} for digest, wkb in by_digest.items()])
        known: dict[str, int] = {}
        digests = list(by_digest)
        for start in range(0, len(digests), 500):
            some = digests[start : start + 500]
            rows = await connection.execute(select(areas.c.digest, areas.c.area_id).where(areas.c.digest.in_(some)))
            known |= {row.digest: row.area_id for row in rows}
        return [known[hashlib.sha256(wkb).hexdigest()] for wkb in wkbs]


class AreaIndex:
    """Which areas a circle touches. Areas never change, so only newer ones are read; the tree is built again as they add up."""

    _MOST_UNBUILT = 1_000

    def __init__(self) -> None:
        self._newest = 0
        self._ids: list[int] = []
        self._shapes: list[BaseGeometry] = []
        self._tree = shapely.STRtree([])
        self._built = 0

    async def hit(self, database: Database, around: BaseGeometry) -> set[int]:
        """The ids of the areas that `around` touches. It reads by itself: what is not committed yet may never be."""
        async with database.read() as connection:
            await self._learn(connection)
        hit = {self._ids[position] for position in self._tree.query(around, predicate="intersects")}
        tail = self._shapes[self._built :]
        touches = shapely.intersects(tail, around) if tail else ()
        return hit | {self._ids[self._built + at] for at, does in enumerate(touches) if does}

    async def _learn(self, connection: Connection) -> None:
        rows = await connection.execute(
            select(areas.c.area_id, areas.c.wkb).where(areas.c.area_id > self._newest).order_by(areas.c.area_id)
        )
        newer = rows.all()
        if not newer:
            return
        self._ids += [row.area_id for row in newer]
        self._shapes += list(shapely.from_wkb([row.wkb for row in newer]))
        self._newest = newer[-1].area_id
        if len(self._shapes) - self._built > self._MOST_UNBUILT:
            self._tree, self._built = shapely.STRtree(self._shapes), len(self._shapes)


async def subscribers_after(
    connection: Connection, area_ids: Collection[int], cursor: str, limit: int
) -> tuple[list[Subscriber], str | None]:
    """The confirmed subscribers of these areas among the next `limit` subscriptions, and where to go on (None at the end)."""
    query = select(subscriptions).where(
        subscriptions.c.subscription_id > cursor,
        subscriptions.c.confirmed_at.is_not(None),
        subscriptions.c.gone_reason.is_(None),
    )
    if len(area_ids) <= _MOST_IDS_IN_QUERY:
        query = query.where(subscriptions.c.area_id.in_(area_ids))
    rows = (await connection.execute(query.order_by(subscriptions.c.subscription_id).limit(limit))).all()
    found = [subscriber(row) for row in rows if row.area_id in area_ids]
    return found, rows[-1].subscription_id if len(rows) == limit else None


def _one(subscription_id: str) -> Select[Any]:
    return (
        select(subscriptions, areas.c.wkb)
        .join(areas, areas.c.area_id == subscriptions.c.area_id)
        .where(subscriptions.c.subscription_id == subscription_id, subscriptions.c.gone_reason.is_(None))
    )


def subscriber(row: Row[Any]) -> Subscriber:
    channel = Channel(row.channel)
    return Subscriber(
        row.subscription_id,
        channel,
        Language(row.language),
        mask(channel, row.address),
        frozenset(map(Category, row.categories)),
        Urgency(row.least_urgency),
        _quiet_hours(row.quiet_hours),
    )


def _columns(one: Subscription, area_id: int) -> dict[str, Any]:
    return {
        "channel": one.channel,
        "address": one.address,
        "push_keys": dict(one.push_keys) if one.push_keys else None,
        "area_id": area_id,
        "area": dict(one.area),
        "categories": list(one.categories),
        "least_urgency": one.least_urgency,
        "language": one.language,
        "quiet_hours": [
            {"days": sorted(each.days), "from": each.begins.strftime("%H:%M"), "to": each.ends.strftime("%H:%M")}
            for each in one.quiet_hours
        ],
    }


def _quiet_hours(rows: Sequence[Mapping[str, Any]]) -> tuple[QuietHours, ...]:
    return tuple(
        QuietHours(frozenset(row["days"]), time.fromisoformat(row["from"]), time.fromisoformat(row["to"]))
        for row in rows
    )


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        subscription_id=row.subscription_id,
        channel=Channel(row.channel),
        address=row.address,
        push_keys=row.push_keys,
        area=row.area,
        shape=shapely.from_wkb(row.wkb),
        categories=tuple(map(Category, row.categories)),
        least_urgency=Urgency(row.least_urgency),
        language=Language(row.language),
        quiet_hours=_quiet_hours(row.quiet_hours),
        owner_token_digest=row.owner_token_digest,
        code_nonce=row.code_nonce,
        code_expires_at=row.code_expires_at,
        wrong_codes=row.wrong_codes,
        created_at=row.created_at,
        confirmed_at=row.confirmed_at,
    )
