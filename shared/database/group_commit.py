"""Joins the small writes of concurrent requests into one transaction: a durable commit costs the same for one row as for fifty."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from shared.database.engine import Connection, Database

__all__ = ["GroupCommit"]

R = TypeVar("R")
_Write = Callable[[Connection], Awaitable[Any]]


class GroupCommit:
    """Writes that come while a transaction is being committed go together into the next one.

    Args:
        database: where to write.
        max_writes: at the most in one transaction.
    """

    def __init__(self, database: Database, *, max_writes: int = 200) -> None:
        self._database = database
        self._max_writes = max_writes
        self._waiting: list[tuple[_Write, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def run(self, write: Callable[[Connection], Awaitable[R]]) -> R:
        """Returns what `write` returned, once the transaction it was part of is committed.

        `write` may be run a second time, alone, when another write of its group failed: it must only touch the connection.
        Raises what `write` raised, and Transient when the database is away.
        """
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await asyncio.shield(done)

    async def stop(self) -> None:
        """Waits for the writes in hand."""
        if self._task is not None:
            await self._task

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[: self._max_writes], self._waiting[self._max_writes :]
            try:
                results = await self._write(group)
            except Exception as error:  # noqa: BLE001 — handed to whoever waits, below
                await self._fail(group, error)
            else:
                for (_, done), result in zip(group, results, strict=True):
                    _settle(done, result)

    async def _write(self, group: list[tuple[_Write, "asyncio.Future[Any]"]]) -> list[Any]:
        async with self._database.begin() as connection:
            return [await write(connection) for write, _ in group]

    async def _fail(self, group: list[tuple[_Write, "asyncio.Future[Any]"]], error: Exception) -> None:
        if len(group) == 1:
            _settle_error(group[0][1], error)
            return
        for one in group:  # one bad write must not fail its neighbours
            try:
                (result,) = await self._write([one])
            except Exception as own:  # noqa: BLE001 — handed to its own caller
                _settle_error(one[1], own)
            else:
                _settle(one[1], result)


def _settle(done: "asyncio.Future[Any]", result: Any) -> None:
    if not done.done():
        done.set_result(result)


def _settle_error(done: "asyncio.Future[Any]", error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
