"""Brings a service's database to the newest schema; several processes may try at once."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, Final

from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError

from shared.database.engine import Database
from shared.errors import Permanent

__all__ = ["run", "upgrade", "upgrade_apart"]

_LOCK: Final = 0x4E_1A_15  # one advisory lock for all migrations of a database
URL_VARIABLE: Final = "HEJNAL_MIGRATE_URL"


async def upgrade(url: str, migrations_dir: Path) -> None:
    """Runs alembic's `upgrade head` with the scripts in `migrations_dir`, unless the database is there already."""
    database = Database(url)
    try:
        if await _is_newest(database, migrations_dir):
            return
        async with database.engine.connect() as connection:
            if not database.is_sqlite:
                await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            await connection.run_sync(_upgrade, migrations_dir)
            await connection.commit()
            if not database.is_sqlite:
                await connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
    finally:
        await asyncio.shield(database.stop())


async def upgrade_apart(url: str, migrations_dir: Path) -> None:
    """The same in a process of its own, so that a service that runs for months doesn't keep alembic in memory (10 MB).

    Raises Permanent(`migration_failed`).
    """
    database = Database(url)
    try:
        if await _is_newest(database, migrations_dir):
            return
    finally:
        await database.stop()
    command = (sys.executable, "-m", "shared.database", str(migrations_dir))
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | {URL_VARIABLE: url})
    if await process.wait():
        raise Permanent(
            "migration_failed", f"the database could not be brought to the schema of {migrations_dir}: see above"
        )


def run(metadata: MetaData) -> None:
    """All that a service's `migrations/env.py` has to call."""
    from alembic import context  # noqa: PLC0415 — only where something is migrated

    context.configure(
        connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()


async def _is_newest(database: Database, migrations_dir: Path) -> bool:
    """Versions are files named NNNN_what.py, NNNN being the revision: no need for alembic to see that nothing is to be done."""
    newest = max(path.name.partition("_")[0] for path in (migrations_dir / "versions").glob("[0-9]*.py"))
    try:
        async with database.engine.connect() as connection:
            found = await connection.execute(text("SELECT version_num FROM alembic_version"))
            return bool(found.scalar() == newest)
    except DBAPIError:
        return False  # a fresh database


def _upgrade(connection: Any, migrations_dir: Path) -> None:
    from alembic import command  # noqa: PLC0415 — only where something is migrated
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(migrations_dir))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
