"""Writes what the log says into the read model, each record once: rows and positions go into one transaction."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import delete, func, select, update

from services.console.adapters import alert_rows, bulk_rows, notification_rows, sensor_rows
from services.console.adapters.tables import READ_MODEL, alerts, decisions, positions
from services.console.core.resuming import NOTHING_YET
from shared.database import Connection, Database
from shared.errors import Transient
from shared.events import (
    AlertChanged,
    DecisionState,
    Event,
    NotificationRequested,
    NotificationSettled,
    ReadingReceived,
    ReportAssessed,
    ReportReceived,
    SensorChanged,
)
from shared.kafka.following import Positions
from shared.kafka.records import Received
from shared.topics import Topic

__all__ = ["ReadModel", "clear", "newest_position"]

E = TypeVar("E", bound=Event)
_Write = Callable[[Connection, Database, list[Received[Any]]], Coroutine[Any, Any, None]]

_WRITERS: Final[tuple[tuple[type[Event], _Write], ...]] = (
    (AlertChanged, alert_rows.write),
    (NotificationRequested, notification_rows.write_requested),
    (NotificationSettled, notification_rows.write_settled),
    (SensorChanged, sensor_rows.write),
    (ReadingReceived, bulk_rows.write_readings),
    (ReportReceived, bulk_rows.write_reports),
    (ReportAssessed, bulk_rows.write_assessments),
)


class ReadModel:
    """One follower's part of it.

    Several processes may write the same log into one PostgreSQL: whoever comes second finds the position moved on.

    Args:
        database: where it is.
        topics: what this follower reads.
    """

    def __init__(self, database: Database, topics: Sequence[Topic]) -> None:
        self._database = database
        self._topics = topics
        self._own: dict[tuple[str, int], int] = {}

    async def positions(self) -> Positions:
        """Where to read on. Makes the rows that `apply` locks."""
        names = [topic.name for topic in self._topics]
        wanted = [
            {"topic": topic.name, "partition": number, "next_offset": 0}
            for topic in self._topics
            for number in range(topic.partitions)
        ]
        async with self._database.begin() as connection:
            await connection.execute(self._database.insert(positions).on_conflict_do_nothing(), wanted)
            rows = await connection.execute(select(positions).where(positions.c.topic.in_(names)))
            self._own = {(row.topic, row.partition): row.next_offset for row in rows}
        return dict(self._own)

    async def apply(self, records: Sequence[Received[Any]], after: Positions) -> None:
        """Write the records that nobody has written yet, and move the positions on.

        Raises Transient(`rewound`) when the positions went back (`hejnal console rebuild`): follow again from there.
        """
        async with self._database.begin() as connection:
            stored = await self._lock(connection, after)
            if any(stored[place] < self._own.get(place, 0) for place in after):
                raise Transient("rewound", "the read model is being made anew")
            fresh = [record for record in records if record.offset >= stored[record.topic, record.partition]]
            for kind, write in _WRITERS:
                if mine := [record for record in fresh if isinstance(record.event, kind)]:
                    await write(connection, self._database, mine)
            forward = {place: position for place, position in after.items() if position > stored[place]}
            await self._advance(connection, forward)
        self._own.update(after)

    async def _lock(self, connection: Connection, after: Positions) -> dict[tuple[str, int], int]:
        query = (
            select(positions)
            .where(positions.c.topic.in_({topic for topic, _ in after}))
            .order_by(positions.c.topic, positions.c.partition)
        )
        # In one order, so that two processes wait for one another and never in a circle. SQLite has one writer anyway.
        rows = await connection.execute(query.with_for_update())
        return {(row.topic, row.partition): row.next_offset for row in rows}

    async def _advance(self, connection: Connection, forward: Positions) -> None:
        if not forward:
            return
        await connection.execute(
            self._database.upsert(positions),
            [
                {"topic": topic, "partition": partition, "next_offset": position}
                for (topic, partition), position in forward.items()
            ],
        )


async def newest_position(database: Database) -> int:
    """The stream's position: the offset of the newest change that was written."""
    async with database.read() as connection:
        found = await connection.scalar(select(func.max(alerts.c.stream_offset)))
    return NOTHING_YET if found is None else int(found)


async def clear(database: Database) -> None:
    """Forget all that came from the log. People, sessions, decisions still to be answered and the audit stay."""
    async with database.begin() as connection:
        # The positions first: a running console waits here, then finds them back at 0 and reads again.
        await connection.execute(update(positions).values(next_offset=0))
        for table in READ_MODEL:
            await connection.execute(delete(table))
        settled = decisions.c.event.is_(None) & (decisions.c.state != DecisionState.PENDING)
        await connection.execute(delete(decisions).where(settled))
