"""`hejnal ingest …`."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer

from services.ingest.adapters.gateway_keys import KeyStore
from services.ingest.core.gateway_keys import KEY_BYTES, GatewayKey, issue
from services.ingest.migrations import MIGRATIONS
from services.ingest.settings import DatabaseSettings
from shared.database import Database, upgrade
from shared.errors import Invalid, Transient
from shared.events import format_time

__all__ = ["app"]

R = TypeVar("R")
app = typer.Typer(no_args_is_help=True, help="The front door: gateway keys.")
keys = typer.Typer(no_args_is_help=True, help="Gateway keys: who may send readings, and for which sensors.")
app.add_typer(keys, name="keys")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for a program to read.")]


@keys.command(epilog="Example: hejnal ingest keys create --name 'San gauges' --sensor 'san-*' --json")
def create(
    name: Annotated[str, typer.Option(help="Whose key it is, up to 100 characters.")],
    sensor: Annotated[
        list[str] | None,
        typer.Option(
            help="A sensor id, or its beginning with a * at the end; may be repeated. Without it: every sensor."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is shown now and never again: only its hash is kept."""
    try:
        issued = issue(_name(name), tuple(sensor or ()), secrets.token_bytes(KEY_BYTES), datetime.now(UTC))
    except Invalid as error:
        raise typer.BadParameter(error.detail) from error
    _with_store(lambda store: store.add(issued.kept))
    if as_json:
        print(json.dumps({"key_id": issued.kept.key_id, "key": issued.key}))
    else:
        print(
            f"{issued.key}\nKeep it now: it can't be shown again. To take it back: hejnal ingest keys revoke {issued.kept.key_id}"
        )


@keys.command("list", epilog="Example: hejnal ingest keys list --json")
def list_keys(as_json: Json = False) -> None:
    """List all keys, revoked ones included, oldest first."""
    found = _with_store(lambda store: store.all())
    if as_json:
        print(json.dumps([_shown(key) for key in found], ensure_ascii=False))
        return
    for key in found:
        state = f"revoked {format_time(key.revoked_at)}" if key.revoked_at else "in force"
        print(
            f"{key.key_id}  {format_time(key.created_at)}  {state}  {key.name}  {', '.join(key.sensors) or 'every sensor'}"
        )


@keys.command(epilog="Example: hejnal ingest keys revoke 3f9a0c12be77")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")], as_json: Json = False
) -> None:
    """Take a key back: within seconds it opens nothing any more."""
    if not _with_store(lambda store: store.revoke(key_id, datetime.now(UTC))):
        typer.echo(f"There is no key {key_id} in force.", err=True)
        raise typer.Exit(1)
    print(json.dumps({"key_id": key_id, "revoked": True}) if as_json else f"{key_id} is revoked.")


def _name(text: str) -> str:
    name = text.strip()
    if not name.isprintable() or not 0 < len(name) <= 100:  # noqa: PLR2004 — as wide as the column
        raise Invalid("name_not_valid", "a name is 1 to 100 printable characters")
    return name


def _shown(key: GatewayKey) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "sensors": list(key.sensors),
        "created_at": format_time(key.created_at),
        "revoked_at": format_time(key.revoked_at) if key.revoked_at else None,
    }


def _with_store(work: Callable[[KeyStore], Awaitable[R]]) -> R:
    async def run() -> R:
        url = DatabaseSettings().database_url
        await upgrade(url, MIGRATIONS)
        database = Database(url)
        try:
            return await work(KeyStore(database))
        finally:
            await database.stop()

    try:
        return asyncio.run(run())
    except Transient as error:
        typer.echo(f"The database can't be used: {error}", err=True)
        raise typer.Exit(1) from error
