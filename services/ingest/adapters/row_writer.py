"""One INSERT for the rows of all requests in hand: a statement each would cost more than the commit they share."""

import asyncio
from typing import Any

from sqlalchemy import Table

from shared.database import Connection, GroupCommit

__all__ = ["RowWriter"]


class RowWriter:
    """Rows that come while others are being written go together into the next statement.

    Args:
        table: where the rows go; each has to be valid, and its key new.
        group_commit: the process' one writer.
    """

    def __init__(self, table: Table, group_commit: GroupCommit) -> None:
        self._insert = table.insert()
        self._group_commit = group_commit
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None

    def insert(self, row: dict[str, Any]) -> asyncio.Future[None]:
        """Done once the row is committed. Raises Transient when the database is away."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return done

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            error: Exception | None = None
            try:
                await self._write([row for row, _ in group])
            except Exception as failed:  # noqa: BLE001 — handed to whoever waits
                error = failed
            for _, done in group:
                if done.done():  # its request was given up
                    continue
                if error is None:
                    done.set_result(None)
                else:
                    done.set_exception(error)

    async def _write(self, rows: list[dict[str, Any]]) -> None:
        async def insert(connection: Connection) -> None:
            await connection.execute(self._insert, rows)

        await self._group_commit.run(insert)
