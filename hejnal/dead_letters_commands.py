"""`hejnal dead-letters`: what no service could handle, and sending it back once its cause is mended."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from shared.kafka.dead_letter_box import Kept, kept_letters, replay
from shared.topics import SERVICES

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Records that no service could handle: list, show, replay.")
R = TypeVar("R")

Service = Annotated[str | None, typer.Option(help=f"Only this service: {', '.join(SERVICES)}.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document a line.")]
Limit = Annotated[int, typer.Option(min=1, help="Show the newest so many.")]


@app.command("list")
def list_(service: Service = None, reason: str | None = None, limit: Limit = 100, *, as_json: AsJson = False) -> None:
    """Lists what is kept, newest last.

    Example: hejnal dead-letters list --service classifier --reason not_json
    """
    letters = [kept for kept in _kept(service) if reason in {None, kept.letter.reason}]
    newest = sorted(letters, key=lambda kept: kept.letter.failed_at)[-limit:]
    if as_json:
        for kept in newest:
            print(json.dumps(_summary(kept), ensure_ascii=False))
        return
    table = Table("id", "failed at", "reason", "stage", "from", "detail")
    for kept in newest:
        row = _summary(kept)
        origin = f"{row['topic']} {row['partition']}:{row['offset']}"
        table.add_row(row["id"], row["failed_at"], row["reason"], row["stage"], origin, row["detail"])
    Console().print(table)
    print(
        f"{len(letters)} kept: {dict(Counter(kept.letter.reason for kept in letters))}"
        if letters
        else "No dead letters."
    )


@app.command()
def show(letter_id: Annotated[str, typer.Argument(help="As `list` shows it: SERVICE:PARTITION:OFFSET.")]) -> None:
    """Shows one letter whole, with the record's own bytes as text where they are text.

    Example: hejnal dead-letters show classifier:1:42
    """
    kept = _find(letter_id)
    letter = kept.letter
    print(
        json.dumps(
            _summary(kept)
            | {
                "key": _readable(letter.record_key),
                "value": _readable(letter.record_value),
                "headers": [[name, _readable(value)] for name, value in letter.record_headers],
            },
            ensure_ascii=False,
            indent=2,
        )
    )


@app.command("replay")
def replay_(
    letter_ids: Annotated[list[str] | None, typer.Argument(help="Which; or give --reason to choose.")] = None,
    service: Service = None,
    reason: Annotated[str | None, typer.Option(help="All with this reason.")] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sends records back to the topic and partition they came from. What was already absorbed is dropped there.

    Example: hejnal dead-letters replay --service classifier --reason not_valid --yes
    """
    if not letter_ids and reason is None:
        raise typer.BadParameter("name letters, or choose them by --reason")
    chosen = (
        [_find(one) for one in letter_ids]
        if letter_ids
        else [kept for kept in _kept(service) if kept.letter.reason == reason]
    )
    if chosen and not yes and not typer.confirm(f"Send {len(chosen)} records back?"):
        raise typer.Exit(1)
    _run(replay(_servers(), chosen))
    print(json.dumps({"replayed": [kept.letter_id for kept in chosen]}) if as_json else f"{len(chosen)} sent back.")


def _kept(service: str | None) -> list[Kept]:
    if service is not None and service not in SERVICES:
        raise typer.BadParameter(f"no such service: {service}; one of {', '.join(SERVICES)}")

    async def collect() -> list[Kept]:
        return [kept async for kept in kept_letters(_servers(), [service] if service else SERVICES)]

    return _run(collect())


def _find(letter_id: str) -> Kept:
    found = next((kept for kept in _kept(letter_id.partition(":")[0]) if kept.letter_id == letter_id), None)
    if found is None:
        print(f"no dead letter {letter_id}: see `hejnal dead-letters list`", file=sys.stderr)
        raise typer.Exit(1)
    return found


def _run(work: Coroutine[Any, Any, R]) -> R:
    try:
        return asyncio.run(work)
    except KafkaError as error:
        print(f"Kafka at {_servers()} does not answer: {error!r}", file=sys.stderr)
        raise typer.Exit(1) from error


def _servers() -> str:
    return os.environ.get("HEJNAL_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:19092")


def _summary(kept: Kept) -> dict[str, Any]:
    letter = kept.letter.model_dump(mode="json", exclude={"key", "value", "headers", "schema_version"})
    return {"id": kept.letter_id} | letter


def _readable(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", errors="backslashreplace")
