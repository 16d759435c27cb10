"""Being cancelled in the middle of a statement leaves a database that works: no lock kept, no error in the place of the cancelling."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.database import Database

SLOW = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT count(*) FROM n")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'some.db'}")
    async with database.begin() as connection:
        await connection.execute(text("CREATE TABLE rows (name TEXT)"))
    yield database
    await database.stop()


async def cancelled(task: "asyncio.Task[None]") -> bool:
    task.cancel()
    await asyncio.wait([task], timeout=20)
    return task.cancelled()


async def test_a_cancelled_read_is_cancelled_and_nothing_else(database: Database) -> None:
    reading = asyncio.Event()

    async def read() -> None:
        async with database.read() as connection:
            reading.set()
            await connection.execute(SLOW)

    for _ in range(10):
        reading.clear()
        task = asyncio.create_task(read())
        await reading.wait()
        await asyncio.sleep(0)  # into the statement
        assert await cancelled(task)
    assert await database.unready() == []


async def test_whoever_is_cancelled_while_waiting_for_the_lock_does_not_get_it(
    database: Database, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "some.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.Event()

    async def write() -> None:
        writing.set()
        async with database.begin() as connection:
            await connection.execute(text("INSERT INTO rows VALUES ('never')"))

    task = asyncio.create_task(write())
    await writing.wait()
    await asyncio.sleep(0.05)  # it waits in its thread; whether it got that far or not, it must not get the lock
    task.cancel()
    other.execute("COMMIT")
    await asyncio.wait([task], timeout=20)
    assert task.cancelled()

    other.execute("PRAGMA busy_timeout=0")
    other.execute("BEGIN IMMEDIATE")  # raises where the cancelled one has kept the lock
    assert other.execute("SELECT count(*) FROM rows").fetchone() == (0,)
    other.execute("ROLLBACK")
    other.close()
    async with database.begin() as connection:
        await connection.execute(text("INSERT INTO rows VALUES ('later')"))
