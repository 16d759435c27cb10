"""The engine as we use it: SQLite survives a power cut, PostgreSQL is shared by several processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection as Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.schema import Table

from shared.database import sqlite_driver
from shared.errors import Transient

__all__ = ["Connection", "Database"]

_BUSY_TIMEOUT_MS = 10_000


class Database:
    """Connections and transactions.

    Args:
        url: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`.
        pool_size: connections kept open (PostgreSQL); SQLite has one writer, whatever the number.
        durable: False for what can be made again, see `hasty`.
    """

    def __init__(self, url: str, *, pool_size: int = 5, durable: bool = True) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database not in {None, "", ":memory:"}:
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        # SQLite has one writer, and whoever finds it busy sleeps up to 100 ms before looking again: ours queue here instead.
        self._turn = asyncio.Lock() if self.is_sqlite else nullcontext()
        self._upserts: dict[tuple[str, tuple[str, ...], str | None], Any] = {}
        pooled: dict[str, Any] = {"pool_size": pool_size, "pool_pre_ping": True}
        if not durable:
            pooled["connect_args"] = {"server_settings": {"synchronous_commit": "off"}}
        driven: dict[str, Any] = {"connect_args": {"async_creator_fn": sqlite_driver.connect}}
        self.engine = create_async_engine(self.url, **(driven if self.is_sqlite else pooled))
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite if durable else _prepare_hasty_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)

    def hasty(self) -> "Database":
        """The same database for what can be made again from the log, rows and positions alike: no commit waits for the disk.

        In a power cut the last commits may be lost, whole and in order. Writers queue with those of the original.
        """
        other = Database(self.url.render_as_string(hide_password=False), durable=False)
        other._turn = self._turn
        return other

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        """A transaction: committed at the end, rolled back on an error. Raises Transient(`database_away`) when the database fails."""
        try:
            async with self._turn, self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            if _is_transient(error):
                raise Transient("database_away", type(error.orig).__name__) from error
            raise
        except OSError as error:
            raise Transient("database_away", repr(error)) from error

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A snapshot to read from; it takes no write lock. Raises Transient(`database_away`)."""
        try:
            async with self.engine.connect() as connection:
                of_the_connection = connection.info  # asked for now: of a connection lost in between it can't be asked
                if self.is_sqlite:
                    of_the_connection["read_only"] = True
                try:
                    yield connection
                finally:
                    of_the_connection.pop("read_only", None)
        except DBAPIError as error:
            if _is_transient(error):
                raise Transient("database_away", type(error.orig).__name__) from error
            raise
        except OSError as error:
            raise Transient("database_away", repr(error)) from error

    def insert(self, table: Table) -> Any:
        """The dialect's own insert, which knows `on_conflict_do_nothing` and `on_conflict_do_update` (use RETURNING, not rowcount)."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def upsert(self, table: Table, *changed: str, newer: str | None = None) -> Any:
        """An insert that changes these columns (all but the primary key when none is named) of a row that is there already.

        With `newer` only when that column is greater than what is there. Made once: to build it costs as much as to run it.
        """
        statement = self._upserts.get((table.name, changed, newer))
        if statement is None:
            insert = self.insert(table)
            keys = [column.name for column in table.primary_key.columns]
            names = changed or tuple(column.name for column in table.c if column.name not in keys)
            statement = insert.on_conflict_do_update(
                index_elements=keys,
                set_={name: insert.excluded[name] for name in names},
                where=insert.excluded[newer] > table.c[newer] if newer else None,
            )
            self._upserts[table.name, changed, newer] = statement
        return statement

    async def unready(self) -> list[str]:
        """Why the database can't be used at present, for /readyz."""
        try:
            async with self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, Transient, OSError) as error:
            return [f"database: {error}"]
        return []

    async def stop(self) -> None:
        await self.engine.dispose()


def _is_transient(error: DBAPIError) -> bool:
    """Locked, away or out of connections: it may work when tried again. A broken statement or constraint never will."""
    name = type(error).__name__
    return error.connection_invalidated or name in {"OperationalError", "InterfaceError", "InternalError"}


def _prepare_sqlite(connection: Any, _: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_hasty_sqlite(connection: Any, record: Any) -> None:
    _prepare_sqlite(connection, record)
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_sqlite(connection: Any) -> None:
    # IMMEDIATE takes the write lock at once: a read that turns into a write would fail with `locked`, without waiting.
    connection.exec_driver_sql("BEGIN" if connection.info.get("read_only") else "BEGIN IMMEDIATE")
