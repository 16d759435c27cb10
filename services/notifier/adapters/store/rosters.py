"""Shifts on disk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select

from services.notifier.adapters.store.tables import shifts
from services.notifier.adapters.store.writing import Store
from services.notifier.plan.core.roster import Shift, Turns, turns
from shared.database import Connection

__all__ = ["Rosters", "turns_at"]

_LOT = 1_000


async def turns_at(connection: Connection, at: datetime) -> Turns:
    """Who has the turn now. A team counts as rostered as long as it has a shift that has not ended."""
    rostered = await connection.scalars(select(shifts.c.team).where(shifts.c.ends_at > at).distinct())
    running = await connection.execute(select(shifts).where(shifts.c.begins_at <= at, shifts.c.ends_at > at))
    return turns([_shift(row) for row in running], frozenset(rostered), at)


class Rosters:
    """For the command line; who is told reads by `turns_at`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def replace(self, team: str, new: Sequence[Shift], since: datetime) -> None:
        """The team's shifts that end after `since` are these; what is over stays for whoever asks who had the turn."""

        async def write(connection: Connection) -> None:
            await connection.execute(delete(shifts).where(shifts.c.team == team, shifts.c.ends_at > since))
            rows = [_row(shift) for shift in {(each.name, each.begins): each for each in new}.values()]
            for start in range(0, len(rows), _LOT):
                await connection.execute(shifts.insert(), rows[start : start + _LOT])

        await self._store.write(write)

    async def between(self, team: str, begins: datetime, ends: datetime) -> list[Shift]:
        query = select(shifts).where(shifts.c.team == team, shifts.c.ends_at > begins, shifts.c.begins_at < ends)
        async with self._store.database.read() as connection:
            rows = await connection.execute(query.order_by(shifts.c.begins_at, shifts.c.name))
            return [_shift(row) for row in rows]

    async def clear(self, team: str) -> bool:
        async def write(connection: Connection) -> bool:
            gone = await connection.execute(delete(shifts).where(shifts.c.team == team).returning(shifts.c.name))
            return gone.first() is not None

        return await self._store.write(write)


def _row(shift: Shift) -> dict[str, Any]:
    return {
        "team": shift.team,
        "name": shift.name,
        "begins_at": shift.begins,
        "ends_at": shift.ends,
        "overrides": shift.overrides,
    }


def _shift(row: Row[Any]) -> Shift:
    return Shift(row.team, row.name, row.begins_at, row.ends_at, row.overrides)
