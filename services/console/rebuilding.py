"""Makes the read model anew from the log, and says how far it has come."""

import asyncio
import contextlib
from collections.abc import Callable

from sqlalchemy import func, select

from services.console.adapters.live_stream import LiveStream
from services.console.adapters.read_model import clear
from services.console.adapters.tables import READ_MODEL
from services.console.app import FOLLOWED, make_follower
from services.console.settings import Settings
from shared.database import Database
from shared.kafka.following import Follower
from shared.kafka.producing import Producer

__all__ = ["rebuild_model"]

_LOOK_EVERY_S = 0.2
_SAY_EVERY = 10


async def rebuild_model(settings: Settings, database: Database, say: Callable[[str], None]) -> dict[str, int]:
    """Return the rows of each table, once everything that was in the log is in them. `say` is told the progress."""
    producer = Producer(
        settings.kafka_bootstrap_servers, "hejnal-console-rebuild", timeout_s=settings.produce_timeout_s
    )
    async with producer:  # for dead letters; and where the broker is away, nothing is emptied
        await clear(database)
        live = LiveStream(settings.stream_queue)
        followers = [make_follower(stage, settings, database, live, producer) for stage in FOLLOWED]
        tasks = [asyncio.create_task(follower.run()) for follower in followers]
        try:
            await _caught_up(followers, tasks, say)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    return await _count(database)


async def _caught_up(followers: list[Follower], tasks: list[asyncio.Task[None]], say: Callable[[str], None]) -> None:
    looked = 0
    while not all(follower.caught_up for follower in followers):
        await asyncio.wait(tasks, timeout=_LOOK_EVERY_S)
        for task in tasks:
            if task.done():
                task.result()
        looked += 1
        if looked % _SAY_EVERY == 0:
            done = sum(position for follower in followers for position in follower.handled.values())
            say(f"{done} records passed; {'; '.join(reason for one in followers for reason in one.unready)}")


async def _count(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        return {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0 for table in READ_MODEL
        }
