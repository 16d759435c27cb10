"""The one way into the database for writing."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.database import Connection, Database, GroupCommit

__all__ = ["Store"]

R = TypeVar("R")


class Store:
    """A database and its joined writes: what the plan, the senders and the API write at the same moment shares one durable commit."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._group = GroupCommit(database)

    async def write(self, write: Callable[[Connection], Awaitable[R]]) -> R:
        """Returns once it is on disk. `write` only touches the connection: it may be run again. Raises Transient."""
        return await self._group.run(write)

    async def stop(self) -> None:
        await self._group.stop()
        await self.database.stop()
