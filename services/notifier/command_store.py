"""What every command of the notifier needs: the pack, the database with its schema, and how to answer."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from services.notifier.adapters.store.writing import Store
from services.notifier.migrations import MIGRATIONS
from services.notifier.settings import CommandSettings, PackSettings
from shared.database import Database, upgrade
from shared.errors import Transient
from shared.pack import CityPack, PackError, load_pack

__all__ = ["Json", "fail", "pack", "say", "with_store"]

R = TypeVar("R")
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a program to read.")]


def pack() -> CityPack:
    try:
        return load_pack(PackSettings().pack_dir, phrases=False)
    except PackError as error:
        fail([str(error)])


@asynccontextmanager
async def _store() -> AsyncIterator[Store]:
    url = CommandSettings().database_url
    store = Store(Database(url))
    try:
        await upgrade(url, MIGRATIONS)
        yield store
    finally:
        await store.stop()


def with_store(work: Callable[[Store], Awaitable[R]]) -> R:
    async def run() -> R:
        async with _store() as store:
            return await work(store)

    try:
        return asyncio.run(run())
    except (Transient, OSError) as error:
        fail([f"the notifier's database can't be used: {error}"])


def say(as_json: bool, facts: dict[str, Any], text: str) -> None:
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else text)


def fail(errors: list[str]) -> NoReturn:
    for error in errors[:50]:
        sys.stderr.write(f"{error}\n")
    if len(errors) > 50:  # noqa: PLR2004 — as above
        sys.stderr.write(f"… and {len(errors) - 50} more\n")
    raise typer.Exit(1)
