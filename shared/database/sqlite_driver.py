"""SQLite for an event loop with few changes of thread: SQLAlchemy's `sqlite+aiosqlite` dialect over it instead of over aiosqlite.

aiosqlite hands every call to the connection's thread: four changes of thread for each statement (cursor, execute, fetch,
close), and each waits until the interpreter lets go of the other thread. In a busy process seven statements took 16 ms, most of
it waiting. Here a statement is executed and fetched in one go in a thread, and within a write transaction, whose statements are
short and have the lock already, on the loop itself; only what may take long, waiting for another process' lock (BEGIN) and for a disk
that has shown itself to be slow (COMMIT), leaves the loop. Measured by `python -m tests.bench.database`.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any, Final, Self, TypeVar

__all__ = ["connect"]

_FAST_COMMIT_S: Final = 0.001
_COMMITS_LOOKED_AT: Final = 20
R = TypeVar("R")
_THREADS: Final = ThreadPoolExecutor(8, thread_name_prefix="sqlite")
_MOST_ROWS_ON_THE_LOOP: Final = 100
_BEGIN: Final = "BEGIN IMMEDIATE"


async def connect(database: str, **settings: Any) -> "_Connection":
    """As aiosqlite's, for `connect_args={"async_creator_fn": connect}`."""
    settings["check_same_thread"] = False  # one call at a time, from whichever thread: SQLAlchemy holds a mutex
    settings["isolation_level"] = None  # the engine says BEGIN itself: sqlite3's own begins too late
    return _Connection(await _in_thread(lambda: sqlite3.connect(database, **settings)))


async def _in_thread(work: Callable[[], R]) -> R:
    """Cancelled, it still waits for the thread: a connection that is closed or used while another thread is in it is nobody's."""
    done = asyncio.get_running_loop().run_in_executor(_THREADS, work)
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.wait([done])
        raise


def _timed(work: Callable[[], None]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began


class _Cursor:
    """One statement's result, fetched whole when it was executed."""

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        await self._connection.run(statement, lambda raw: raw.execute(statement, parameters), self._take)
        return self

    async def executemany(self, statement: str, rows: Sequence[Sequence[Any]]) -> Self:
        await self._connection.run(statement, lambda raw: raw.executemany(statement, rows), self._take, len(rows))
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        taken, self._rows = self._rows[: size or self.arraysize], self._rows[size or self.arraysize :]
        return taken

    async def close(self) -> None:
        self._rows = []

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        self._rows = cursor.fetchall() if cursor.description else []
        cursor.close()


class _Connection:
    """The part of aiosqlite's Connection that SQLAlchemy uses."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw: sqlite3.Connection | None = raw
        self._is_writing = False
        self._commits_s: deque[float] = deque([_FAST_COMMIT_S] * _COMMITS_LOOKED_AT, maxlen=_COMMITS_LOOKED_AT)

    @property
    def _connection(self) -> sqlite3.Connection | None:
        return self._raw

    @property
    def raw(self) -> sqlite3.Connection:
        if self._raw is None:
            raise ValueError("no active connection")
        return self._raw

    def cursor(self) -> _Cursor:
        return _Cursor(self)

    async def run(
        self,
        statement: str,
        execute: Callable[[sqlite3.Connection], sqlite3.Cursor],
        take: Callable[[sqlite3.Cursor], None],
        rows: int = 1,
    ) -> None:
        raw = self.raw
        if statement == _BEGIN:
            await self._take_the_lock(raw)
        elif self._is_writing and rows <= _MOST_ROWS_ON_THE_LOOP:
            take(execute(raw))
        else:
            await _in_thread(lambda: take(execute(raw)))

    async def _take_the_lock(self, raw: sqlite3.Connection) -> None:
        """At once where it is free, as it is unless another process writes; else a thread waits for it, as long as the engine says."""
        patience_ms = raw.execute("PRAGMA busy_timeout").fetchone()[0]
        raw.execute("PRAGMA busy_timeout=0")
        try:
            raw.execute(_BEGIN)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            raw.execute(f"PRAGMA busy_timeout={patience_ms}")
            await _in_thread(lambda: raw.execute(_BEGIN))
        finally:
            raw.execute(f"PRAGMA busy_timeout={patience_ms}")
        self._is_writing = True

    async def create_function(self, *arguments: Any, **named: Any) -> None:
        self.raw.create_function(*arguments, **named)

    async def commit(self) -> None:
        """In a thread, but on the loop where the disk is faster than two changes of thread: the quickest of the last commits tells,
        for the others have waited for the interpreter too.
        """
        self._is_writing = False
        raw = self.raw
        if raw.in_transaction:
            is_fast = min(self._commits_s) < _FAST_COMMIT_S
            self._commits_s.append(_timed(raw.commit) if is_fast else await _in_thread(lambda: _timed(raw.commit)))

    async def rollback(self) -> None:
        self._is_writing = False
        if self.raw.in_transaction:
            await _in_thread(self.raw.rollback)

    async def close(self) -> None:
        if self._raw is not None:
            raw, self._raw = self._raw, None
            await _in_thread(raw.close)

    def stop(self) -> None:
        if self._raw is not None:
            raw, self._raw = self._raw, None
            raw.close()
