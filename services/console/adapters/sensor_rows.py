"""The sensors' newest state, from sensors.changed.v1."""

from typing import Any

from services.console.adapters.tables import sensors
from services.console.core.sensor_board import heard
from shared.database import Connection, Database
from shared.events import SensorChanged
from shared.kafka.records import Received

__all__ = ["write"]


async def write(connection: Connection, database: Database, records: list[Received[SensorChanged]]) -> None:
    newest = {record.event.sensor_id: record.event for record in records}
    rows: list[dict[str, Any]] = [row.model_dump() for event in newest.values() for row in heard(event)]
    if rows:
        await connection.execute(database.upsert(sensors), rows)
