"""`hejnal topics`: makes Kafka's topics agree with the registry, and says where they do not."""

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer
from aiokafka.errors import KafkaError

from shared.errors import Permanent
from shared.kafka.administration import check_topics, create_topics
from shared.topics import TOPICS

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Create Kafka's topics, or check them against the registry.")
R = TypeVar("R")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
def create(
    replication_factor: Annotated[int, typer.Option(min=1, help="Copies of each record, over as many brokers.")] = 1,
    *,
    as_json: AsJson = False,
) -> None:
    """Creates what is missing; what exists is left as it is.

    Example: hejnal topics create --replication-factor 3
    """
    created = _run(create_topics(_servers(), TOPICS, replication_factor=replication_factor))
    if as_json:
        print(json.dumps({"created": created, "existing": len(TOPICS) - len(created)}))
    else:
        print(f"{len(created)} created, {len(TOPICS) - len(created)} were there.")


@app.command()
def check(*, as_json: AsJson = False) -> None:
    """Compares partitions and configuration with the registry; exit 1 when something differs.

    Example: hejnal topics check --json
    """
    differences = _run(check_topics(_servers(), TOPICS))
    if as_json:
        print(json.dumps({"differences": [asdict(one) for one in differences]}))
    for one in () if as_json else differences:
        print(f"{one.topic}: {one.what} is {one.found}, the registry wants {one.wanted}", file=sys.stderr)
    if differences:
        raise typer.Exit(1)
    if not as_json:
        print(f"All {len(TOPICS)} topics are as the registry wants them.")


def _run(work: Coroutine[Any, Any, R]) -> R:
    try:
        return asyncio.run(work)
    except (KafkaError, Permanent) as error:
        print(f"Kafka at {_servers()}: {error!r}", file=sys.stderr)
        raise typer.Exit(1) from error


def _servers() -> str:
    return os.environ.get("HEJNAL_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:19092")
