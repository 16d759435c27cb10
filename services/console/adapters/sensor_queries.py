"""Reads sensors and their recent readings."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, tuple_

from services.console.adapters.alert_queries import bound
from services.console.adapters.tables import readings, reports, sensors
from services.console.core.paging import cursor
from services.console.core.sensor_board import SensorRow
from shared.database import Database
from shared.events import SensorState

__all__ = ["SensorQueries"]


class SensorQueries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[SensorRow]:
        """Every quantity of every sensor that was heard. A city has hundreds, at most some thousands."""
        async with self._database.read() as connection:
            rows = await connection.execute(select(sensors))
        return [
            SensorRow.model_validate(dict(row._mapping) | {"state": SensorState(row.state)})  # noqa: SLF001 — public
            for row in rows
        ]

    async def is_known(self, sensor_id: str) -> bool:
        async with self._database.read() as connection:
            heard = await connection.scalar(
                select(sensors.c.sensor_id).where(sensors.c.sensor_id == sensor_id).limit(1)
            )
            read = await connection.scalar(
                select(readings.c.event_id).where(readings.c.sensor_id == sensor_id).limit(1)
            )
        return heard is not None or read is not None

    async def readings(
        self, sensor_id: str, *, since: datetime | None, after: tuple[datetime, str] | None, limit: int
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Oldest first, `since` inclusive, and the next cursor."""
        query = select(readings).where(readings.c.sensor_id == sensor_id)
        if since is not None:
            query = query.where(readings.c.at >= since)
        if after is not None:
            query = query.where(tuple_(readings.c.at, readings.c.event_id) > tuple_(*bound(after)))
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(readings.c.at, readings.c.event_id).limit(limit + 1))).all()
        last = rows[limit - 1] if len(rows) > limit else None
        found = [dict(row._mapping) for row in rows[:limit]]  # noqa: SLF001 — public
        return found, cursor(last.at, last.event_id) if last else None

    async def forget(self, *, readings_before: datetime, reports_before: datetime) -> None:
        async with self._database.begin() as connection:
            await connection.execute(delete(readings).where(readings.c.at < readings_before))
            await connection.execute(delete(reports).where(reports.c.at < reports_before))
