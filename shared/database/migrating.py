"""Brings a service's database to the newest schema; several processes may try at once."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from sqlalchemy import MetaData, text

from shared.database.engine import Database

__all__ = ["run", "upgrade"]

_LOCK = 0x4E_1A_15  # one advisory lock for all migrations of a database


async def upgrade(url: str, migrations_dir: Path) -> None:
    """Runs alembic's `upgrade head` with the scripts in `migrations_dir` (its env.py is one line: `shared.database.migrating.run(...)`)."""
    database = Database(url)
    try:
        async with database.engine.connect() as connection:
            if not database.is_sqlite:
                await connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            await connection.run_sync(_upgrade, migrations_dir)
            await connection.commit()
            if not database.is_sqlite:
                await connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
    finally:
        await asyncio.shield(database.stop())


def _upgrade(connection: Any, migrations_dir: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run(metadata: MetaData) -> None:
    """All that a service's `migrations/env.py` has to call."""
    context.configure(
        connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()
