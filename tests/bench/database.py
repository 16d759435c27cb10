"""`python -m tests.bench.database`: a write transaction of seven statements on SQLite, our driver against aiosqlite's, idle and in a busy loop."""

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import Column, Integer, MetaData, String, Table, event, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.database.engine import _begin_sqlite, _prepare_sqlite
from shared.database.sqlite_driver import connect
from tests.bench.lines import print_bench

METADATA = MetaData()
ROWS = Table("rows", METADATA, Column("id", Integer, primary_key=True), Column("text", String))
TRANSACTIONS = 200
ROUNDS = 3


def main() -> None:
    for busy in (False, True):
        ours, theirs = [], []
        for _ in range(ROUNDS):
            theirs.append(asyncio.run(_measured(_aiosqlite, busy=busy)))
            ours.append(asyncio.run(_measured(connect, busy=busy)))
        name = f"database_write_{'busy' if busy else 'idle'}_loop"
        print_bench(name, round(statistics.median(ours), 2), "ms p50", "aiosqlite", round(statistics.median(theirs), 2))


async def _aiosqlite(database: str, **settings: Any) -> Any:
    return await aiosqlite.connect(database, isolation_level=None, **settings)


async def _measured(driver: Any, *, busy: bool) -> float:
    """Milliseconds of the median transaction."""
    with tempfile.TemporaryDirectory(prefix="hejnal-bench-") as folder:
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}", connect_args={"async_creator_fn": driver}
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
        async with engine.begin() as connection:
            await connection.run_sync(METADATA.create_all)
        async with _burning() if busy else contextlib.nullcontext():
            times = [await _transaction(engine) for _ in range(TRANSACTIONS)]
        await engine.dispose()
        return statistics.median(times) * 1000


async def _transaction(engine: AsyncEngine) -> float:
    began = time.perf_counter()
    async with engine.begin() as connection:
        for key in range(6):
            (await connection.execute(select(ROWS).where(ROWS.c.id == key))).all()
        await connection.execute(insert(ROWS), [{"text": "x"}] * 5)
    return time.perf_counter() - began


@contextlib.asynccontextmanager
async def _burning() -> AsyncIterator[None]:
    """Half of the loop's time goes into something else."""

    async def burn() -> None:
        while True:
            end = time.perf_counter() + 0.001
            while time.perf_counter() < end:
                pass
            await asyncio.sleep(0.001)

    task = asyncio.create_task(burn())
    try:
        yield
    finally:
        task.cancel()


if __name__ == "__main__":
    main()
